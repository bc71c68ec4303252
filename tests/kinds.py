"""Toy models with one kind of sharing each: K1 to K11 of the reference on tying; and the poke probe."""

import copy
import itertools
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from core.module.walk import named_tensors
from core.questions.model import TiedGroup


def pair(bias: bool = True) -> nn.Sequential:
    """Two linear layers that share nothing."""
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 4, bias=bias), nn.ReLU(), nn.Linear(4, 4, bias=bias))


def linear(model: nn.Module, name: str) -> nn.Linear:
    layer = model.get_submodule(name)
    assert isinstance(layer, nn.Linear)
    return layer


def k1() -> nn.Module:
    """One module in two places, as in the lesson."""
    model = pair()
    model[2] = model[0]
    return model


def k2() -> nn.Module:
    """One parameter in two modules, as in a language model's head."""
    model = pair()
    linear(model, "2").weight = linear(model, "0").weight
    return model


def k3() -> nn.Module:
    """Two parameters that view one storage alike."""
    model = pair()
    linear(model, "2").weight.data = linear(model, "0").weight.data
    return model


def k4() -> nn.Module:
    """The decoder's parameter is a transposed view of the encoder's."""
    model = pair(bias=False)
    linear(model, "2").weight = nn.Parameter(linear(model, "0").weight.t())
    return model


def sliced(first: slice, second: slice) -> nn.Module:
    model = pair(bias=False)
    big = torch.randn(8, 4)
    linear(model, "0").weight, linear(model, "2").weight = nn.Parameter(big[first]), nn.Parameter(big[second])
    return model


def k5() -> nn.Module:
    """Slices of one storage that have rows 2 and 3 in common."""
    return sliced(slice(0, 4), slice(2, 6))


def k6() -> nn.Module:
    """Slices of one storage that have nothing in common, as packed weights do."""
    return sliced(slice(0, 4), slice(4, 8))


def k6_interleaved() -> nn.Module:
    """Even and odd rows: the extents overlap, the elements do not."""
    return sliced(slice(0, 8, 2), slice(1, 8, 2))


def k7() -> nn.Module:
    """Equal values in two storages, as after a copied initialization."""
    model = pair()
    model[2] = copy.deepcopy(model[0])
    return model


class UsesTwice(nn.Module):
    """K8: one parameter in two operations of forward."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(4, 4)

    def forward(self, tokens: Tensor) -> Tensor:
        return nn.functional.linear(self.embedding(tokens), self.embedding.weight)


class HidesOne(nn.Module):
    """K9: a module in a plain list, registered under one name only."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(4, 4)
        self.layers = [self.layer, self.layer, nn.Linear(4, 4)]

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers:
            x = torch.relu(layer(x))
        return x


def k10() -> nn.Module:
    """A buffer is a flat view of a parameter."""
    model = pair(bias=False)
    model.register_buffer("flat", linear(model, "0").weight.data.view(-1))
    return model


def k10_same_shape() -> nn.Module:
    """A buffer is a parameter's own data."""
    model = pair(bias=False)
    model.register_buffer("seen", linear(model, "0").weight.data)
    return model


class Expanded(nn.Module):
    """K11: eight rows, one of them stored."""

    def __init__(self) -> None:
        super().__init__()
        self.rows = nn.Parameter(torch.randn(1, 4).expand(8, 4))

    def forward(self, x: Tensor) -> Tensor:
        return x @ self.rows.T


def k11() -> nn.Module:
    """An expanded parameter."""
    return Expanded()


class Cell(nn.Module):
    """A recurrent cell that is called ten times, and a layer on its last state."""

    def __init__(self) -> None:
        super().__init__()
        self.cell, self.head = nn.RNNCell(3, 5), nn.Linear(5, 1)

    def forward(self, x: Tensor) -> Tensor:
        state = torch.zeros(len(x), 5, dtype=x.dtype)
        for step in range(10):
            state = self.cell(x[:, step], state)
        out: Tensor = self.head(state)
        return out


#: Every kind that ties, with the groups to find; and every kind that does not.
TIED: dict[str, tuple[Callable[[], nn.Module], list[TiedGroup]]] = {
    "K1 same module": (
        k1,
        [TiedGroup(("0.weight", "2.weight"), "same module"), TiedGroup(("0.bias", "2.bias"), "same module")],
    ),
    "K2 same parameter": (k2, [TiedGroup(("0.weight", "2.weight"), "same parameter")]),
    "K3 same storage": (k3, [TiedGroup(("0.weight", "2.weight"), "same storage")]),
    "K4 transposed view": (k4, [TiedGroup(("0.weight", "2.weight"), "transposed view")]),
    "K5 overlapping slices": (k5, [TiedGroup(("0.weight", "2.weight"), "overlapping slices")]),
    "K10 buffer alias": (k10, [TiedGroup(("flat", "0.weight"), "buffer alias")]),
}


APART: dict[str, Callable[[], nn.Module]] = {
    "nothing shared": pair,
    "K6 disjoint slices": k6,
    "K6 even and odd rows": k6_interleaved,
    "K7 equal values": k7,
    "K8 one name, used twice": UsesTwice,
    "K9 hidden in a list": HidesOne,
    "K11 expanded": k11,
    "no tensors": nn.ReLU,
}


every_kind = pytest.mark.parametrize("build", [build for build, _ in TIED.values()] + list(APART.values()))


def poked(model: nn.Module) -> set[frozenset[str]]:
    """Groups of names found by writing every element of each tensor in turn and looking at all the others."""
    tensors = {entry.name: entry.tensor.detach() for entry in named_tensors(model)}
    reaches: dict[str, set[str]] = {name: {name} for name in tensors}
    for name, tensor in tensors.items():
        kept = {other: value.clone() for other, value in tensors.items()}
        for index in itertools.product(*map(range, tensor.shape)):
            tensor[index] = float(tensor[index]) + 1
        for other, value in tensors.items():
            if not torch.equal(value, kept[other]):
                reaches[name] |= reaches[other]
                for member in reaches[name]:
                    reaches[member] = reaches[name]
        with torch.no_grad():
            for other, value in kept.items():
                for index in itertools.product(*map(range, value.shape)):
                    tensors[other][index] = value[index]
    return {frozenset(group) for group in reaches.values() if len(group) > 1}
