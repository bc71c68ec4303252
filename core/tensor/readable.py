"""What there is to see of a tensor: numbers that can be computed from, laid out as a picture."""

import math
from contextlib import suppress

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.parameter import UninitializedBuffer, UninitializedParameter

from ..text import plain

Array = NDArray[np.generic]

#: A sparse tensor with more elements than this is not made dense: 2^27 float32 are half a gigabyte.
DENSE_LIMIT = 1 << 27


#: Dtypes that are numbers a computer has; others are packed, or stand for themselves.
_NAMES = (
    *("bool", "uint8", "int8", "int16", "int32", "int64", "uint16", "uint32", "uint64"),
    *("float16", "bfloat16", "float32", "float64", "complex32", "complex64", "complex128"),
    *("float8_e4m3fn", "float8_e5m2", "float8_e4m3fnuz", "float8_e5m2fnuz", "float8_e8m0fnu"),
)
_NUMBERS = frozenset(dtype for name in _NAMES if (dtype := getattr(torch, name, None)) is not None)


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
    with suppress(Exception):  # whatever a subclass raises
        values, note = _plain_numbers(tensor.detach())
        if is_stored(values):
            return values, note
    if _has_own_operations(tensor):
        return None, f"a {plain(type(tensor).__name__, 60)}, which does not show its values as torch's own tensors do"
    if not is_allocated(tensor):
        return None, "without memory: its storage was given back"
    return None, f"{tensor.dtype} with layout {tensor.layout}, which cannot be read as numbers"


def is_stored(tensor: Tensor) -> bool:
    """Whether its values are numbers in memory, one an element: no stand-in, no wrapper, nothing sparse or packed."""
    if isinstance(tensor, UninitializedParameter | UninitializedBuffer) or _has_own_operations(tensor):
        return False
    if tensor.is_nested or tensor.is_meta or tensor.layout != torch.strided or tensor.dtype not in _NUMBERS:
        return False
    return is_allocated(tensor)


def _has_own_operations(tensor: Tensor) -> bool:
    """Whether its class carries out torch's operations itself, as those do that wrap other tensors or pretend."""
    return type(tensor).__torch_dispatch__ is not Tensor.__torch_dispatch__


def is_allocated(tensor: Tensor) -> bool:
    """Whether its storage reaches as far as its elements."""
    if tensor.layout != torch.strided or tensor.is_nested or tensor.is_meta or not tensor.numel():
        return True
    last = tensor.storage_offset() + sum((n - 1) * step for n, step in zip(tensor.shape, tensor.stride(), strict=True))
    return bool((last + 1) * tensor.itemsize <= tensor.untyped_storage().nbytes())


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


def known_shape(tensor: Tensor) -> tuple[int, ...] | None:
    """The tensor's shape, None while it is uninitialized and where its rows differ in length."""
    if isinstance(tensor, UninitializedParameter | UninitializedBuffer) or tensor.is_nested:
        return None
    return tuple(tensor.shape)


def elements(tensor: Tensor) -> int:
    """How many elements it has, 0 while it is uninitialized."""
    return math.prod(shape_of(tensor))


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
