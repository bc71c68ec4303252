"""Numbers and pictures of one tensor."""

from dataclasses import dataclass

from .arrays import Bytes, Float64s, Floats, Integers
from .base import Request
from .model import TensorInfo


@dataclass(frozen=True, slots=True)
class Layout:
    """Axes that run down, axes that run across (outer before inner), and the index at which the others are cut."""

    rows: tuple[int, ...] = ()
    columns: tuple[int, ...] = ()
    fixed: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Block:
    """A labeled part of the rows, such as an LSTM gate: first row and row after the last."""

    label: str
    start: int
    stop: int


#: Part of a tensor laid flat: first row and row after the last, the same for columns.
Window = tuple[int, int, int, int]

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

    @property
    def largest(self) -> float | None:
        """The largest magnitude of its finite values, None without any."""
        return None if self.min is None or self.max is None else max(abs(self.min), abs(self.max))


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
class Values:
    """A small matrix exactly as it is, for a table: float64 holds every float32 and smaller value."""

    values: Float64s


@dataclass(frozen=True, slots=True)
class ChangedCells:
    """Where one name's tensor differs between two moments, bit for bit.

    Attributes:
        name: qualified name, second names too; shape: its shape, equal at both moments.
        changed: how many elements differ.
        index: int64 (n, rank), the first n of them in storage order; before, after: float64 (n,), their values.
    """

    name: str
    shape: tuple[int, ...]
    changed: int
    index: Integers
    before: Float64s
    after: Float64s


@dataclass(frozen=True)
class GetChanges(Request[tuple[Change, ...]]):
    """What differs between the moments, for every tensor under its first name."""

    reply = tuple[Change, ...]


@dataclass(frozen=True)
class GetCards(Request[tuple[Card, ...]]):
    """Cards of the named tensors; `cells` bounds the rows and the columns of a picture."""

    names: tuple[str, ...] = ()
    cells: int = 96
    difference: bool = False
    reply = tuple[Card, ...]


@dataclass(frozen=True)
class GetDetail(Request[Card]):
    """One tensor's card in a chosen layout and window (first row, row after the last, the same for columns)."""

    name: str
    layout: Layout | None = None
    window: Window | None = None
    cells: int = 160
    difference: bool = False
    reply = Card


@dataclass(frozen=True)
class GetValues(Request[Values]):
    """A small tensor's values at the later moment, laid out as a matrix."""

    name: str
    reply = Values


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
class Distance:
    """How far two tensors of one model are apart: whether bit for bit equal, L2 norm and largest magnitude."""

    equal: bool
    l2: float | None
    largest: float | None


@dataclass(frozen=True)
class GetAccess(Request[Access]):
    """How to reach one tensor of the later moment, and its value and gradient as torch prints them."""

    name: str
    reply = Access


@dataclass(frozen=True)
class GetDistance(Request[Distance]):
    """How far two tensors of the later moment are apart."""

    first: str
    second: str
    reply = Distance


@dataclass(frozen=True)
class GetChangedCells(Request[tuple[ChangedCells, ...]]):
    """Every name whose tensor differs between the moments, with its first `limit` changed elements."""

    limit: int = 64
    reply = tuple[ChangedCells, ...]
