"""The tying laboratory: what is shared, what it does to gradients and training, what breaks it, what people believe."""

import streamlit as st

from pages.frame import navigation
from pages.views import moment, own_code, switch
from pages.views.tying import gradients, misconceptions, shared, survival, training

_VIEWS = {
    "Shared": (
        shared.draw,
        "One tensor, several names. Change a value through one of them: every picture of it moves.",
    ),
    "Gradients": (gradients.draw, "Each use contributes its part; the one Parameter keeps only their sum."),
    "Training": (
        training.draw,
        "A tied net beside its untied twin, from equal values: press play and watch them part.",
    ),
    "Survival": (
        survival.draw,
        "What copying, saving, casting, loading and rebinding leave of a tie, tried on a copy.",
    ),
    "Misconceptions": (misconceptions.draw, "Beliefs about tying, each against evidence measured on the spot."),
}


def draw() -> None:
    """The chosen view; the others are not computed."""
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        st.subheader("Tying", anchor=False, width="content")
        draw_view, caption = _VIEWS[switch.one_of("View", tuple(_VIEWS), key="tying_view")]
    st.caption(caption)
    moment.note("what this page does")
    own_code.note()
    draw_view()


navigation.ensure()
draw()
