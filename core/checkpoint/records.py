"""What a checkpoint holds: for each name a record that knows its place in the file and no value."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor

from .source_file import SourceFile


@dataclass(frozen=True)
class Place:
    """Where a tensor's elements lie: in which file, and how the axes step over its bytes.

    offset: of the first element in the file, in bytes; strides in elements; `conjugate` and `negative` are torch's
    marks of a view whose bytes are those of the conjugate, or the negative.
    """

    file: SourceFile
    offset: int
    strides: tuple[int, ...]
    conjugate: bool = False
    negative: bool = False


@dataclass(frozen=True)
class TensorRecord:
    """A tensor of a checkpoint, not read yet.

    name: its qualified name, unwrapped; shape and dtype as `read` gives them, of a packed dtype in packed elements;
    shares: the other names over the same bytes, in the file's order, () where no other name reaches them.
    """

    name: str
    shape: tuple[int, ...]
    dtype: torch.dtype
    shares: tuple[str, ...] = ()
    place: Place = field(kw_only=True, repr=False)

    @property
    def numel(self) -> int:
        """How many elements it has."""
        return math.prod(self.shape)

    @property
    def nbytes(self) -> int:
        """How many bytes its elements have."""
        return self.numel * self.dtype.itemsize

    @property
    def contiguous(self) -> bool:
        """Whether its elements lie one after the other, in row-major order."""
        return self.place.strides == row_major(self.shape) or self.numel < 2

    def read(self) -> Tensor:
        """The tensor, read anew into memory of its own; equal bit for bit to what torch or safetensors load.

        Raises:
            ValueError: the file is gone or changed since it was opened, or there is no memory for it.
        """
        extent = 1 + sum((size - 1) * stride for size, stride in zip(self.shape, self.place.strides, strict=True))
        extent = extent if self.numel else 0
        buffer = self.place.file.buffer(self.place.offset, extent * self.dtype.itemsize)
        return self.marked(laid(buffer, self.dtype, self.shape, self.place.strides))

    def part(self, start: int, stop: int) -> Tensor:
        """The elements `start` to `stop` in row-major order, (stop - start,); only those are read.

        Raises:
            ValueError: as `read`, or the elements do not lie one after the other.
        """
        if not self.contiguous:
            raise ValueError(f"the elements of {self.name!r} do not lie one after the other: read() it whole")
        size = self.dtype.itemsize
        buffer = self.place.file.buffer(self.place.offset + start * size, (stop - start) * size)
        return self.marked(laid(buffer, self.dtype, (stop - start,), (1,)))

    def marked(self, tensor: Tensor) -> Tensor:
        """A tensor over this one's bytes, with its marks of a conjugate or negative view."""
        tensor = tensor.conj() if self.place.conjugate else tensor
        return torch._neg_view(tensor) if self.place.negative else tensor


def laid(buffer: Tensor, dtype: torch.dtype, shape: tuple[int, ...], strides: tuple[int, ...]) -> Tensor:
    """The bytes of `buffer`, uint8, as a tensor of that dtype: works for dtypes too that torch cannot view."""
    return torch.empty(0, dtype=dtype).set_(buffer.untyped_storage(), 0, shape, strides)


def row_major(shape: tuple[int, ...]) -> tuple[int, ...]:
    """The strides of elements that lie one after the other; those of an empty tensor as torch has them."""
    strides, step = [], 1
    for size in reversed(shape):
        strides.append(step)
        step *= max(size, 1)
    return tuple(reversed(strides))


@dataclass(frozen=True, eq=False)
class Checkpoint(Mapping[str, TensorRecord]):
    """A checkpoint's tensors by qualified name, in the file's order.

    path: the file or folder; kind: `"safetensors"` or `"torch"`; told: what was unwrapped or left aside, in whole
    sentences, "" where the names are those of the file; files: those it lies in; under: the key of each under which the
    tensors lie, "" for its top; taken: the wrappers' segments that were taken from the names.
    """

    path: Path
    kind: str
    told: str
    records: dict[str, TensorRecord] = field(repr=False)
    files: tuple[SourceFile, ...] = field(repr=False)
    under: tuple[str, ...] = field(repr=False)
    taken: tuple[str, ...] = field(repr=False)

    def __getitem__(self, name: str) -> TensorRecord:
        return self.records[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.records)

    def __len__(self) -> int:
        return len(self.records)
