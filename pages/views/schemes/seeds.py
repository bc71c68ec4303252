"""Choosing the seed of a step that is about to be made."""

from typing import Literal

from streamlit.delta_generator import DeltaGenerator

from pages.frame import session, state


def choose(place: DeltaGenerator, key: str, width: int | Literal["stretch"] = "stretch") -> int:
    """A seed, by default the next one that no step uses: applying twice draws twice."""
    fresh = session.current().next_seed()
    if state.proposed_seed(key).get() != fresh:
        state.proposed_seed(key).put(fresh)
        state.seed(key).put(fresh)
    # Without bounds: a number beyond them would stay in the field, and the one before it in force.
    place.number_input(
        "Seed", step=1, key=key, bind="query-params", help="The same seed draws the same values again", width=width
    )
    return read(key)


def read(key: str) -> int:
    """The seed in the field now; of one that was only proposed, the next one that is free by now."""
    seed = state.seed(key)
    if not seed.exists() or seed.get() == state.proposed_seed(key).get():
        return session.current().next_seed()
    return seed.get()
