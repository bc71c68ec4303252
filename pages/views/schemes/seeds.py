"""Choosing the seed of a step that is about to be made."""

from typing import Literal

from streamlit.delta_generator import DeltaGenerator

from core.recipe.steps import MAX_SEED
from core.recipe.typed_whole import typed_whole
from pages.frame import session, state

_HINT = "The same seed draws the same values again"


def choose(place: DeltaGenerator, key: str, width: int | Literal["stretch"] = "stretch") -> None:
    """A field for a seed, by default the next one that no step uses: applying twice draws twice.

    Text, as all fields for numbers: a browser's own makes 15 of 1,5, and keeps the number before one that it refuses.
    """
    fresh = str(session.current().next_seed())
    if state.proposed_seed(key).get() != fresh:
        state.proposed_seed(key).put(fresh)
        state.seed(key).put(fresh)
    place.text_input("Seed", key=key, bind="query-params", help=_HINT, width=width, max_chars=40)


def read(key: str) -> int:
    """The seed in the field now; of one that was only proposed, the next one that is free by now.

    Raises:
        ValueError: the field holds no seed.
    """
    seed = state.seed(key)
    if not seed.exists() or seed.get() == state.proposed_seed(key).get():
        return session.current().next_seed()
    return typed_whole(seed.get(), "Seed", 0, MAX_SEED)
