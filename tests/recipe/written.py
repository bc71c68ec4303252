"""A recipe with a step of every kind, and recipes as the JSON text that a link or a file holds."""

import json
from collections.abc import Callable
from typing import Any

from core.recipe.recipe import Recipe
from core.recipe.steps import (
    Edit,
    Forward,
    Initialize,
    OneTensor,
    Pattern,
    Step,
    Subtree,
    Tie,
    Train,
    Untie,
)

LONGEST_SENTENCE = 300

ONE_OF_EACH: tuple[Step, ...] = (
    Initialize("normal", Subtree("0", "Linear", "weight"), (("std", 0.01),), seed=3),
    Initialize("zeros", Pattern("*.bias")),
    Initialize("kaiming_normal", OneTensor("0.weight"), (("nonlinearity", "relu"), ("mode", "fan_out"))),
    Edit("0.weight", "w *= abs(w) >= 5\nw[0, 0] = 42"),
    Tie("0.bias", "2.bias"),
    Untie("2.bias"),
    Forward(4),
    Train(2, 0.25, 5, "momentum"),
)

FULL = Recipe("mlp", 7, ONE_OF_EACH, (("n_out", 8),))


def recipe_text(**fields: Any) -> str:
    return json.dumps({"model": "mlp", **fields})


def step_text(**fields: Any) -> str:
    return recipe_text(steps=[fields])


def read(reader: Callable[[str], Recipe], text: str) -> Recipe | str:
    """The recipe, or the sentence it is refused with."""
    try:
        return reader(text)
    except ValueError as error:
        return str(error)


NOT_JSON = "the recipe is not a JSON object; open a link or file that Paramscope wrote"
