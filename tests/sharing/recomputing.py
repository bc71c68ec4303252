"""Layers that a backward pass computes again, and what torch itself says of their gradients."""

import copy
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from core.sharing.uses import use_gradients, used_tensors

#: How a layer is called.
Call = Callable[[nn.Module, Tensor], Tensor]
EXACT = 1e-12


def plainly(layer: nn.Module, x: Tensor) -> Tensor:
    return layer(x)  # type: ignore[no-any-return]  # a Module's call


def reentrant(layer: nn.Module, x: Tensor) -> Tensor:
    return checkpoint(layer, x, use_reentrant=True)  # type: ignore[no-any-return]


def not_reentrant(layer: nn.Module, x: Tensor) -> Tensor:
    return checkpoint(layer, x, use_reentrant=False)  # type: ignore[no-any-return]


def nested(layer: nn.Module, x: Tensor) -> Tensor:
    return checkpoint(lambda y: reentrant(layer, y), x, use_reentrant=True)  # type: ignore[no-any-return]


def reentrant_in_not(layer: nn.Module, x: Tensor) -> Tensor:
    return checkpoint(lambda y: reentrant(layer, y), x, use_reentrant=False)  # type: ignore[no-any-return]


class Recomputed(torch.autograd.Function):
    """A checkpoint written by hand: forward keeps no graph, backward runs the layer anew and a backward inside."""

    @staticmethod
    def forward(ctx: Any, layer: nn.Module, x: Tensor) -> Tensor:
        ctx.layer, ctx.x = layer, x.detach()
        with torch.no_grad():
            return layer(x)  # type: ignore[no-any-return]

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        x = ctx.x.requires_grad_()
        with torch.enable_grad():
            output = ctx.layer(x)
        torch.autograd.backward(output, grads[0])
        return None, x.grad


class OldRecomputed(Recomputed):
    """The same by the engine itself, as older libraries call it."""

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        x = ctx.x.requires_grad_()
        with torch.enable_grad():
            output = ctx.layer(x)
        engine: Any = torch.autograd.Variable._execution_engine
        engine.run_backward((output,), (grads[0],), False, False, (), allow_unreachable=True, accumulate_grad=True)
        return None, x.grad


class Reversed(torch.autograd.Function):
    """Takes the weight, and works out its gradient by `grad` inside: one use, that of the function."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor) -> Tensor:
        ctx.save_for_backward(x, weight)
        return x @ weight.t()

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        x, weight = (saved.detach().requires_grad_() for saved in ctx.saved_tensors)
        with torch.enable_grad():
            output = x @ weight.t()
        return torch.autograd.grad(output, (x, weight), grads[0])


def by_hand(layer: nn.Module, x: Tensor) -> Tensor:
    return Recomputed.apply(layer, x)  # type: ignore[no-any-return, no-untyped-call]


def by_old_hand(layer: nn.Module, x: Tensor) -> Tensor:
    return OldRecomputed.apply(layer, x)  # type: ignore[no-any-return, no-untyped-call]


def by_grad(layer: nn.Module, x: Tensor) -> Tensor:
    return Reversed.apply(x, layer.weight) + layer.bias  # type: ignore[no-any-return, no-untyped-call]


CALLS: tuple[Call, ...] = (
    plainly, reentrant, not_reentrant, nested, reentrant_in_not, by_hand, by_old_hand,
)  # fmt: skip


class Called(nn.Module):
    """A first layer, then one shared layer in several places, each called in a way of its own."""

    def __init__(self, calls: list[Call], *, own_modules: bool = False) -> None:
        super().__init__()
        self.first = nn.Linear(3, 3)
        shared = nn.Linear(3, 3)
        self.places = nn.ModuleList(shared for _ in calls)
        if own_modules:
            self.places = nn.ModuleList(nn.Linear(3, 3) for _ in calls)
            for place in self.places:
                place.weight = shared.weight
        self.calls = calls

    def forward(self, x: Tensor) -> Tensor:
        x = self.first(x)
        for place, call in zip(self.places, self.calls, strict=True):
            x = torch.tanh(call(place, x))
        return x


def squares(output: Tensor) -> Tensor:
    return output.square().sum()


def reference(net: Called, inputs: Tensor) -> list[Tensor]:
    """The gradient of each place, from a net that holds a copy a place and calls it plainly."""
    apart = Called([plainly] * len(net.calls), own_modules=True).double()
    apart.first = copy.deepcopy(net.first)
    apart.places = nn.ModuleList(copy.deepcopy(place) for place in net.places)
    torch.autograd.backward(squares(apart(inputs)))
    return [place.weight.grad for place in apart.places]  # type: ignore[misc]


def agree(net: Called, inputs: Tensor) -> None:
    found = use_gradients(net, "places.0.weight", inputs, squares)
    expected = reference(net, inputs)
    assert len(found.parts) == len(expected)
    for part, wanted in zip(found.parts, expected, strict=True):
        assert float((part - wanted).abs().max()) < EXACT
    assert found.largest_error < EXACT
    assert [use.name for use in found.uses] == [f"places.{at}.weight" for at in range(len(expected))]
    assert [use.module for use in found.uses] == [f"places.{at}" for at in range(len(expected))]
    assert found.uses == used_tensors(net, inputs).of["places.0.weight"]
