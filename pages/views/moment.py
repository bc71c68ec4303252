"""Saying that a page is about the end of the recipe while the sidebar looks at an earlier moment."""

import streamlit as st

from pages.frame import session


def note(act: str) -> None:
    """A line and a button where After is an earlier moment; `act` is what the page does to the end of the recipe."""
    place = st.empty()  # also where nothing is said: what would move on the page loses the focus
    span, end = session.span(), len(session.current().steps)
    if span.after == end:
        return
    moment = f"step {span.after:d}" if span.after else "the build"
    with place.container(border=True, horizontal=True, wrap=False, vertical_alignment="center", key="earlier_moment"):
        st.markdown(
            f":material/history: The sidebar looks at **{moment}** of {end:d}, but {act} follows the last step: "
            f"everything on this page is of **step {end:d}, the end**.",
            width="stretch",
        )
        st.button(
            "Look at the end",
            icon=":material/last_page:",
            key="look_at_end",
            on_click=session.compare,
            args=(span.before, None),
        )


def end() -> str:
    """The end of the recipe in words."""
    steps = len(session.current().steps)
    return f"after step {steps:d}" if steps else "as built"
