"""Init code and model code of one's own, and what became of every tensor."""

from typing import Literal

import streamlit as st

from pages.frame import frame
from pages.views.code import init_code, model_code
from pages.views.tensor import cards

View = Literal["Init code", "Model code"]


def draw() -> None:
    """One of the two editors; each with its result."""
    cards.heading(
        "Code",
        "Write an init, run it, and see tensor by tensor whether the model has it. An error changes nothing.",
    )
    view = st.segmented_control(
        "View",
        ["Init code", "Model code"],
        default="Init code",
        required=True,
        key="code_view",
        persist_state="session",
        label_visibility="collapsed",
    )
    if view == "Model code":
        model_code.draw()
    else:
        init_code.draw()


frame.ensure()
draw()
