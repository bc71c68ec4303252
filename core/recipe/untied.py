"""The control of a tie: the same recipe with one tie undone, so that copies start equal and may drift apart."""

from dataclasses import replace
from typing import assert_never

from .recipe import Recipe
from .steps import Custom, Edit, FileInit, Forward, Initialize, Step, Tie, Train, Untie


def control(recipe: Recipe, name: str) -> Recipe:
    """`recipe` with `Untie(name)` before the edits and training at its end; without any, at the very end.

    The copies are equal there, since up to there they were one: an initialization would draw each anew. Every later
    step is carried out on the control just as on the original; the control has one step more.
    """
    cut = len(recipe.steps)
    while cut and _lets_copies_drift(recipe.steps[cut - 1]):
        cut -= 1
    return replace(recipe, steps=(*recipe.steps[:cut], Untie(name), *recipe.steps[cut:]))


def _lets_copies_drift(step: Step) -> bool:
    """Whether the step, carried out on two equal copies, shows what each does by itself."""
    match step:
        case Edit() | Train():
            return True
        case Initialize() | Tie() | Untie() | Forward() | Custom() | FileInit():
            return False
    assert_never(step)
