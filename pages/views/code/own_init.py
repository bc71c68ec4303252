"""Applying an init function of the operator's own files."""

import streamlit as st

from core import text
from core.questions.model import Overview
from core.recipe.own_files import OwnInit
from core.recipe.step_code import step_code
from core.recipe.steps import FileInit
from pages.frame import session
from pages.frame.step_button import step_button
from pages.views.schemes import place

_GIVEN = {"modules": "every module", "tensors": "every parameter", "net": "the place itself"}


def choose(init: OwnInit, overview: Overview) -> None:
    """Where it runs and with which seed, how that looks as code, and the button that does it."""
    root, seed = place.root_and_seed(overview, st.columns(2), "own")
    step = FileInit(init.name, init.applies_to, root, seed)
    st.code(step_code(step, session.current()), language="python")
    st.caption(f"{text.markdown(init.about)} It is given {_GIVEN[init.applies_to]}.")
    step_button("Apply", lambda: step, icon="casino", key="apply", kind="primary")
