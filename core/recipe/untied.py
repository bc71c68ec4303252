"""The control of a tie: the same recipe with one tie undone, so that copies start equal and may drift apart."""

from dataclasses import replace

from .recipe import Recipe
from .steps import Edit, Train, Untie


def control(recipe: Recipe, name: str) -> Recipe:
    """`recipe` with `Untie(name)` before the edits and training at its end; without any, at the very end.

    The copies are equal there, since up to there they were one: an initialization would draw each anew. Every later
    step is carried out on the control just as on the original; the control has one step more.
    """
    cut = len(recipe.steps)
    while cut and isinstance(recipe.steps[cut - 1], Edit | Train):
        cut -= 1
    return replace(recipe, steps=(*recipe.steps[:cut], Untie(name), *recipe.steps[cut:]))
