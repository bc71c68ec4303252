"""What a measurement of a tensor or a model says, as frozen records of plain values and numpy arrays.

Nothing here imports torch: these records are all that the dashboard's server process ever sees of a model.
"""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import PlainValidator

from core.layout import Block, Layout

TensorKind = Literal["parameter", "buffer"]
TieKind = Literal[
    "same module",
    "same parameter",
    "same storage",
    "transposed view",
    "overlapping slices",
    "buffer alias",
]


def _array_of(*dtypes: str) -> PlainValidator:
    """Checks arrays that arrive from a worker."""

    def check(value: Any) -> NDArray[Any]:
        if not isinstance(value, np.ndarray) or str(value.dtype) not in dtypes:
            raise ValueError(f"expected an array of {' or '.join(dtypes)}")
        return value

    return PlainValidator(check)


Float64s = Annotated[NDArray[np.float64], _array_of("float64")]
Floats = Annotated[NDArray[np.floating], _array_of("float32", "float64")]
Integers = Annotated[NDArray[np.int64], _array_of("int64")]
Bytes = Annotated[NDArray[np.uint8], _array_of("uint8")]

#: Bits of `Heatmap.nonfinite`.
NAN, POSITIVE_INFINITY, NEGATIVE_INFINITY = 1, 2, 4


@dataclass(frozen=True, slots=True)
class Summary:
    """Statistics of a whole tensor; moments and extremes are over its finite values.

    Attributes:
        numel: number of elements.
        mean: arithmetic mean, None without finite values.
        std: sample standard deviation as `torch.std` (n - 1), None below two finite values.
        min: smallest finite value; max: the largest.
        l2: square root of the sum of squares.
        zeros: elements equal to zero, of either sign.
        negative_zeros: those of them with the sign bit set.
        nan, inf: how many elements are NaN and how many are infinite.
    """

    numel: int
    mean: float | None
    std: float | None
    min: float | None
    max: float | None
    l2: float | None
    zeros: int
    negative_zeros: int
    nan: int
    inf: int

    @property
    def nonfinite(self) -> int:
        """How many elements are NaN or infinite."""
        return self.nan + self.inf


@dataclass(frozen=True, slots=True)
class Histogram:
    """Counts of finite values over bins shared by several tensors.

    Attributes:
        edges: float64 (bins + 1,), increasing; a value on the last edge belongs to the last bin.
        counts: one int64 (bins,) a tensor, each summing to that tensor's finite values.
    """

    edges: Float64s
    counts: tuple[Integers, ...]


@dataclass(frozen=True, slots=True)
class Heatmap:
    """A tensor as a picture of at most so many cells, each cell a block of neighboring elements.

    Attributes:
        mean, low, high: (rows, columns), mean, smallest and largest finite value of each cell, NaN where
            a cell has none; one and the same array where a cell is a single element.
        nonfinite: uint8 (rows, columns), which of NAN, POSITIVE_INFINITY, NEGATIVE_INFINITY a cell holds.
        origin: first row and column shown; span: rows and columns shown; cell: rows and columns a cell.
        shape: rows and columns of the whole picture.
    """

    mean: Floats
    low: Floats
    high: Floats
    nonfinite: Bytes
    origin: tuple[int, int]
    span: tuple[int, int]
    cell: tuple[int, int]
    shape: tuple[int, int]

    @property
    def exact(self) -> bool:
        """Whether every cell is a single element."""
        return self.cell == (1, 1)


