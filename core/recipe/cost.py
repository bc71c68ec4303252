"""What a replay takes, estimated from the recipe alone: nothing is built, and torch is not needed.

In seconds of computing on one ordinary processor core. Most of a small net's training step is what torch does for each
of its tensors, most of a large one's the multiplications. What nobody knows beforehand, such as a person's code, counts
nothing, so that an estimate is rather too low than too high.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from . import catalog
from .recipe import Recipe
from .steps import SAMPLE_ROWS, TRAIN_ROWS, Step, Train

#: Seconds of a training step whatever the net; for each of its tensors, by optimizer; for each value, the same.
_STEP = 1e-4
_TENSOR = {"sgd": 24e-6, "momentum": 29e-6, "adam": 50e-6}
_VALUE = {"sgd": 1.5e-9, "momentum": 1.5e-9, "adam": 6e-9}
#: Multiplications and additions a second; forward and backward take six for each value and position.
_SPEED, _OPERATIONS = 1.2e11, 6
#: Bytes: what any worker takes, and for each value two moments of the model, gradients, an optimizer's state, copies.
_WORKER_BYTES, _VALUE_BYTES = 48 * 2**20, 60
#: So many bytes for each byte of a model that was taken from elsewhere: two moments, and what measuring copies.
_COPIES = 4


@dataclass(frozen=True)
class Cost:
    """What a replay takes.

    Attributes:
        after: seconds of computing until each step is done; memory: bytes.
    """

    after: tuple[float, ...] = ()
    memory: int = _WORKER_BYTES

    @property
    def seconds(self) -> float:
        """Of computing, in all."""
        return self.after[-1] if self.after else 0.0

    def with_copies(self, held: int) -> "Cost":
        """The same where the model is known to hold so many bytes: two moments of it, and copies to measure them."""
        return replace(self, memory=max(self.memory, _WORKER_BYTES + _COPIES * held))


FREE = Cost()


@dataclass(frozen=True)
class _Size:
    """Of a net: its parameters, their values, at how many positions of an input each is used, and what else it does."""

    tensors: int
    values: int
    positions: int = 1
    seconds: float = 0.0


def cost(recipe: Recipe) -> Cost:
    """The estimate for a recipe, step by step."""
    size = _size(recipe)
    seconds = 0.0
    after = []
    for step in recipe.steps:
        seconds += _step_seconds(step, size)
        after.append(seconds)
    found = Cost(tuple(after), _WORKER_BYTES + size.values * _VALUE_BYTES)
    held = catalog.checkpoint(recipe.model)
    return found if held is None else found.with_copies(held.nbytes)


def _step_seconds(step: Step, size: _Size) -> float:
    if not isinstance(step, Train):
        return _STEP + size.values * 1e-9 + _passes(size, SAMPLE_ROWS)
    once = _STEP + size.seconds + size.tensors * _TENSOR[step.optimizer] + size.values * _VALUE[step.optimizer]
    return step.steps * (once + _passes(size, TRAIN_ROWS))


def _passes(size: _Size, rows: int) -> float:
    return _OPERATIONS * size.values * size.positions * rows / _SPEED


def _size(recipe: Recipe) -> _Size:
    size = _SIZES.get(recipe.model)
    return size(dict(recipe.arguments)) if size is not None else _Size(0, 0)


def _mlp(given: Mapping[str, Any]) -> _Size:
    return _Size(4, given["hidden"] * (given["n_in"] + given["n_out"]))


def _shared_mlp(given: Mapping[str, Any]) -> _Size:
    return _Size(6, given["hidden"] * (given["n_in"] + given["hidden"] + given["n_out"]))


def _rgnet(given: Mapping[str, Any]) -> _Size:
    return _Size(2 + 4 * given["blocks"], 76 * given["blocks"])


def _lenet(_given: Mapping[str, Any]) -> _Size:
    return _Size(10, 61_000, positions=5, seconds=1.5e-3)


def _deep_mlp(given: Mapping[str, Any]) -> _Size:
    return _Size(2 + 2 * given["depth"], given["depth"] * given["width"] ** 2)


def _gpt(given: Mapping[str, Any]) -> _Size:
    layers, width = given["n_layer"], given["d_model"]
    values = 12 * layers * width**2 + (given["vocab"] + given["context"]) * width
    return _Size(4 + 12 * layers, values, given["context"], seconds=4e-4 * layers)


def _lstm(given: Mapping[str, Any]) -> _Size:
    hidden, layers = given["hidden"], given["layers"]
    values = given["vocab"] * given["d_embed"] + 4 * hidden * (given["d_embed"] + hidden)
    return _Size(3 + 4 * layers, values + (layers - 1) * 8 * hidden**2, 12, seconds=3e-4 * layers)


def _autoencoder(given: Mapping[str, Any]) -> _Size:
    return _Size(5, given["n_in"] * given["hidden"])


#: By name, the net of a model; what is missing here costs what every net does.
_SIZES: dict[str, Callable[[Mapping[str, Any]], _Size]] = {
    "mlp": _mlp,
    "lazy_mlp": _mlp,
    "shared_mlp": _shared_mlp,
    "rgnet": _rgnet,
    "lenet": _lenet,
    "deep_mlp": _deep_mlp,
    "gpt": _gpt,
    "lstm": _lstm,
    "autoencoder": _autoencoder,
}
