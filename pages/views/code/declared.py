"""What code declares that cannot be true of the model, said where its result is shown."""

import streamlit as st

from core import text
from core.questions.code import GetMisfits
from pages.frame import session
from pages.frame.engine import ask


def show(step: int | None) -> None:
    """A sentence on each claim that fits no tensor, of the step of that index, or of the model's own code."""
    for misfit in ask(GetMisfits(), session.end_span()):
        if misfit.step == step:
            st.error(text.markdown(f"Declared: {misfit.sentence}", 500), icon=":material/rule:")
