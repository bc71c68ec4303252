"""One sweep over a picture: extremes, sums and counts of it all, pooled to a grid of cells on the way.

Reading memory costs more than arithmetic, so a picture is read in chunks that stay in the processor's cache
while every quantity is taken from them. Extremes of the whole come from the extremes of the cells.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from core.measurements import NAN, NEGATIVE_INFINITY, POSITIVE_INFINITY

Picture = NDArray[Any]

#: Elements a chunk: 256 KB of float32 and 512 KB of float64, together inside a 1 to 2 MB second-level cache.
CHUNK = 1 << 16
#: Columns a band; bounds the rows that wait to be pooled along their columns.
BAND = 4096


class Piece(NamedTuple):
    """Neighboring elements of one axis: whole cells, or a part of one cell."""

    start: int
    stop: int
    first_cell: int
    cells: int


def pieces(span: int, cell: int, limit: int) -> Iterator[Piece]:
    """Cut an axis of `span` elements in cells of `cell` (the last may be ragged) into runs of at most `limit`."""
    whole = span // cell
    if cell <= limit:
        together = limit // cell
        for first in range(0, whole, together):
            last = min(first + together, whole)
            yield Piece(first * cell, last * cell, first, last - first)
        if span % cell:
            yield Piece(whole * cell, span, whole, 1)
        return
    for first, start in enumerate(range(0, span, cell)):
        length = min(cell, span - start)
        parts = -(-length // limit)
        cuts = [start + length * part // parts for part in range(parts + 1)]
        for left, right in zip(cuts, cuts[1:], strict=False):
            yield Piece(left, right, first, 1)


@dataclass(frozen=True, slots=True)
class Grid:
    """Cells of `cell` (rows, columns) elements that cover a picture of `shape`."""

    shape: tuple[int, int]
    cell: tuple[int, int]

    @classmethod
    def at_most(cls, shape: tuple[int, int], max_rows: int, max_columns: int) -> "Grid":
        """The finest grid of equal cells with at most so many of them a side."""
        return cls(shape, (max(1, -(-shape[0] // max_rows)), max(1, -(-shape[1] // max_columns))))

    @property
    def cells(self) -> tuple[int, int]:
        """How many cells a column and a row has."""
        return -(-self.shape[0] // self.cell[0]), -(-self.shape[1] // self.cell[1])

    def sizes(self) -> NDArray[np.int64]:
        """Elements in each cell, int64 `cells`."""
        (rows, columns), (height, width) = self.shape, self.cell
        heights = np.minimum(height, rows - height * np.arange(self.cells[0]))
        widths = np.minimum(width, columns - width * np.arange(self.cells[1]))
        return np.multiply.outer(heights, widths).astype(np.int64)


class Tally(NamedTuple):
    """What one chunk adds to the whole; `low` > `high` where no value is finite."""

    low: float
    high: float
    squares: float
    zeros: int
    negative_zeros: int
    nan: int
    inf: int


@dataclass(frozen=True, slots=True)
class Cells:
    """Quantities pooled so far, one element a cell: (cell rows, cell columns or columns of a band).

    `low` is +inf and `high` -inf where nothing finite was met; `absent` counts elements that are not finite,
    and `flags` says of which kinds they are.
    """

    low: Picture
    high: Picture
    total: NDArray[np.float64]
    absent: NDArray[np.int64]
    flags: NDArray[np.uint8]

    @classmethod
    def empty(cls, shape: tuple[int, int], dtype: np.dtype[Any]) -> "Cells":
        """Cells that have met no element."""
        return cls(
            np.full(shape, np.inf, dtype),
            np.full(shape, -np.inf, dtype),
            np.zeros(shape),
            np.zeros(shape, np.int64),
            np.zeros(shape, np.uint8),
        )


@dataclass(frozen=True, slots=True)
class Sweep:
    """Everything one sweep found; `total`, `squares` and the cells' totals are of the values times `scale`."""

    tally: Tally
    cells: Cells
    scale: float

    @property
    def total(self) -> float:
        """Sum of the scaled finite values."""
        return float(self.cells.total.sum())


