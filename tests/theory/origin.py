"""Origins after a recipe, each promise checked against the values."""

from core.module.walk import named_tensors
from core.recipe.recipe import Recipe
from core.recipe.steps import Step
from core.replaying.replay import replayed
from core.theory.ledger import Origin
from core.theory.origins import origins
from core.theory.verdict import verdict


def after(model: str, *steps: Step, **arguments: int) -> dict[str, Origin]:
    recipe = Recipe(model, arguments=tuple(arguments.items()))
    for step in steps:
        recipe = recipe.then(step)
    made = replayed(recipe)
    found = origins(made.model, recipe, made.outcomes)
    for entry in named_tensors(made.model):  # whatever is promised must be true
        promised = found[entry.name].promise
        if promised is not None:
            assert verdict(entry.tensor, promised).kind in ("consistent", "cannot tell"), entry.name
    return found


def label(origin: Origin) -> str:
    return origin.promise.distribution.label if origin.promise else ""
