"""A field that opens a recipe's file: a component of our own, since Streamlit's uploads it, which the gate refuses.

The browser reads the file, and its text comes as what a field reports. Its files are in `pages/components/recipe_file`.
"""

from collections.abc import Callable, Mapping
from functools import partial

from core.recipe.recipe import MAX_JSON
from pages.frame import state
from pages.frame.joined import component

_component = component("recipe_file")


def recipe_file(take: Callable[[str], None], *, key: str) -> None:
    """Show the field; `take` is called with the text of each file that is chosen or dropped, before the page is drawn.

    A text longer than a recipe comes cut, still too long.
    """
    _component(key=key, data={"key": key, "most": MAX_JSON}, on_opened_change=partial(_receive, key, take))


def _receive(key: str, take: Callable[[str], None]) -> None:
    reported = state.reported(key).get()
    wish = reported.get("opened") if isinstance(reported, Mapping) else None
    content = wish.get("text") if isinstance(wish, Mapping) else None
    if isinstance(content, str):
        take(content)
