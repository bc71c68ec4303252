"""The code of a recipe as text to read: whole, with where it stands and what it is run on."""

import re
import unicodedata

import streamlit as st

from core import text
from core.recipe.held_code import HeldCode, held_code
from core.recipe.recipe import Recipe
from core.recipe.steps import MAX_CODE, Custom

_NEWLINE = re.compile(r"\r\n|\r|\n")
_CALLED = {
    "modules": "called with every module of",
    "tensors": "called with every parameter of",
    "net": "called with",
}


def draw(recipe: Recipe) -> None:
    """All of it, in the order in which it runs."""
    for code in held_code(recipe):
        lines = [_in_order(text.plain(line.expandtabs(4), MAX_CODE)) for line in _NEWLINE.split(code.text)]
        st.markdown(f"{_what(code, recipe)} ({text.count(len(lines), 'line')})")
        st.code("\n".join(lines), language="python", line_numbers=True, wrap_lines=True)


def _in_order(line: str) -> str:
    """By their numbers: letters that are written from right to left and would turn code around, and unusual blanks."""
    return "".join(map(_as_written, line))


def _as_written(letter: str) -> str:
    turns = unicodedata.bidirectional(letter) in ("R", "AL", "AN")
    blank = unicodedata.category(letter) == "Zs" and letter != " "
    return f"\\u{ord(letter):04x}" if turns or blank else letter


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
    how = f"{text.code(first.function)}, {_CALLED[first.applies_to]}" if first.function else "statements, run on"
    more = f"; {text.count(len(steps) - 1, 'more step')} with the same code" if len(steps) > 1 else ""
    return f"**Step {number:d} of {len(recipe.steps)}**: {how} {place}{more}"
