"""Calling a person's init on a place of a model, in the way that a step says."""

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import nn

from ..module.walk import join
from ..recipe.steps import Custom, FileInit
from .calls import InitCalls


def ready(found: Any) -> Callable[..., Any]:
    """What is called: of a class, an object that it makes for this run alone."""
    function: Callable[..., Any] = found() if isinstance(found, type) else found
    return function


def call(
    function: Callable[..., Any], step: Custom | FileInit, model: nn.Module, place: nn.Module, calls: InitCalls
) -> None:
    """Call `function` with what the step says, each call watched; `model` is the whole net, `place` a module of it."""
    match step.applies_to:
        case "modules":
            place.apply(calls.watched(function))
        case "tensors" | "tensor,name" | "name,tensor" | "net,tensor":
            with torch.no_grad():
                for name, parameter in place.named_parameters():
                    calls.watched(_of_two(function, step, name, model))(parameter)
        case "net":
            calls.watched(function)(place)
        case "module,name" | "name,module":
            for name, module in children_first(place):
                calls.watched(_of_two(function, step, name, model))(module)
        case "net,module":
            place.apply(calls.watched(_of_two(function, step, "", model)))


def children_first(place: nn.Module, name: str = "") -> Iterator[tuple[str, nn.Module]]:
    """Every module with its name below the place, in the order in which `place.apply` calls, the place itself last."""
    for key, child in place.named_children():
        yield from children_first(child, join(name, key))
    yield name, place


def _of_two(function: Callable[..., Any], step: Custom | FileInit, name: str, model: nn.Module) -> Callable[[Any], Any]:
    """A function of one thing, which is given what else the step says before or after it."""
    match step.applies_to:
        case "name,module" | "name,tensor":
            return lambda thing: function(name, thing)
        case "net,module" | "net,tensor":
            return lambda thing: function(model, thing)
        case "module,name" | "tensor,name":
            return lambda thing: function(thing, name)
        case _:
            return function
