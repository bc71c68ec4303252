"""The whole session as the Python a person would have typed."""

import streamlit as st

from core import text
from core.recipe.script import to_script
from core.recipe.unseeded import unrepeatable
from pages.frame import navigation, session
from pages.views.tensor import cards

#: So many places are told one by one.
_MOST = 3
_CHANCE = ":material/casino:"


def draw() -> None:
    """The script, to copy or to download."""
    cards.heading(
        "Script",
        "Run in a fresh interpreter it builds the same model, equal bit for bit, and needs nothing of Paramscope.",
    )
    _warn_of_chance()
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


def _warn_of_chance() -> None:
    """What of the code no script can repeat, before anybody runs it."""
    found = unrepeatable(session.current())
    for whose, one in found[:_MOST]:
        place = f"Line {one.line:d} of {text.markdown(whose)}: {text.code(one.text)} {text.markdown(one.why)}"
        st.warning(f"{place}, so that no two runs need give the same bytes, this script's among them.", icon=_CHANCE)
    if len(found) > _MOST:
        st.caption(f"{text.count(len(found) - _MOST, 'more such place')} in the script's first lines.")


navigation.ensure()
draw()
