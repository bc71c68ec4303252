"""The code that a recipe holds, apart from where in the recipe it stands: what a person can read and agree to."""

import hashlib
import json
from dataclasses import dataclass, replace

from .recipe import Recipe
from .steps import Custom


@dataclass(frozen=True)
class HeldCode:
    """A text of code, and the function or class in it that is called; "" where its statements run, or it is read."""

    text: str
    entry: str

    @property
    def mark(self) -> str:
        """A short text that no other code has."""
        return hashlib.sha256(json.dumps([self.text, self.entry]).encode()).hexdigest()


def held_code(recipe: Recipe) -> tuple[HeldCode, ...]:
    """What runs when the recipe is replayed, the model's own code first; each once."""
    model = () if recipe.source is None else (HeldCode(recipe.source.code, recipe.source.entry),)
    steps = (HeldCode(step.code, step.function) for step in recipe.steps if isinstance(step, Custom))
    return tuple(dict.fromkeys((*model, *steps)))


def without_code(recipe: Recipe) -> Recipe | None:
    """The recipe without what a visitor wrote; None where that is the model itself."""
    if recipe.source is not None:
        return None
    return replace(recipe, steps=tuple(step for step in recipe.steps if not step.holds_code))
