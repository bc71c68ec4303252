"""Origins after a recipe, each promise checked against the values."""

from collections.abc import Callable

from torch import nn

from core import provenance
from core.recipe.recipe import Recipe
from core.recipe.steps import Step
from core.replaying.replay import replayed
from core.theory.model_verdict import ModelCheck
from core.theory.origins import Origin, origins, origins_when_built


def after(model: str, *steps: Step, **arguments: int) -> dict[str, Origin]:
    recipe = Recipe(model, arguments=tuple(arguments.items()))
    for step in steps:
        recipe = recipe.then(step)
    made = replayed(recipe)
    found = origins(made.model, recipe, made.outcomes, made.stories)
    for row in ModelCheck(made.model, found).model().rows:  # whatever is promised must be true
        assert row.verdict.kind in ("consistent", "cannot tell", "no theory"), row
    return found


def built(build: Callable[[], nn.Module]) -> tuple[nn.Module, dict[str, Origin]]:
    """A model built under observation, and the origins of its tensors."""
    with provenance() as story:
        net = build()
    return net, origins_when_built(net, story.of(net))


def label(origin: Origin) -> str:
    return origin.promise.distribution.label if origin.promise else ""