@dataclass(frozen=True, slots=True)
class TensorInfo:
    """One parameter or buffer under one of its names.

    Attributes:
        name: qualified name; shape: None while uninitialized; numel: 0 while uninitialized.
        trainable: `requires_grad`; lazy: uninitialized until the first forward pass.
        persistent: whether it is a key of `state_dict()`.
        tied_with: its other names, in registration order.
    """

    name: str
    kind: TensorKind
    shape: tuple[int, ...] | None
    dtype: str
    device: str
    numel: int
    trainable: bool
    lazy: bool
    persistent: bool
    tied_with: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ModuleNode:
    """A module under one of its names, with what is registered on it and below it.

    Attributes:
        name: qualified name, "" for the root; type_name: class name; training: its mode.
        parameters, buffers: those registered on this very module, in registration order.
        num_parameters: elements of the distinct parameters at and below it.
        shared_with: other qualified names of the same module object.
    """

    name: str
    type_name: str
    training: bool
    parameters: tuple[TensorInfo, ...]
    buffers: tuple[TensorInfo, ...]
    children: tuple["ModuleNode", ...]
    num_parameters: int
    shared_with: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TiedGroup:
    """Names that reach the same bytes, in registration order, and why they do."""

    names: tuple[str, ...]
    kind: TieKind


@dataclass(frozen=True, slots=True)
class Counts:
    """How many parameters a model has: unique objects, summed by path, and bytes really stored."""

    unique: int
    by_path: int
    stored_bytes: int
    tensors: int
    trainable: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a step did: how often it visited which parameters, and the loss before each update it made."""

    touched: tuple[tuple[str, int], ...] = ()
    losses: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """Whether a tensor differs between two moments, bit for bit.

    Attributes:
        name: qualified name; shape: at the later moment, None while uninitialized.
        changed: elements whose bits differ; None where the tensor is new, gone, reshaped or without data.
        relative: L2 norm of the difference over that of the earlier values; None where undefined.
    """

    name: str
    shape: tuple[int, ...] | None
    numel: int
    changed: int | None
    relative: float | None


@dataclass(frozen=True, slots=True)
class Card:
    """A tensor before and after on one ruler.

    Attributes:
        info: the tensor at the later moment (the earlier one when it is gone); owner_type: its module's class.
        before, after: statistics of all its values; None where it does not exist or holds no data.
        change: what differs; difference: statistics of after - before where both exist.
        histogram: counts of before and after (of whichever exist, in that order) on one array of edges.
        pictures: before, after, or just the difference; None where there is nothing to draw.
        layout: how the axes lie; axes: their names; blocks: labeled parts of axis 0; grid: see `layout.grid_steps`.
        note: what a viewer must know of the values, such as that magnitudes are shown.
    """

    info: TensorInfo
    owner_type: str
    before: Summary | None
    after: Summary | None
    change: Change
    difference: Summary | None
    histogram: Histogram | None
    pictures: tuple[Heatmap | None, ...]
    layout: Layout
    axes: tuple[str, ...]
    blocks: tuple[Block, ...]
    grid: tuple[int, int]
    note: str


@dataclass(frozen=True, slots=True)
class Touch:
    """A parameter an initialize step would visit: how often, and why its scheme cannot apply (None when it can)."""

    name: str
    shape: tuple[int, ...] | None
    times: int
    refusal: str | None
    tied_with: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Access:
    """How one tensor is reached from code and what is there.

    Attributes:
        expressions: Python expressions that give this very object; state_dict_key: its key, None when not saved.
        class_name: type of the object; value, grad: as torch prints them, grad None before any backward pass.
        grad_note: one sentence about the gradient.
    """

    info: TensorInfo
    expressions: tuple[str, ...]
    state_dict_key: str | None
    class_name: str
    value: str
    grad: str | None
    grad_note: str


@dataclass(frozen=True, slots=True)
class Printed:
    """`print(net)` and `net(X)` for the sample input, as torch prints them."""

    structure: str
    inputs: str
    output: str


@dataclass(frozen=True, slots=True)
class Distance:
    """How far two tensors of one model are apart: whether bit for bit equal, L2 norm and largest magnitude."""

    equal: bool
    l2: float | None
    largest: float | None


@dataclass(frozen=True, slots=True)
class Values:
    """A small matrix exactly as it is, for a table: float64 holds every float32 and smaller value."""

    values: Float64s


@dataclass(frozen=True, slots=True)
class File:
    """A file's bytes, uint8 (n,), and one sentence about it."""

    content: Bytes
    note: str
