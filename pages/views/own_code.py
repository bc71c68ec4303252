"""Saying where a figure comes from that only a person's own code can give."""

import streamlit as st

from core.questions.model import GetOverview
from pages.frame import session
from pages.frame.engine import ask


def note() -> None:
    """A line where the model's own code had to run for what is shown; nothing elsewhere."""
    if ask(GetOverview(), session.end_span()).runs_own_code:
        st.caption(
            ":material/code_blocks: This runs your model's own code, and shows what that code says. "
            "Values, ties and verdicts are measured apart from it."
        )
