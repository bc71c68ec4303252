"""The control of a tie: the same recipe with one tie undone, so that copies start equal and may drift apart."""

from dataclasses import replace

from core.recipe import Recipe
from core.steps import Forward, Tie, Untie


def control(recipe: Recipe, name: str) -> Recipe:
    """`recipe` with `Untie(name)` right after the tie can last have been made: the build, or its last tie or untie.

    Every later step is carried out on it just as on the original. The control has one step more.
    """
    structural = [index for index, step in enumerate(recipe.steps) if isinstance(step, Tie | Untie | Forward)]
    cut = structural[-1] + 1 if structural else 0
    return replace(recipe, steps=(*recipe.steps[:cut], Untie(name), *recipe.steps[cut:]))
