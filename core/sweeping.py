"""One sweep over a picture: extremes, sums and counts of all of it, pooled to a grid of cells on the way.

A picture is read in chunks that stay in the processor's cache while every quantity is taken from them, for
reading memory costs more than arithmetic. The extremes of the whole come from those of the cells.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from core.cutting import Grid, Piece, pieces
from core.measurements import NAN, NEGATIVE_INFINITY, POSITIVE_INFINITY

Picture = NDArray[Any]

#: Elements a chunk: 256 KB of float32 and 512 KB of float64, together inside a second-level cache.
CHUNK = 1 << 16
#: Columns whose rows are pooled before the columns are.
BAND = 4096


class Tally(NamedTuple):
    """What a chunk adds to the whole; `low` is above `high` where no value is finite."""

    low: float
    high: float
    squares: float
    zeros: int
    negative_zeros: int
    nan: int
    inf: int


@dataclass(frozen=True, slots=True)
class Cells:
    """Quantities pooled so far: (rows, columns), `low` +inf and `high` -inf where nothing finite was met.

    `absent` counts the elements of a cell that are not finite, `flags` says of which kinds they are.
    """

    low: Picture
    high: Picture
    total: NDArray[np.float64]
    absent: NDArray[np.int64]
    flags: NDArray[np.uint8]

    @classmethod
    def empty(cls, shape: tuple[int, int], dtype: np.dtype[Any]) -> "Cells":
        """Cells that have met no element."""
        low, high = np.full(shape, np.inf, dtype), np.full(shape, -np.inf, dtype)
        return cls(low, high, np.zeros(shape), np.zeros(shape, np.int64), np.zeros(shape, np.uint8))


@dataclass(frozen=True, slots=True)
class Sweep:
    """What one sweep found: the cells, and their sum; totals and squares are of the values times `scale`."""

    grid: Grid
    cells: Cells
    tally: Tally
    scale: float


def working_dtype(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Float32 where it holds every value of `dtype`, else float64, which rounds integers beyond 2^53."""
    return np.dtype(np.float32 if np.can_cast(dtype, np.float32, "safe") else np.float64)


def finite_chunks(picture: Picture, size: int, *, all_finite: bool) -> Iterator[Picture]:
    """The finite values of a picture in its working dtype, in runs (n,) with n at most `size`."""
    dtype = working_dtype(picture.dtype)
    if picture.flags.c_contiguous:
        picture = picture.reshape(1, -1)
    for columns in pieces(picture.shape[1], 1, size):
        for rows in pieces(picture.shape[0], 1, size // (columns.stop - columns.start)):
            chunk = np.ascontiguousarray(picture[rows.span, columns.span], dtype).reshape(-1)
            yield chunk if all_finite else chunk[np.isfinite(chunk)]


def sweep(picture: Picture, grid: Grid, scale: float = 1.0) -> Sweep:
    """Read a picture (rows, columns) once."""
    dtype = working_dtype(picture.dtype)
    cells = Cells.empty(grid.cells, dtype)
    wide = np.empty(min(CHUNK, picture.size))
    tallies: list[Tally] = []
    with np.errstate(over="ignore", invalid="ignore"):  # of totals; whoever meets it sweeps with a scale
        for columns in pieces(grid.shape[1], grid.cell[1], BAND):
            width = columns.stop - columns.start
            band = Cells.empty((grid.cells[0], width), dtype)
            for rows in pieces(grid.shape[0], grid.cell[0], CHUNK // width):
                chunk = np.ascontiguousarray(picture[rows.span, columns.span], dtype)
                tallies.append(_absorb(chunk, rows, band, wide, scale))
            _pool_columns(band, cells, columns)
    return Sweep(grid, cells, _combined(tallies), scale)


def _absorb(chunk: Picture, rows: Piece, band: Cells, wide: NDArray[np.float64], scale: float) -> Tally:
    """Pool a chunk (rows, columns) along its rows into the band's cells."""
    at = rows.cell_span
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
        nan, inf = _mark_nonfinite(blocks, band, at)
        numbers = np.where(finite, blocks, blocks.dtype.type(0))
    _into(np.minimum, low, band.low[at], rows)
    _into(np.maximum, high, band.high[at], rows)
    doubles = wide[: chunk.size]
    if scale == 1.0:
        np.copyto(doubles, numbers.reshape(-1))
    else:
        np.multiply(numbers.reshape(-1), scale, out=doubles)
    flat = torch.from_numpy(doubles)  # torch sums faster, and NumPy's dot would start threads of its own
    _into(np.add, flat.view(blocks.shape).sum(1).numpy(), band.total[at], rows)
    zeros, negative_zeros = _count_zeros(numbers if nan + inf == 0 else blocks) if lowest <= 0.0 <= highest else (0, 0)
    return Tally(lowest, highest, float(torch.dot(flat, flat)), zeros, negative_zeros, nan, inf)


def _into(operation: np.ufunc, pooled: Picture, cells: Picture, piece: Piece) -> None:
    if piece.whole:
        np.copyto(cells, pooled)
    else:
        operation(cells, pooled, out=cells)


def _mark_nonfinite(blocks: Picture, band: Cells, at: slice) -> tuple[int, int]:
    """Note in the band which cells hold values that are not finite; how many are NaN, how many infinite."""
    nan = np.isnan(blocks)
    flags = np.where(nan, np.uint8(NAN), np.uint8(0))
    flags[blocks == np.inf] = POSITIVE_INFINITY
    flags[blocks == -np.inf] = NEGATIVE_INFINITY
    band.flags[at] |= np.bitwise_or.reduce(flags, axis=1)
    band.absent[at] += np.count_nonzero(flags, axis=1)
    num_nan = int(np.count_nonzero(nan))
    return num_nan, int(np.count_nonzero(flags)) - num_nan


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
    at, runs = columns.cell_span, columns.cells
    _into(np.minimum, _reduce_runs(np.minimum, band.low, runs), cells.low[:, at], columns)
    _into(np.maximum, _reduce_runs(np.maximum, band.high, runs), cells.high[:, at], columns)
    totals = torch.from_numpy(band.total).view(band.total.shape[0] * runs, -1)
    ones = torch.ones(totals.shape[1], dtype=torch.float64)
    _into(np.add, torch.mv(totals, ones).numpy().reshape(-1, runs), cells.total[:, at], columns)
    if band.flags.any():
        _into(np.add, _reduce_runs(np.add, band.absent, runs), cells.absent[:, at], columns)
        _into(np.bitwise_or, _reduce_runs(np.bitwise_or, band.flags, runs), cells.flags[:, at], columns)


def _reduce_runs(operation: np.ufunc, source: Picture, runs: int) -> Picture:
    """Reduce each row of (rows, columns) in `runs` equal runs: (rows, runs).

    NumPy pays a call's price for each short run, so runs shrink by one prime factor of their length after
    the other, each time by an operation on whole strided arrays.
    """
    length = source.shape[1] // runs
    values = source.reshape(-1)
    while length > 1:
        factor = next((prime for prime in (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31) if length % prime == 0), 0)
        if not factor:
            values = operation.reduce(values.reshape(-1, length), axis=1)
            break
        reduced = operation(values[::factor], values[1::factor])
        for offset in range(2, factor):
            operation(reduced, values[offset::factor], out=reduced)
        values, length = reduced, length // factor
    pooled: Picture = values.reshape(-1, runs)
    return pooled
