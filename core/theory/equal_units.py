"""Units of a layer that are equal and stay so in training, since nothing tells them apart.

Two units stay equal if exchanging them leaves the whole net as it is: equal weights and biases on the way in, the same
inputs, equal weights on the way out, and in between nothing that treats them differently. The gradient is then the same
for both, at every step, whatever the loss (Goodfellow, Bengio & Courville 2016, section 8.4).
"""

from collections.abc import Sequence
from typing import Literal, TypeGuard

import torch
from torch import Tensor, nn
from torch.fx import Node

from .elementwise import elementwise, is_flatten, is_pooling
from .forward_graph import ForwardGraph

#: Layers whose rows are units, and layers that take their outputs.
CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
LAYERS = (nn.Linear, *CONVOLUTIONS)
_NORMS = (
    nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d, nn.InstanceNorm1d, nn.InstanceNorm2d, nn.InstanceNorm3d,
)  # fmt: skip

Layer = nn.Linear | nn.Conv1d | nn.Conv2d | nn.Conv3d


def is_layer(module: nn.Module | None) -> TypeGuard[Layer]:
    """Whether it is one of these itself, not of a class of its own."""
    return type(module) in LAYERS


#: What tells units apart: a label each, equal for those that nothing found so far tells apart.
Labels = list[int]
#: Where a unit is in what a layer gives: a feature, a channel of a picture, or a run of a flattened picture's features.
Place = Literal["feature", "channel", "run"]


def units_that_stay_equal(graph: ForwardGraph, name: str) -> int:
    """How many units of the layer `name` equal an earlier one and stay so; 0 where that is not certain."""
    node = graph.nodes.get(name)
    layer = None if node is None else graph.module(node)
    if node is None or not is_layer(layer):
        return 0
    units = layer.weight.shape[0]
    labels = _refined([0] * units, layer.weight.reshape(units, -1))
    if layer.bias is not None:
        labels = _refined(labels, layer.bias[:, None])
    if isinstance(layer, CONVOLUTIONS):  # units of other groups have other inputs
        labels = _merged(labels, [unit * layer.groups // units for unit in range(units)])
    labels = _followed(graph, node, labels, "channel" if isinstance(layer, CONVOLUTIONS) else "feature")
    return units - len(set(labels))


def _followed(graph: ForwardGraph, node: Node, labels: Labels, place: Place) -> Labels:
    """The labels after everything that takes the output of `node`, down to the next layers."""
    apart = list(range(len(labels)))
    if not node.users:
        return apart
    for user in node.users:
        module = graph.module(user) if user.op == "call_module" else None
        if elementwise(graph, user) is not None or (place == "channel" and is_pooling(graph, user)):
            labels = _followed(graph, user, labels, place)
        elif place == "channel" and is_flatten(graph, user):
            labels = _followed(graph, user, labels, "run")
        elif module is not None and _norms(module, len(labels)) and place != "run":
            labels = _followed(graph, user, _normed(labels, module), place)
        elif is_layer(module):
            labels = _taken(labels, module, place)
        else:
            labels = apart
    return labels


def _norms(module: nn.Module, units: int) -> bool:
    """Whether it normalizes each unit by itself; over units that are all equal, it would divide rounding by nothing."""
    return type(module) in _NORMS and getattr(module, "num_features", 0) == units


def _normed(labels: Labels, norm: nn.Module) -> Labels:
    for key in ("weight", "bias", "running_mean", "running_var"):
        tensor = getattr(norm, key, None)
        if isinstance(tensor, Tensor):
            labels = _refined(labels, tensor[:, None])
    return labels


def _taken(labels: Labels, layer: nn.Module, place: Place) -> Labels:
    """What the next layer's weights tell apart."""
    units, weight = len(labels), layer.get_parameter("weight").detach()
    fits = weight.shape[1] == units
    if isinstance(layer, nn.Linear):
        fits = (fits and place == "feature") or (place == "run" and weight.shape[1] % units == 0)
    else:
        fits = fits and place == "channel" and getattr(layer, "groups", 0) == 1
    if not fits:
        return list(range(units))
    return _refined(labels, weight.reshape(weight.shape[0], units, -1).transpose(0, 1).reshape(units, -1))


def _refined(labels: Labels, rows: Tensor) -> Labels:
    """Units with different rows told apart as well."""
    _, which = torch.unique(rows.detach().double(), dim=0, return_inverse=True)
    return _merged(labels, which.tolist())


def _merged(labels: Labels, others: Sequence[int]) -> Labels:
    numbers: dict[tuple[int, int], int] = {}
    return [numbers.setdefault(pair, len(numbers)) for pair in zip(labels, others, strict=True)]