def working_dtype(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Float32 where it holds every value of `dtype`, else float64 (which rounds integers beyond 2^53)."""
    return np.dtype(np.float32 if np.can_cast(dtype, np.float32, "safe") else np.float64)


def sweep(picture: Picture, grid: Grid, scale: float = 1.0) -> Sweep:
    """Read a picture (rows, columns) once, pooled to `grid`; sums are of the values times `scale`."""
    dtype = working_dtype(picture.dtype)
    cells = Cells.empty(grid.cells, dtype)
    wide = np.empty(min(CHUNK, picture.size))
    tallies = []
    for columns in pieces(grid.shape[1], grid.cell[1], BAND):
        width = columns.stop - columns.start
        band = Cells.empty((grid.cells[0], width), dtype)
        for rows in pieces(grid.shape[0], grid.cell[0], CHUNK // width):
            chunk = picture[rows.start : rows.stop, columns.start : columns.stop]
            tallies.append(_absorb(chunk.astype(dtype, copy=False), rows, band, wide, scale))
        _pool_columns(band, cells, columns)
    return Sweep(_combined(tallies), cells, scale)


def _absorb(chunk: Picture, rows: Piece, band: Cells, wide: NDArray[np.float64], scale: float) -> Tally:
    """Add a chunk (rows, columns) to the band's cells, pooled along its rows."""
    at = slice(rows.first_cell, rows.first_cell + rows.cells)
    blocks = chunk.reshape(rows.cells, -1, chunk.shape[1])
    low, high = np.minimum.reduce(blocks, axis=1), np.maximum.reduce(blocks, axis=1)
    lowest, highest = float(low.min()), float(high.max())
    nan = inf = 0
    numbers = blocks
    if not (math.isfinite(lowest) and math.isfinite(highest)):  # NaN spreads through minimum and maximum
        finite = np.isfinite(blocks)
        low = np.minimum.reduce(blocks, axis=1, where=finite, initial=np.inf)
        high = np.maximum.reduce(blocks, axis=1, where=finite, initial=-np.inf)
        lowest, highest = float(low.min()), float(high.max())
        nan, inf = _mark_nonfinite(blocks, finite, band, at)
        numbers = np.where(finite, blocks, blocks.dtype.type(0))
    np.minimum(band.low[at], low, out=band.low[at])
    np.maximum(band.high[at], high, out=band.high[at])
    doubles = wide[: chunk.size]
    stacked = doubles.reshape(blocks.shape)
    np.multiply(numbers, scale, out=stacked) if scale != 1.0 else np.copyto(stacked, numbers)
    band.total[at] += np.add.reduce(stacked, axis=1)
    flat = torch.from_numpy(doubles)
    squares = float(torch.dot(flat, flat))  # torch's, as NumPy's BLAS would start threads of its own
    zeros, negative_zeros = _count_zeros(blocks) if lowest <= 0.0 <= highest else (0, 0)
    return Tally(lowest, highest, squares, zeros, negative_zeros, nan, inf)


def _mark_nonfinite(blocks: Picture, finite: NDArray[np.bool_], band: Cells, at: slice) -> tuple[int, int]:
    nan = np.isnan(blocks)
    flags = np.where(nan, np.uint8(NAN), np.uint8(0))
    flags[blocks == np.inf] = POSITIVE_INFINITY
    flags[blocks == -np.inf] = NEGATIVE_INFINITY
    band.flags[at] |= np.bitwise_or.reduce(flags, axis=1)
    band.absent[at] += np.count_nonzero(flags, axis=1)
    num_nan = int(np.count_nonzero(nan))
    return num_nan, finite.size - int(np.count_nonzero(finite)) - num_nan


def _count_zeros(values: Picture) -> tuple[int, int]:
    """How many elements are zero, and how many of those have the sign bit set."""
    zero = values == 0
    zeros = int(np.count_nonzero(zero))
    return zeros, int(np.count_nonzero(np.signbit(values) & zero)) if zeros else 0


def _combined(tallies: list[Tally]) -> Tally:
    if not tallies:
        return Tally(math.inf, -math.inf, 0.0, 0, 0, 0, 0)
    low, high, squares, *counts = zip(*tallies, strict=True)
    return Tally(min(low), max(high), sum(squares), *(sum(count) for count in counts))


def _pool_columns(band: Cells, cells: Cells, columns: Piece) -> None:
    """Pool a band, whose rows are pooled already, along its columns into the cells it belongs to."""
    at = slice(columns.first_cell, columns.first_cell + columns.cells)
    for operation, source, target in (
        (np.minimum, band.low, cells.low),
        (np.maximum, band.high, cells.high),
        (np.add, band.total, cells.total),
        (np.add, band.absent, cells.absent),
        (np.bitwise_or, band.flags, cells.flags),
    ):
        target[:, at] = operation(target[:, at], _reduce_runs(operation, source, columns.cells))


def _reduce_runs(operation: np.ufunc, source: Picture, runs: int) -> Picture:
    """Reduce each row of (rows, columns) in `runs` equal runs: (rows, runs)."""
    length = source.shape[1] // runs
    if length >= 32:
        reduced: Picture = operation.reduce(source.reshape(-1, runs, length), axis=2)
        return reduced
    # NumPy pays a call's price for each short run; taking every length-th column reduces all runs at once.
    reduced = source[:, ::length].copy()
    for offset in range(1, length):
        operation(reduced, source[:, offset::length], out=reduced)
    return reduced
