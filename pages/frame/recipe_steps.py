"""The list of the recipe's steps: one component of ours for all of them, since an element a step made a click slow.

Its files are in `pages/components/recipe_steps`.
"""

from collections import Counter
from collections.abc import Mapping
from hashlib import blake2b

from core import text
from core.recipe.headlines import headline
from core.recipe.recipe import Recipe
from core.recipe.script import build_code
from pages.frame import session, state
from pages.frame.joined import component

_KEY = "steps"
_GONE = "That step was changed or removed before the click arrived; nothing was removed."

_component = component("recipe_steps")


def draw(recipe: Recipe) -> None:
    """The build, and below it the steps with a button each that removes it."""
    rows = [{"name": name, "line": headline(step)} for name, step in zip(names_of(recipe), recipe.steps, strict=True)]
    build = "\n".join(text.listing(build_code(recipe)))
    _component(key=_KEY, data={"key": _KEY, "build": build, "rows": rows}, on_remove_change=_remove)


def names_of(recipe: Recipe) -> list[str]:
    """A name for each step, by which a click means this very step and no other, also when it comes late.

    Of equal steps it says which of how many: once one of them is gone, no name of theirs means anything.
    """
    written = [blake2b(repr(step).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest() for step in recipe.steps]
    of, so_far = Counter(written), Counter[str]()
    names = []
    for mark in written:
        so_far[mark] += 1
        names.append(f"{mark}-{so_far[mark]}-{of[mark]}")
    return names


def _remove() -> None:
    reported = state.reported(_KEY).get()
    wish = reported.get("remove") if isinstance(reported, Mapping) else None
    name = wish.get("name") if isinstance(wish, Mapping) else None
    names = names_of(session.current())
    if name in names:
        session.remove(names.index(name))
    else:
        session.complain(_GONE)
