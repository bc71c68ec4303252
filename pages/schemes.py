"""Schemes side by side, all of them at a glance, and which one a tensor could be."""

import streamlit as st

from core.questions.model import GetOverview
from pages.frame import navigation, session
from pages.frame.engine import ask
from pages.views import moment, switch
from pages.views.schemes import comparison, gallery, identity
from pages.views.tensor import cards

_VIEWS = {"Compare": comparison.draw, "Gallery": gallery.draw, "Which scheme is this?": identity.draw}
_CHECK = "python -m core.check path/to/model.py:build --init path/to/inits.py:my_init --seed 0..9"


def draw() -> None:
    """One of three views, and the same check without a browser."""
    cards.heading("Schemes", "Blue is what a scheme drew, orange what its formula promises.")
    moment.note("a scheme that is used")
    overview = ask(GetOverview(), session.end_span())
    left, right = st.columns([7, 4], vertical_alignment="bottom")
    draw_view = _VIEWS[switch.one_of("View", tuple(_VIEWS), key="schemes_view", at=left)]
    if any(info.kind == "parameter" for info in overview.tensors):
        draw_view(overview, right)
    else:
        st.info("This model has no parameters to initialize.")
    st.caption("The same verdicts without a browser, for CI; exits with 1 where one violates or is inconsistent.")
    st.code(_CHECK, language="bash", wrap_lines=True)


navigation.ensure()
draw()
