"""What a recipe's model comes with: how it is built, and where it has them, a batch and a loss."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import NoReturn

from torch import Tensor, nn

from ..code.building import built, executed
from ..code.operator_files import model_functions
from ..module.seeding import seeded
from ..recipe import catalog
from ..recipe.recipe import Recipe


@dataclass(frozen=True)
class Lesson:
    """A model ready to be built and run.

    Attributes:
        build: the model with the recipe's arguments; draws from the global random stream.
        batch: inputs and targets of so many rows, drawn from the global random stream.
        loss: of output and targets.
    """

    build: Callable[[], nn.Module]
    batch: Callable[[int], tuple[Tensor, Tensor]]
    loss: Callable[[Tensor, Tensor], Tensor]


def lesson(recipe: Recipe) -> Lesson:
    """What the recipe's model comes with; code that draws as soon as it is read draws from the recipe's seed.

    Raises:
        ValueError: its code cannot be run. A model without a batch or a loss raises when asked for one.
    """
    arguments = dict(recipe.arguments)
    source = recipe.source
    if catalog.is_own(recipe.model):
        functions = model_functions(recipe.model)
        return Lesson(
            lambda: built(recipe.model, partial(functions.build, **arguments)),
            functions.batch or _missing("batch(size)", "inputs, targets"),
            functions.loss or _missing("loss(output, target)", "a number"),
        )
    if source is None:
        module = catalog.module(recipe.model)
        build = catalog.builder(recipe.model)
        return Lesson(lambda: build(**arguments), lambda rows: module.batch(rows, **arguments), module.loss)
    with seeded(recipe.seed):
        module = executed(source)
    return Lesson(
        lambda: built(source.entry, getattr(module, source.entry)),
        getattr(module, "batch", _missing("batch(size)", "inputs, targets")),
        getattr(module, "loss", _missing("loss(output, target)", "a number")),
    )


def _missing(signature: str, gives: str) -> Callable[..., NoReturn]:
    def refuse(*_: object) -> NoReturn:
        raise ValueError(f"the model comes without {signature}; add def {signature}: ... that returns {gives}")

    return refuse
