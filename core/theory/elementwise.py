"""Operations that treat every element alike, whose place does not matter."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.fx import Node
from torch.nn import functional as F

from .forward_graph import ForwardGraph

_MODULES: tuple[type[nn.Module], ...] = (
    nn.CELU, nn.ELU, nn.GELU, nn.Hardshrink, nn.Hardsigmoid, nn.Hardswish, nn.Hardtanh, nn.Identity, nn.LeakyReLU,
    nn.LogSigmoid, nn.Mish, nn.ReLU, nn.ReLU6, nn.SELU, nn.SiLU, nn.Sigmoid, nn.Softplus, nn.Softshrink, nn.Softsign,
    nn.Tanh, nn.Tanhshrink, nn.Threshold,
)  # fmt: skip
_DROPOUTS = (nn.Dropout, nn.Dropout1d, nn.Dropout2d, nn.Dropout3d, nn.AlphaDropout, nn.FeatureAlphaDropout)
_POOLS = (
    nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d, nn.AvgPool1d, nn.AvgPool2d, nn.AvgPool3d, nn.AdaptiveAvgPool1d,
    nn.AdaptiveAvgPool2d, nn.AdaptiveAvgPool3d, nn.AdaptiveMaxPool1d, nn.AdaptiveMaxPool2d, nn.AdaptiveMaxPool3d,
)  # fmt: skip
_FUNCTIONS = frozenset((
    F.celu, F.elu, F.gelu, F.hardsigmoid, F.hardswish, F.hardtanh, F.leaky_relu, F.logsigmoid, F.mish, F.relu, F.relu6,
    F.selu, F.sigmoid, F.silu, F.softplus, F.softsign, F.tanh, F.tanhshrink, torch.relu, torch.sigmoid, torch.tanh,
))  # fmt: skip
_METHODS = frozenset(("relu", "sigmoid", "tanh", "contiguous"))


def elementwise(graph: ForwardGraph, node: Node) -> Callable[[Tensor], Tensor] | None:
    """The function of one tensor that the node carries out on each element; None where it is no such node."""
    if node.op == "call_module":
        module = graph.modules[str(node.target)]
        if type(module) in _MODULES:
            return lambda x: module(x.clone())  # a module may be told to work in place
        return (lambda x: x) if type(module) in _DROPOUTS and module.p == 0 else None
    rest: Any = node.args[1:]
    if any(isinstance(part, Node) for part in (*rest, *node.kwargs.values())) or len(node.all_input_nodes) != 1:
        return None
    if node.op == "call_function" and node.target in _FUNCTIONS:
        function: Any = node.target
        return lambda x: function(x.clone(), *rest, **node.kwargs)
    if node.op == "call_method" and node.target in _METHODS:
        return lambda x: getattr(x, str(node.target))(*rest, **node.kwargs)
    return None


def is_dropout(graph: ForwardGraph, node: Node) -> bool:
    """Whether a node drops elements by chance: zeros stay zeros, and equal units get masks of their own."""
    return node.op == "call_module" and type(graph.modules[str(node.target)]) in _DROPOUTS


def is_pooling(graph: ForwardGraph, node: Node) -> bool:
    """Whether a node pools each channel of a picture by itself, all of them alike."""
    if node.op != "call_module":
        return False
    module = graph.modules[str(node.target)]
    return type(module) in _POOLS and not getattr(module, "return_indices", False)


def is_flatten(graph: ForwardGraph, node: Node) -> bool:
    """Whether a node flattens all axes but that of the batch."""
    if node.op == "call_module":
        module = graph.modules[str(node.target)]
        return type(module) is nn.Flatten and (module.start_dim, module.end_dim) == (1, -1)
    flattens = node.target is torch.flatten or (node.op == "call_method" and node.target == "flatten")
    return flattens and node.args[1:] == (1,) and not node.kwargs
