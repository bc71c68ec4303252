"""How the frame looks where the theme has no option for it, and the size for a room."""

from pathlib import Path

import streamlit as st

_LOOK = Path(__file__).with_name("look.css")
_LARGE = Path(__file__).with_name("presentation.css")


def draw() -> None:
    """The stylesheet of every page."""
    st.html(_LOOK)


def choose_size() -> None:
    """The switch between the size for a desk and the one for a room; the address keeps it."""
    large = st.toggle(
        "Presentation size",
        key="presentation",
        bind="query-params",
        help="Letters of 20 pixels and larger pictures, for the last row of a room",
    )
    if large:
        st.html(_LARGE)
