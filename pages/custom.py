"""Init code and model code of one's own, and what became of every tensor."""

import streamlit as st

from pages.frame import navigation
from pages.frame.engine import UNKNOWN_OPENER, lacks_token
from pages.views import switch
from pages.views.code import init_code, model_code
from pages.views.tensor import cards

_VIEWS = {"Init code": init_code.draw, "Model code": model_code.draw}


def draw() -> None:
    """One of the two editors; each with its result."""
    cards.heading(
        "Code",
        "Write an init, run it, and see tensor by tensor whether the model has it. An error changes nothing.",
    )
    if lacks_token():
        st.info(UNKNOWN_OPENER, icon=":material/key:")
        return
    _VIEWS[switch.one_of("View", tuple(_VIEWS), key="code_view")]()


navigation.ensure()
draw()
