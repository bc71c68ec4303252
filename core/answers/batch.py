"""The batch that an answer runs a model on, and bounds on how much may be asked for."""

from collections.abc import Callable
from typing import Any

from torch import Tensor

from ..replaying.model_kit import model_kit
from ..replaying.replay import sample
from .base import Moments

_MOST_ROWS = 1024


def batch(moments: Moments, rows: int, seed: int = 0, *, double: bool = False) -> tuple[Any, Callable[[Any], Tensor]]:
    """Inputs of the recipe's model, and its loss on the targets that belong to them; in float64 where it is `double`.

    Raises:
        ValueError: the model has no batch, or so many rows are not drawn.
    """
    inputs, targets = sample(moments.recipe, within("rows", rows, _MOST_ROWS), seed)
    if double:
        inputs, targets = _doubled(inputs), _doubled(targets)
    loss = model_kit(moments.recipe).loss
    return inputs, lambda output: loss(output, targets)


def within(what: str, number: int, most: int) -> int:
    """The number, if it is from 1 to `most`; else raise ValueError."""
    if not 1 <= number <= most:
        raise ValueError(f"{number:,} {what} are not from 1 to {most:,}; choose a number between")
    return number


def _doubled(value: Any) -> Any:
    """Floating-point tensors in float64, in a tuple or dict of several inputs too; all else as it is."""
    if hasattr(value, "keys"):
        return {name: _doubled(value[name]) for name in value.keys()}  # noqa: SIM118 (a mapping may lack __iter__)
    if isinstance(value, tuple | list):
        return type(value)(_doubled(part) for part in value)
    return value.double() if isinstance(value, Tensor) and value.is_floating_point() else value
