"""The whole session as the Python a person would have typed."""

import streamlit as st

from core.recipe.script import to_script
from pages.frame import navigation, session
from pages.views.tensor import cards


def draw() -> None:
    """The script, to copy or to download."""
    cards.heading(
        "Script",
        "Run in a fresh interpreter it builds the same model, equal bit for bit, and needs nothing of Paramscope.",
    )
    script = to_script(session.current())
    st.download_button(
        "Download",
        script,
        f"{session.current().model}.py",
        "text/x-python",
        icon=":material/download:",
        on_click="ignore",
        key="script",
    )
    st.code(script, language="python", line_numbers=True)


navigation.ensure()
draw()
