"""The code of the step that a page's fields hold."""

from collections.abc import Callable

import streamlit as st

from core import text
from core.recipe.recipe import explanation
from core.recipe.step_code import step_code
from core.recipe.steps import Step
from pages.frame import session


def code(make: Callable[[], Step]) -> None:
    """What a button that is given `make` would append now, or why it would append nothing."""
    try:
        st.code(step_code(make(), session.current()), language="python", wrap_lines=True)
    except ValueError as error:
        st.warning(text.markdown(text.sentence(explanation(error)), longest=600), icon=":material/block:")
