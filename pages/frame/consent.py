"""Whose code a session runs: what was written in it, and what its person has read and agreed to.

Agreed to is the exact text with the function that is called, not the recipe around it: other steps around the same code
need no new question, nor does the recipe that undo returns to.
"""

from collections.abc import Iterable
from typing import Any

from core.engine.errors import EngineError
from core.questions.base import Request
from core.recipe.held_code import HeldCode, held_code
from core.recipe.recipe import Recipe
from pages.frame import browsers, state

#: Marks that a session keeps, the oldest first; a recipe holds at most 201.
_MOST = 1000


class UnreadCodeError(EngineError):
    """Code that was not written in this session, and that nobody has agreed to run in it."""

    def __init__(self) -> None:
        super().__init__("the code was not written in this session; open its link, read it and press Run this code")


def agree(*codes: HeldCode) -> None:
    """The session's person wrote this code here, or read it and wants it to run."""
    marks = [code.mark for code in codes]
    state.AGREED.put([*(mark for mark in state.AGREED.get() if mark not in marks), *marks][-_MOST:])
    for mark in marks:
        browsers.remember(mark)


def unread(codes: Iterable[HeldCode]) -> tuple[HeldCode, ...]:
    """Those that nobody has agreed to in this session, nor earlier in this browser."""
    agreed = set(state.AGREED.get())
    return tuple(code for code in codes if code.mark not in agreed and not browsers.remembers(code.mark))


def check(recipe: Recipe, request: Request[Any]) -> None:
    """Called before anything is asked: raises UnreadCodeError where unread code would reach a worker."""
    codes = held_code(recipe)
    if request.reads_code:
        codes += (HeldCode(getattr(request, "code"), ""),)  # noqa: B009 (only such requests have it)
    if unread(codes):
        raise UnreadCodeError
