"""What a piece of evidence is measured on, and what it comes to."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from ...models import shared_mlp
from ...module.tying import tied_groups
from ...module.walk import NamedTensor, named_tensors
from ...tensor.compare import changed_elements
from ..uses import Loss

#: Measured facts, (what, value), and the lines that show them.
Shown = tuple[list[tuple[str, str]], str]
#: What a model must have for a belief to be tested on it.
Need = Literal["a tie", "a trained tie", "a matrix", "nothing"]


@dataclass(frozen=True)
class Tie:
    """One Parameter under all its names."""

    entries: tuple[NamedTensor, ...]

    @property
    def first(self) -> NamedTensor:
        """The name that is listed."""
        return self.entries[0]

    @property
    def last(self) -> NamedTensor:
        """The name furthest from it."""
        return self.entries[-1]

    @property
    def tensor(self) -> Tensor:
        """The Parameter."""
        return self.first.tensor


@dataclass(frozen=True)
class Exhibit:
    """A model to experiment on, which may be changed, with inputs and a loss on its output."""

    model: nn.Module
    inputs: Any
    loss_fn: Loss

    def tie(self, *, trained: bool = False) -> Tie:
        """The first Parameter under several names, matrices before vectors; `trained`: one that gets a gradient.

        Raises:
            ValueError: there is none; says what there is instead.
        """
        names: dict[int, list[NamedTensor]] = defaultdict(list)
        for entry in named_tensors(self.model):
            if entry.kind == "parameter":
                names[id(entry.tensor)].append(entry)
        ties = [Tie(tuple(entries)) for entries in names.values() if len(entries) > 1]
        for tie in sorted(ties, key=lambda tie: is_lazy(tie.tensor) or tie.tensor.dim() < 2):
            if not _unfit(tie.tensor, trained):
                return tie
        if ties:
            raise ValueError(f"{ties[0].first.name!r} is tied but {_unfit(ties[0].tensor, trained)}")
        for group in tied_groups(self.model):
            raise ValueError(f"{group.names[0]!r} and {group.names[-1]!r} share bytes but are Parameters of their own")
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
    if need in ("a tie", "a trained tie"):
        exhibit.tie(trained=need == "a trained tie")
    elif need == "a matrix":
        exhibit.matrix()


def yes(fact: bool) -> str:
    """A fact as it is shown."""
    return "yes" if fact else "no"


def edit(tensor: Tensor) -> None:
    """Write one element, so that it differs whatever it was: a NaN, an infinity, a number too large for one more."""
    place = (0,) * (tensor.dim() - 1) + (-1,) * (tensor.dim() > 0)
    with torch.no_grad():
        before = tensor.detach().clone()
        tensor[place] = 1
        if not changed_elements(before, tensor.detach()):
            tensor[place] = 0


def _trains(entry: NamedTensor) -> bool:
    return entry.kind == "parameter" and not _unfit(entry.tensor, trained=True) and entry.tensor.is_floating_point()


def _unfit(tensor: Tensor, trained: bool) -> str:
    """Why nothing can be shown on it, in a few words; "" where it can."""
    if is_lazy(tensor) or tensor.is_meta:
        return "has no data"
    if tensor.layout != torch.strided:
        return "sparse"
    if not tensor.numel():
        return "has no elements"
    return "frozen" if trained and not tensor.requires_grad else ""
