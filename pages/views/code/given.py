"""What an init is given: what its arguments ask for, unless a person says otherwise."""

from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core import text
from core.code.signatures import GIVEN
from core.recipe.steps import AppliesTo, Custom, FileInit, Step
from pages.frame import state
from pages.views import switch

_ASKED = "guess"
_HINT = "An init is called with what its arguments ask for, by their annotations and names; here you can say otherwise"


def choose(at: DeltaGenerator, key: str, choices: Sequence[AppliesTo], guess: AppliesTo | None = None) -> None:
    """A field for what the init is given, at first what its arguments ask for, which is `guess` where it is known."""
    asked = "what its arguments ask for" + (f": {GIVEN[guess]}" if guess else "")
    at.selectbox(
        "Given",
        [_ASKED, *choices],
        format_func=lambda way: asked if way == _ASKED else GIVEN[way],
        key=f"{key}_given",
        bind="query-params",
        help=_HINT,
    )


def read(key: str, called: str, choices: Sequence[AppliesTo], guess: AppliesTo) -> AppliesTo:
    """What the field holds now, of an init that is called so.

    Raises:
        ValueError: the init cannot be given that.
    """
    chosen = switch.held(state.field(f"{key}_given"), [_ASKED, *GIVEN], _ASKED)
    if chosen == _ASKED or guess == "statements":
        return guess
    way = next((way for way in choices if way == chosen), None)
    if way is None:
        said = next(words for known, words in GIVEN.items() if known == chosen)
        raise ValueError(f"{called} cannot be given {said}; under Given, choose what its arguments ask for")
    return way


def say(step: Step) -> None:
    """What the init of a step was given."""
    if isinstance(step, Custom | FileInit) and step.applies_to != "statements":
        function = step.function.rpartition(":")[2]
        st.caption(f"{text.code(function)} was given {GIVEN[step.applies_to]}; *Given* above chooses otherwise.")
