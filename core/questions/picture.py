"""What a tensor looks like as numbers and as a picture: statistics, a histogram, cells, and how its axes lie."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from ..recipe.numbers import Count, Finite, Size
from ..recipe.words import Words
from .arrays import ByteMatrix, Float64s, FloatMatrix, Integers
from .checks import finite, must


@dataclass(frozen=True, slots=True)
class Layout:
    """Axes that run down, axes that run across (outer before inner), and the index at which the others are cut."""

    rows: tuple[Count, ...] = ()
    columns: tuple[Count, ...] = ()
    fixed: tuple[tuple[Count, Count], ...] = ()


@dataclass(frozen=True, slots=True)
class Block:
    """A labeled part of the rows, such as an LSTM gate: first row and row after the last."""

    label: Words
    start: Count
    stop: Count


#: Part of a tensor laid flat: first row and row after the last, the same for columns.
Window = tuple[int, int, int, int]

#: Bits of `Heatmap.nonfinite`.
NAN, POSITIVE_INFINITY, NEGATIVE_INFINITY = 1, 2, 4
_MOST_BINS, _MOST_COUNTED = 1000, 2**52
#: Cells of a picture of one row at most.
STRIP = 512


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

    numel: Count
    mean: float | None
    std: float | None
    min: Finite | None
    max: Finite | None
    l2: float | None
    zeros: Count
    negative_zeros: Count
    nan: Count
    inf: Count

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
    counts: Annotated[tuple[Integers, ...], Field(min_length=1, max_length=2)]

    def __post_init__(self) -> None:
        must(2 <= self.edges.size <= _MOST_BINS + 1, f"there are 1 to {_MOST_BINS} bins")
        finite(self.edges, "edges")
        must((self.edges[1:] > self.edges[:-1]).all(), "edges rise")
        for counts in self.counts:
            must(counts.size == self.edges.size - 1, "a count each bin")
            must((counts >= 0).all() and (counts <= _MOST_COUNTED).all(), "counts are numbers of elements")


@dataclass(frozen=True, slots=True)
class Heatmap:
    """A tensor as a picture of at most so many cells, each cell a block of neighboring elements.

    Attributes:
        mean, low, high: (rows, columns), mean, smallest and largest finite value of each cell, NaN where
            a cell has none; one and the same array where a cell is a single element.
        nonfinite: uint8 (rows, columns), which of NAN, POSITIVE_INFINITY, NEGATIVE_INFINITY a cell holds.
        origin: first row and column shown; span: rows and columns shown; cell: rows and columns a cell.
        shape: rows and columns of the whole picture.
        spelled: of whole numbers some of which float64 rounds, the lowest and the highest of each cell, row after row,
            with every digit; else None.
    """

    mean: FloatMatrix
    low: FloatMatrix
    high: FloatMatrix
    nonfinite: ByteMatrix
    origin: tuple[Count, Count]
    span: tuple[Size, Size]
    cell: tuple[Size, Size]
    shape: tuple[Size, Size]
    spelled: tuple[tuple[Words, ...], tuple[Words, ...]] | None = None

    def __post_init__(self) -> None:
        must(
            self.spelled is None or {len(side) for side in self.spelled} == {self.mean.size},
            "each cell's lowest and highest value is spelled",
        )
        cells = tuple(-(-span // cell) for span, cell in zip(self.span, self.cell, strict=True))
        must(
            all(each.shape == cells for each in (self.mean, self.low, self.high, self.nonfinite)),
            "there are as many cells as the span has room for",
        )
        inside = zip(self.origin, self.span, self.shape, strict=True)
        must(all(origin + span <= size for origin, span, size in inside), "the part shown lies in the whole")

    @property
    def exact(self) -> bool:
        """Whether every cell is a single element."""
        return self.cell == (1, 1)


def within(picture: Heatmap | None, cells: int) -> None:
    """Raise ValueError where a picture has more rows or columns of cells than were asked for."""
    rows, columns = (0, 0) if picture is None else picture.mean.shape
    must(rows <= cells and columns <= (max(cells, STRIP) if rows == 1 else cells), "no more cells than asked for")
