"""The whole session as the Python a person would have typed."""

from contextlib import suppress

import streamlit as st

from core import text
from core.engine.errors import EngineError
from core.questions.story import GetUnwritten
from core.recipe import catalog
from core.recipe.checkpoint_name import file_of
from core.recipe.script import to_script, unscripted
from core.recipe.unseeded import NEVER_WRITTEN, unrepeatable
from pages.frame import navigation, session
from pages.frame.engine import ask
from pages.views.tensor import cards

#: So many places are told one by one.
_MOST = 3
_CHANCE = ":material/casino:"
_NO_TWO_RUNS = "no two runs need give the same bytes, this script's among them"


def draw() -> None:
    """The script, to copy or to download."""
    cards.heading(
        "Script",
        "Run in a fresh interpreter it builds the same model, equal bit for bit, and needs nothing of Paramscope.",
    )
    if why := unscripted(session.current()):
        st.info(f"There is no script: {text.markdown(why, 500)}.", icon=":material/description:")
        return
    unwritten = _unwritten()
    _warn_of_chance(unwritten)
    script = to_script(session.current(), unwritten)
    st.download_button(
        "Download",
        script,
        f"{file_of(session.current().model)}.py",
        "text/x-python",
        icon=":material/download:",
        on_click="ignore",
        key="script",
    )
    if catalog.is_checkpoint(model := session.current().model):
        st.caption(f"It loads {text.markdown(catalog.entry(model).title)} from the folder that it runs in.")
    st.code(script, language="python", line_numbers=True)


def _unwritten() -> tuple[str, ...]:
    """The tensors that nobody wrote; a catalog's model has none, and of one that cannot be built nobody knows."""
    recipe = session.current()
    if not (recipe.runs_code or catalog.is_own(recipe.model)):
        return ()
    with suppress(EngineError):
        return ask(GetUnwritten()).names
    return ()


def _warn_of_chance(unwritten: tuple[str, ...]) -> None:
    """What of the code no script can repeat, before anybody runs it."""
    for name in unwritten[:_MOST]:
        st.warning(f"{text.code(name)} was never written, {NEVER_WRITTEN}, so that {_NO_TWO_RUNS}.", icon=_CHANCE)
    if len(unwritten) > _MOST:
        st.caption(f"The same holds of {text.count(len(unwritten) - _MOST, 'more tensor')}.")
    found = unrepeatable(session.current())
    for whose, one in found[:_MOST]:
        place = f"Line {one.line:d} of {text.markdown(whose)}: {text.code(one.text)} {text.markdown(one.why)}"
        st.warning(f"{place}, so that {_NO_TWO_RUNS}.", icon=_CHANCE)
    if len(found) > _MOST:
        st.caption(f"{text.count(len(found) - _MOST, 'more such place')} in the script's first lines.")


navigation.ensure()
draw()
