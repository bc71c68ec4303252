"""Choosing the seed of a step that is about to be made."""

from streamlit.delta_generator import DeltaGenerator

from pages.frame import session, state


def choose(place: DeltaGenerator, key: str) -> int:
    """A seed, by default the next one that no step uses: applying twice draws twice."""
    fresh = session.current().next_seed()
    if state.proposed_seed(key).get() != fresh:
        state.proposed_seed(key).put(fresh)
        state.seed(key).put(fresh)
    seed: int = place.number_input("Seed", 0, 2**32, step=1, key=key, help="The same seed draws the same values again")
    return seed
