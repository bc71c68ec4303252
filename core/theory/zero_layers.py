"""Whether a layer whose weights are all zero can learn.

What it gives is its bias, whatever comes in. Followed from there, one of two things can stop it for good: an
activation without a slope at that very value, as ReLU's at zero; or a second zero layer, which then has only zeros to
learn from and passes no gradient back. Neither can change, for all that could change it lies behind it.
"""

from dataclasses import dataclass
from math import prod
from typing import Literal

import torch
from torch import Tensor, nn
from torch.fx import Node

from .elementwise import elementwise, is_dropout, is_flatten, is_pooling
from .equal_units import is_layer
from .forward_graph import ForwardGraph

_NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d, nn.LayerNorm, nn.GroupNorm, nn.RMSNorm)


@dataclass(frozen=True)
class Fate:
    """What becomes of a zero layer: a second one stops it for good, or an activation without slope does, or it learns.

    `by`: the name of what stops it.
    """

    kind: Literal["two", "flat", "learns"]
    by: str = ""


def is_zero(tensor: Tensor | None) -> bool:
    """Whether it has no value other than zero; no tensor has none."""
    if tensor is None or not tensor.numel():
        return True
    values = tensor.detach().float() if tensor.itemsize < 2 else tensor.detach()
    return not bool(values[(0,) * values.dim()]) and not bool(values.any())


def fate(graph: ForwardGraph, name: str) -> Fate | None:
    """What becomes of the layer `name`, whose weights are all zero; None where it cannot be told."""
    node = graph.nodes.get(name)
    layer = None if node is None else graph.module(node)
    if node is None or not is_layer(layer) or not is_zero(layer.weight):
        return None
    start = layer.weight.new_zeros(layer.weight.shape[0]) if layer.bias is None else layer.bias.detach().clone()
    start = start.to(torch.float32 if start.itemsize < 4 else start.dtype).requires_grad_()
    value: Tensor = start
    flat: Fate | None = None
    while len(node.users) == 1:
        (node,) = node.users
        if node.op == "output":
            return flat or (Fate("learns") if node.args[0] is node.all_input_nodes[0] else None)
        following = _step(graph, node, value, pictures=type(layer) is not nn.Linear)
        if not isinstance(following, Tensor):
            return following or flat
        if flat is None and not _slope(start, following).any():
            flat = Fate("flat", str(node.target if node.op == "call_module" else node.name))
        value = following
    return flat


def _step(graph: ForwardGraph, node: Node, value: Tensor, *, pictures: bool) -> Tensor | Fate | None:
    """What `node` makes of the constant `value`; of pictures, zeros only are followed, for their borders differ."""
    if len(node.all_input_nodes) != 1:
        return None
    function = elementwise(graph, node)
    if function is not None:
        return function(value)
    zero = is_zero(value)
    if zero and (is_dropout(graph, node) or (pictures and (is_pooling(graph, node) or is_flatten(graph, node)))):
        return value
    module = graph.module(node) if node.op == "call_module" else None
    if isinstance(module, nn.LayerNorm) and prod(module.normalized_shape) == 1 and not pictures:
        return None  # of one value nothing is left without its mean, but what rounding leaves, which Adam makes large
    if module is not None and type(module) in _NORMS:
        moved = [getattr(module, key, None) for key in ("bias", "running_mean")]
        return value if zero and all(map(is_zero, moved)) else None
    if not is_layer(module):
        return None
    if is_zero(module.get_parameter("weight")):
        return Fate("two", str(node.target)) if zero else None
    return _through(module, value, zero=zero)


def _through(layer: nn.Module, value: Tensor, *, zero: bool) -> Tensor | None:
    """What a layer whose weights are not all zero makes of it."""
    weight, bias = layer.get_parameter("weight").detach().to(value.dtype), getattr(layer, "bias", None)
    if isinstance(layer, nn.Linear) and weight.shape[1] == value.numel():
        made: Tensor = value @ weight.T
        return made if bias is None else made + bias.detach().to(value.dtype)
    if zero and is_zero(bias):  # of pictures: only that zeros stay zeros is known, and that a slope is left
        return value.sum() + torch.zeros(weight.shape[0], dtype=value.dtype)
    return None


def _slope(start: Tensor, value: Tensor) -> Tensor:
    """How anything made of `value` by distinct weights changes with `start`."""
    if value.grad_fn is None:
        return torch.ones_like(start) if value is start else torch.zeros_like(start)
    weights = torch.rand(value.shape, generator=torch.Generator().manual_seed(0), dtype=value.dtype) + 1
    (slope,) = torch.autograd.grad((value * weights).sum(), start, retain_graph=True)
    return slope
