"""The fan inspector: torch's fan-in and fan-out of a tensor, those of the layer in truth, and where they differ."""

from math import prod, sqrt

from torch import Tensor, nn
from torch.nn.modules.conv import _ConvNd, _ConvTransposeNd
from torch.nn.modules.rnn import RNNBase, RNNCellBase

from ..module.walk import NamedTensor, parameter_of
from ..questions.theory import Fans
from ..recipe.schemes.promise import fan_in_and_fan_out, fan_lines
from ..text import number

_True = tuple[tuple[float, float] | None, tuple[str, ...], str]
_NOTHING: _True = (None, (), "")


def fans(entry: NamedTensor, tied_with: tuple[NamedTensor, ...] = ()) -> Fans | None:
    """Fans of a tensor under one of its names, given its other names; None of a buffer or of what has no shape yet."""
    tensor, name = entry.tensor, entry.name.rpartition(".")[2]
    if nn.parameter.is_lazy(tensor) or entry.kind == "buffer":
        return None
    shape = tuple(tensor.shape)
    if len(shape) < 2:
        axes = "one axis" if shape else "no axis"
        note = f"It has {axes}: schemes that need fan-in and fan-out refuse it with a ValueError."
        return Fans(None, None, (f"{shape} has no size(1), so no fan_in" if shape else "a single number",), note)
    true, lines, note = _in_truth(entry.owner, name, entry.name, tensor, tied_with)
    floats = None if true is None else (float(true[0]), float(true[1]))
    return Fans(fan_in_and_fan_out(shape), floats, (*fan_lines(shape), *lines), note)


def _in_truth(owner: nn.Module, name: str, path: str, tensor: Tensor, tied_with: tuple[NamedTensor, ...]) -> _True:
    """Fans in the computation, their arithmetic, and what to know."""
    match owner:
        case _ConvTransposeNd() if name == "weight":
            return _transposed(owner, tensor)
        case _ConvNd() if name == "weight":
            return _convolution(owner, tensor)
        case nn.Linear() if name == "weight":
            return _linear(path, tensor)
        case nn.Embedding() | nn.EmbeddingBag():
            return _embedding(tensor, tied_with)
        case nn.MultiheadAttention() if name == "in_proj_weight":
            return _packed(tensor, "in_proj_weight")
        case nn.MultiheadAttention() if name.endswith("proj_weight"):
            return (tensor.shape[1], tensor.shape[0]), (), ""
        case RNNBase() | RNNCellBase():
            return _gates(owner, tensor)
        case nn.Bilinear():
            return _bilinear(tensor)
    return _unknown(owner, name, tensor)


def _linear(path: str, tensor: Tensor) -> _True:
    module = path.lower().rpartition(".")[0].rpartition(".")[2]
    if any(word in module for word in ("qkv", "c_attn", "in_proj")) and tensor.shape[0] == 3 * tensor.shape[1]:
        return _packed(tensor, path)
    return (tensor.shape[1], tensor.shape[0]), (), ""


def _packed(tensor: Tensor, what: str) -> _True:
    rows, size = tensor.shape
    lines = (f"true fan_out of each of q, k and v = {rows} / 3 = {rows // 3}",)
    note = (
        f"{what} packs query, key and value: a Xavier bound sqrt(6 / ({size} + {rows})) is "
        f"{number(sqrt((size + rows / 3) / (size + rows)), 3)} times the bound of three separate weights."
    )
    return (size, rows / 3), lines, note


def _convolution(owner: _ConvNd, tensor: Tensor) -> _True:
    field, stride, groups = prod(tensor.shape[2:]), prod(owner.stride), owner.groups
    outputs = tensor.shape[0] // groups
    fan_out = outputs * field / stride
    shown = f"true fan_out = out / groups · k / stride = {tensor.shape[0]} / {groups} · {field} / {stride}"
    note = ""
    if groups > 1:
        note = (
            f"With {groups} groups an input reaches {outputs} of the {tensor.shape[0]} output channels: "
            f"torch's fan_out is {groups} times too large; fan_in is right."
        )
    return (tensor.shape[1] * field, fan_out), (f"{shown} = {number(fan_out)}",), note


def _transposed(owner: _ConvNd, tensor: Tensor) -> _True:
    field, stride, groups = prod(tensor.shape[2:]), prod(owner.stride), owner.groups
    fan_in, fan_out = tensor.shape[0] / groups * field / stride, tensor.shape[1] * field
    shown = f"in / groups · k / stride = {tensor.shape[0]} / {groups} · {field} / {stride}"
    lines = (f"true fan_in = {shown} = {number(fan_in)}", f"true fan_out = size(1) · k = {fan_out}")
    note = (
        f"A transposed convolution stores (in, out / groups, k): what torch calls fan_in, {fan_out:,}, is its fan-out, "
        f"and an output really sums about {number(fan_in)}."
    )
    return (fan_in, fan_out), lines, note


def _embedding(tensor: Tensor, tied_with: tuple[NamedTensor, ...]) -> _True:
    rows, width = tensor.shape
    note = "A lookup sums nothing: its fan-in is 1, whatever the shape, so a scheme that uses fans means nothing here."
    if any(isinstance(entry.owner, nn.Linear) for entry in tied_with):
        note += f" Tied to a Linear, N(0, 1) gives that layer outputs of std sqrt({width}) = {number(sqrt(width), 3)}."
    return (1, width), (f"true fan_in = 1 row of {rows}", f"true fan_out = size(1) = {width}"), note


def _gates(owner: nn.Module, tensor: Tensor) -> _True:
    hidden = int(getattr(owner, "hidden_size", 0)) or 1
    gates = tensor.shape[0] // hidden
    if gates < 2:
        return (tensor.shape[1], tensor.shape[0]), (), ""
    note = f"The rows stack {gates} gates, so torch's fan_out is {gates} times that of each gate; fan_in is right."
    lines = (f"true fan_out of each gate = {tensor.shape[0]} / {gates} = {tensor.shape[0] // gates}",)
    return (tensor.shape[1], tensor.shape[0] / gates), lines, note


def _bilinear(tensor: Tensor) -> _True:
    out, first, second = tensor.shape
    lines = (f"true fan_in = in1 · in2 = {first} · {second} = {first * second}",)
    note = (
        f"An output sums {first * second:,} products, but PyTorch's default bound is 1 / sqrt(in1) = 1 / sqrt({first})."
    )
    return (first * second, out * second), lines, note


def _unknown(owner: nn.Module, name: str, tensor: Tensor) -> _True:
    """A module of one's own: the length of its bias tells on which axis the outputs lie."""
    bias = parameter_of(owner, "bias")
    if bias is None or bias.dim() != 1 or tensor.dim() != 2 or "weight" not in name:
        return _NOTHING
    rows, columns = tensor.shape
    if bias.shape[0] == rows != columns:
        return (columns, rows), (), ""
    if bias.shape[0] != columns or rows == columns:
        return _NOTHING
    note = (
        f"The bias has {columns} values, so the outputs lie on axis 1: it is stored (in, out), torch takes fan_in for "
        "fan_out, and fan-based schemes want w.T."
    )
    return (rows, columns), (f"true fan_in = size(0) = {rows}", f"true fan_out = size(1) = {columns}"), note
