"""What a piece of evidence is measured on, and what it comes to."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from torch import nn

from ...models import shared_mlp
from ...module.tying import tied_groups
from ...module.walk import NamedTensor, find_tensor, named_tensors
from ..uses import Loss

#: Measured facts, (what, value), and the lines that show them.
Shown = tuple[list[tuple[str, str]], str]
#: What a model must have for a belief to be tested on it.
Need = Literal["a tie", "a matrix", "nothing"]


@dataclass(frozen=True)
class Exhibit:
    """A model to experiment on, which may be changed, with inputs and a loss on its output."""

    model: nn.Module
    inputs: Any
    loss_fn: Loss

    def tied_pair(self) -> tuple[NamedTensor, NamedTensor]:
        """Two names of one Parameter, the first such group's, matrices before vectors.

        Raises:
            ValueError: there are none.
        """
        pairs = [
            (find_tensor(self.model, group.names[0]), find_tensor(self.model, group.names[-1]))
            for group in tied_groups(self.model)
            if group.kind in ("same module", "same parameter")
        ]
        for pair in sorted(pairs, key=lambda pair: pair[0].tensor.dim() < 2):
            if _trains(pair[0]):
                return pair
        raise ValueError("this model ties no parameter")

    def matrix(self) -> NamedTensor:
        """The first trainable parameter with two axes and more than one element.

        Raises:
            ValueError: there is none.
        """
        for entry in named_tensors(self.model):
            if _trains(entry) and entry.tensor.dim() == 2 and entry.tensor.numel() > 1:
                return entry
        raise ValueError("this model has no matrix to train")


@dataclass(frozen=True)
class Belief:
    """A belief, what is true instead, what shows it, and what a model must have for that."""

    key: str
    claim: str
    truth: str
    need: Need
    show: Callable[[Exhibit], Shown]


def lesson_exhibit() -> Exhibit:
    """The lesson's MLP with a shared layer, and a batch of 16 rows; draws from the global random stream."""
    model = shared_mlp.shared_mlp()
    inputs, targets = shared_mlp.batch(16)
    return Exhibit(model, inputs, lambda output: shared_mlp.loss(output, targets))


def fulfills(exhibit: Exhibit, need: Need) -> None:
    """Raise ValueError, in a few words, unless the exhibit has what is needed."""
    if need == "a tie":
        exhibit.tied_pair()
    elif need == "a matrix":
        exhibit.matrix()


def yes(fact: bool) -> str:
    """A fact as it is shown."""
    return "yes" if fact else "no"


def _trains(entry: NamedTensor) -> bool:
    tensor = entry.tensor
    plain = not nn.parameter.is_lazy(tensor) and not tensor.is_meta and tensor.is_floating_point()
    return entry.kind == "parameter" and tensor.requires_grad and plain and tensor.numel() > 0
