"""What there is to see of a tensor: numbers that can be computed from, laid out as a picture."""

import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.parameter import UninitializedBuffer, UninitializedParameter

Array = NDArray[np.generic]

#: A sparse tensor with more elements than this is not made dense: 2^27 float32 are half a gigabyte.
DENSE_LIMIT = 1 << 27


def viewable(tensor: Tensor | Array) -> tuple[Tensor | None, str]:
    """Detached dense real numbers on the CPU, or None, and what the viewer must be told about them.

    Floats narrower than 32 bits become float32, booleans 0 and 1, complex numbers their magnitude in
    float64. Other dense CPU tensors come back as they are, sharing memory: read them only.
    """
    if isinstance(tensor, np.ndarray):
        # A copy: torch warns about read-only arrays and refuses reversed ones.
        tensor = torch.from_numpy(np.array(tensor, dtype=tensor.dtype.newbyteorder("="), order="C"))
    if isinstance(tensor, UninitializedParameter | UninitializedBuffer):
        return None, "uninitialized until the first forward pass"
    if tensor.is_meta:
        return None, "on the meta device: a shape without data"
    if tensor.is_nested:
        return None, "nested: its rows differ in length"
    is_sparse = tensor.layout not in (torch.strided, torch.sparse_coo) or tensor.is_sparse
    if is_sparse and tensor.numel() > DENSE_LIMIT:
        return None, f"sparse: {tensor.numel():,} elements are too many to lay out densely"
    try:
        return _plain_numbers(tensor.detach())
    except (RuntimeError, TypeError):
        return None, f"{tensor.dtype} with layout {tensor.layout} cannot be read as numbers"


def _plain_numbers(tensor: Tensor) -> tuple[Tensor, str]:
    note = ""
    if tensor.is_quantized:
        tensor, note = tensor.dequantize(), "quantized: the values it stands for"
    if tensor.is_sparse:
        tensor = tensor.coalesce()
    if tensor.layout != torch.strided:
        tensor, note = tensor.to_dense(), "sparse: shown with its zeros"
    tensor = tensor.cpu().resolve_conj().resolve_neg()
    if tensor.is_complex():
        # In double precision: the magnitude of 3e38 + 3e38j is infinite in single.
        return tensor.to(torch.complex128).abs(), "complex: magnitude shown"
    if tensor.dtype == torch.bool:
        return tensor.view(torch.uint8), note
    if tensor.is_floating_point() and tensor.dtype not in (torch.float32, torch.float64):
        return tensor.to(torch.float32), note
    return tensor, note


def shape_of(tensor: Tensor | Array) -> tuple[int, ...]:
    """The tensor's shape, (0,) while it is uninitialized, (numel,) where rows differ in length."""
    if isinstance(tensor, UninitializedParameter | UninitializedBuffer):
        return (0,)
    if isinstance(tensor, Tensor) and tensor.is_nested:
        return (sum(row.numel() for row in tensor.unbind()),)
    return tuple(tensor.shape)


def picture_shape(shape: tuple[int, ...]) -> tuple[int, int]:
    """Rows and columns of a tensor's picture: axis 0 is the rows, the others, flattened, the columns.

    One axis is a single row, no axis a single cell. A Linear weight keeps rows = out_features and
    columns = in_features; a Conv2d weight has a row an output channel.
    """
    return (shape[0], math.prod(shape[1:])) if len(shape) > 1 else (1, math.prod(shape))


def as_picture(values: Tensor) -> NDArray[np.generic]:
    """A `viewable` tensor of any shape as its picture (rows, columns), a view wherever strides allow."""
    picture: NDArray[np.generic] = values.reshape(picture_shape(tuple(values.shape))).numpy()
    return picture
