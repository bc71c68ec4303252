"""The session's recipe: read from the link, changed by one step at a time, never lost by a click.

Session state holds JSON text and whole numbers only: `recipe`, the moments `before` and `after` (None: the end), and
the recipes that undo and redo return to.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import streamlit as st

from core.engine.pool import Span
from core.recipe import catalog, link
from core.recipe.recipe import Recipe, explanation
from core.recipe.steps import Step

_HISTORY = 200
_FIRST_MODEL = "mlp"


def start() -> None:
    """At a session's first run: the recipe of the link, or the lesson's network with one initialization."""
    if "recipe" in st.session_state:
        return
    st.session_state.update(recipe=opening(_FIRST_MODEL).to_json(), past=[], future=[], before=0, after=None)
    value = st.query_params.get("recipe")
    if value is None:
        return
    try:
        given = link.decode(value)
    except ValueError as error:
        complain(f"The link could not be opened: {error}. Here is a fresh start instead.")
        return
    st.session_state.recipe = given.to_json()
    steps = len(given.steps)
    st.session_state.before = _moment(st.query_params.get("before"), steps) or 0
    st.session_state.after = _moment(st.query_params.get("after"), steps)


def opening(model: str) -> Recipe:
    """A model as it is first shown: with a step or two already there, so that there is something to see."""
    return Recipe(model, steps=catalog.known()[model].opening)


def current() -> Recipe:
    """The session's recipe."""
    return _parsed(st.session_state.recipe)


@lru_cache(maxsize=_HISTORY)
def _parsed(text: str) -> Recipe:
    return Recipe.from_json(text)  # a page asks for it a dozen times a run


def span() -> Span:
    """The session's recipe between its two moments."""
    recipe = current()
    steps = len(recipe.steps)
    after = st.session_state.after
    return Span(recipe, min(st.session_state.before, steps), steps if after is None else min(after, steps))


def end_span() -> Span:
    """The whole recipe, whatever moments are compared: what the next step will start from."""
    recipe = current()
    return Span(recipe, 0, len(recipe.steps))


def last_step_span() -> Span:
    """The last step alone: the moment before it and the end."""
    steps = len(current().steps)
    return Span(current(), max(0, steps - 1), steps)


def propose(recipe: Recipe) -> None:
    """Make `recipe` the session's; if it turns out not to work, `settle` takes it back."""
    text = recipe.to_json()
    if text != st.session_state.recipe:
        st.session_state.past = [*st.session_state.past, st.session_state.recipe][-_HISTORY:]
        st.session_state.future = []
        st.session_state.recipe = text
        st.session_state.unsettled = True


def append(make: Callable[..., Step], *arguments: Any, **fields: Any) -> None:
    """Add the step that `make(...)` constructs; a step that cannot be constructed is a complaint, not a step."""
    try:
        propose(current().then(make(*arguments, **fields)))
    except ValueError as error:
        complain(_capital(explanation(error)) + ".")
        return
    st.session_state.after = None


def settled() -> bool:
    """Whether the recipe has been replayed successfully."""
    return not st.session_state.get("unsettled", True)


def settle() -> None:
    """Keep the recipe: it was replayed."""
    st.session_state.unsettled = False


def take_back(reason: str, failed_step: int | None = None) -> bool:
    """Return to the last recipe that worked and say why; False when there is none to return to."""
    complain(_capital(reason) + ".")
    if st.session_state.get("unsettled", True) and st.session_state.past:
        st.session_state.recipe = st.session_state.past.pop()
        st.session_state.unsettled = False
        return True
    recipe = current()
    if not recipe.steps:
        return False
    # A link with a step that fails: keep what comes before it.
    keep = failed_step if failed_step is not None else len(recipe.steps) - 1
    st.session_state.recipe = recipe.prefix(keep).to_json()
    return True


def undo() -> None:
    """Back to the recipe before the last change; in a session that began with a link, drop the last step."""
    recipe = st.session_state.recipe
    if st.session_state.past:
        st.session_state.recipe = st.session_state.past.pop()
    else:
        st.session_state.recipe = current().undo().to_json()
    if st.session_state.recipe != recipe:
        st.session_state.future = [*st.session_state.future, recipe]
    st.session_state.unsettled = False


def redo() -> None:
    """Forward again to what was undone."""
    if st.session_state.future:
        st.session_state.past = [*st.session_state.past, st.session_state.recipe]
        st.session_state.recipe = st.session_state.future.pop()


def stop() -> None:
    """Give up what is being computed; a change that was being tried for the first time is taken back."""
    st.session_state.pop("pending_code", None)
    if settled():
        complain("Stopped; nothing was changed.")
    else:
        take_back("stopped; the last change was taken back" if st.session_state.past else "stopped")


def remove(index: int) -> None:
    """Drop one step; the draws of the others stay, since each has its own seed."""
    try:
        propose(current().without(index))
    except ValueError as error:
        complain(explanation(error))


def complain(message: str) -> None:
    """Show a sentence once, at the top of the page."""
    st.session_state.complaint = message


def complaint() -> str | None:
    """The sentence to show, which is then forgotten."""
    message: str | None = st.session_state.pop("complaint", None)
    return message


def share() -> None:
    """Keep the address bar a link to exactly this."""
    wanted = {"recipe": link.encode(current())}
    if st.session_state.before:
        wanted["before"] = str(st.session_state.before)
    if st.session_state.after is not None:
        wanted["after"] = str(st.session_state.after)
    if {key: st.query_params.get(key) for key in ("recipe", "before", "after") if key in st.query_params} != wanted:
        st.query_params.from_dict({**_others(), **wanted})


def _others() -> dict[str, str]:
    return {key: value for key, value in st.query_params.items() if key not in ("recipe", "before", "after")}


def _moment(text: str | None, steps: int) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 6 and int(text) <= steps else None


def _capital(sentence_text: str) -> str:
    return sentence_text[:1].upper() + sentence_text[1:]
