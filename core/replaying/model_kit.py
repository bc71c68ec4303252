"""What a recipe's model comes with: how it is built, and where it has them, a batch and a loss."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, NoReturn

from torch import Tensor, nn

from ..code.building import built, executed
from ..code.operator_files import can_be_built, checkpoint, model_functions
from ..module.failures import MissingPartError, failures
from ..module.seeding import seeded
from ..recipe import catalog
from ..recipe.recipe import Recipe
from ..text import article


@dataclass(frozen=True)
class ModelKit:
    """What it takes to build a model and to run it.

    Attributes:
        build: the model with the recipe's arguments; draws from the global random streams.
        batch: inputs and targets of so many rows, drawn from the global random streams; its failure is a ValueError.
        loss: of output and targets.
    """

    build: Callable[[], nn.Module]
    batch: Callable[[int], tuple[Any, Any]]
    loss: Callable[[Any, Any], Tensor]


def model_kit(recipe: Recipe) -> ModelKit:
    """What the recipe's model comes with; code that draws as soon as it is read draws from the recipe's seed.

    Raises:
        ValueError: its code cannot be run. A model without a batch or a loss raises when asked for one.
    """
    arguments = dict(recipe.arguments)
    source = recipe.source
    if catalog.is_checkpoint(recipe.model):
        return ModelKit(checkpoint(recipe.model).build, _no_code, _no_code)
    if catalog.is_own(recipe.model):
        functions = model_functions(recipe.model)
        build = partial(functions.build, **arguments)
        usual = {argument.name: argument.default for argument in catalog.known()[recipe.model].arguments}
        elsewhere = arguments == usual and can_be_built(recipe.model)
        return _kit(lambda: built(recipe.model, build, elsewhere=elsewhere), functions.batch, functions.loss)
    if source is None:
        module = catalog.module(recipe.model)
        return ModelKit(
            partial(catalog.builder(recipe.model), **arguments), partial(module.batch, **arguments), module.loss
        )
    with seeded(recipe.seed):
        module = executed(source)
    build = partial(built, source.entry, getattr(module, source.entry))
    return _kit(build, getattr(module, "batch", None), getattr(module, "loss", None))


def _kit(
    build: Callable[[], nn.Module], batch: Callable[[int], Any] | None, loss: Callable[[Any, Any], Any] | None
) -> ModelKit:
    """Of functions that a person wrote, who may have left some out."""
    return ModelKit(
        build,
        partial(_pair, batch) if batch is not None else _missing("batch(size)", "inputs, targets"),
        loss or _missing("loss(output, target)", "a number"),
    )


def _pair(batch: Callable[[int], Any], rows: int) -> tuple[Any, Any]:
    """What a person's `batch` gives.

    Raises:
        ValueError: it raises, or gives something else than two values.
    """
    with failures("batch(size)"):
        pair = batch(rows)
    if not isinstance(pair, tuple | list) or len(pair) != 2:
        raise ValueError(f"batch(size) gives {article(type(pair).__name__)}; end it with return inputs, targets")
    inputs, targets = pair
    return inputs, targets


def _no_code(*_: object) -> NoReturn:
    raise ValueError(
        "a file alone holds tensors and no code to run: to see a forward pass, start Paramscope with the model itself, "
        "--model FILE.py:build"
    )


def _missing(signature: str, gives: str) -> Callable[..., NoReturn]:
    def refuse(*_: object) -> NoReturn:
        raise MissingPartError(f"the model comes without {signature}; add def {signature}: ... that returns {gives}")

    return refuse
