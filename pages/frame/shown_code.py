"""The code of a recipe as text to read: whole, with where it stands and what it is run on."""

import streamlit as st

from core import text
from core.code.signatures import GIVEN
from core.recipe.held_code import HeldCode, held_code
from core.recipe.recipe import Recipe
from core.recipe.steps import Custom


def draw(recipe: Recipe) -> None:
    """All of it, in the order in which it runs."""
    for code in held_code(recipe):
        lines = text.listing(code.text)
        st.markdown(f"{_what(code, recipe)} ({text.count(len(lines), 'line')})")
        st.code("\n".join(lines), language="python", line_numbers=True, wrap_lines=True)


def _what(code: HeldCode, recipe: Recipe) -> str:
    """Where in the recipe code stands, and what it would be run on."""
    if recipe.source is not None and code == HeldCode(recipe.source.code, recipe.source.entry):
        return f"**The model**, built by {text.code(code.entry)}"
    steps = [
        (number, step)
        for number, step in enumerate(recipe.steps, 1)
        if isinstance(step, Custom) and code == HeldCode(step.code, step.function)
    ]
    number, first = steps[0]
    place = f"the module {text.code(first.root)}" if first.root else "the whole net"
    how = "statements, run on"
    if first.applies_to != "statements":
        given = "" if first.applies_to == "net" else f" {GIVEN[first.applies_to]} of"
        how = f"{text.code(first.function)}, called with{given}"
    more = f"; {text.count(len(steps) - 1, 'more step')} with the same code" if len(steps) > 1 else ""
    return f"**Step {number:d} of {len(recipe.steps)}**: {how} {place}{more}"
