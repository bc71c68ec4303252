"""One sweep over a picture: extremes, sums and counts of all of it, pooled to a grid of cells on the way.

A picture is read in chunks that stay in the processor's cache while every quantity is taken from them, for
reading memory costs more than arithmetic. The extremes of the whole come from those of the cells.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from ..questions.picture import NAN, NEGATIVE_INFINITY, POSITIVE_INFINITY
from .buffers import one_thread, scratch
from .cells import Grid, Piece, pieces

Picture = NDArray[Any]

#: Elements a chunk: 2 MB of float32 and 4 MB of float64, inside a last-level cache. A quarter, inside most
#: second-level caches, reads no faster, and the calls for a chunk cost as much as reading 100,000 elements.
CHUNK = 1 << 19
#: Columns of a picture whose rows are pooled before its columns are.
BAND = 4096

_ONES = torch.ones(CHUNK, dtype=torch.float64, device="cpu")  # sums are products with ones: BLAS is fastest


class Tally(NamedTuple):
    """What a chunk adds to the whole, beside its cells."""

    squares: float = 0.0
    zeros: int = 0
    negative_zeros: int = 0
    nan: int = 0
    inf: int = 0


@dataclass(frozen=True, slots=True)
class Cells:
    """Quantities pooled to cells (rows, columns), `low` +inf and `high` -inf where nothing is finite.

    `absent` counts the elements of a cell that are not finite, `flags` says of which kinds they are.
    """

    low: Picture
    high: Picture
    total: NDArray[np.float64]
    absent: NDArray[np.int64]
    flags: NDArray[np.uint8]

    @classmethod
    def blank(cls, shape: tuple[int, int], dtype: np.dtype[Any]) -> "Cells":
        """Cells to be filled; until then their values are arbitrary, though none counts as absent."""
        low, high, total = np.empty(shape, dtype), np.empty(shape, dtype), np.empty(shape)
        return cls(low, high, total, np.zeros(shape, np.int64), np.zeros(shape, np.uint8))

    @property
    def transposed(self) -> "Cells":
        """The same cells of the transposed picture."""
        return Cells(self.low.T, self.high.T, self.total.T, self.absent.T, self.flags.T)


class _Band(NamedTuple):
    """Neighboring columns of a picture with their rows pooled, (cell rows, columns), in scratch memory."""

    low: Picture
    high: Picture
    total: NDArray[np.float64]

    @classmethod
    def blank(cls, shape: tuple[int, int], dtype: np.dtype[Any]) -> "_Band":
        low, high = scratch("band low", shape, dtype), scratch("band high", shape, dtype)
        return cls(low, high, scratch("band total", shape, np.float64))


@dataclass(frozen=True, slots=True)
class Sweep:
    """What one sweep found; the cells' totals and the sum of squares are of the values times `scale`.

    `low` and `high` are the smallest and the largest finite value, +inf and -inf without any.
    """

    grid: Grid
    cells: Cells
    tally: Tally
    scale: float
    low: float
    high: float

    @property
    def all_finite(self) -> bool:
        """Whether no value is NaN or infinite."""
        return self.tally.nan + self.tally.inf == 0


@cache
def working_dtype(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Float32 where it holds every value of `dtype`, else float64, which rounds integers beyond 2^53."""
    return np.dtype(np.float32 if np.can_cast(dtype, np.float32, "safe") else np.float64)


def finite_chunks(picture: Picture, size: int, *, all_finite: bool) -> Iterator[Picture]:
    """The finite values of a picture in its working dtype, in runs (n,) with n at most `size`."""
    dtype = working_dtype(picture.dtype)
    if abs(picture.strides[0]) < abs(picture.strides[1]):
        picture = picture.T
    if picture.flags.c_contiguous:
        picture = picture.reshape(1, -1)
    for columns in pieces(picture.shape[1], 1, size):
        for rows in pieces(picture.shape[0], 1, size // columns.length):
            chunk = np.ascontiguousarray(picture[rows.span, columns.span], dtype).reshape(-1)
            yield chunk if all_finite else chunk[np.isfinite(chunk)]


@one_thread()
def sweep(picture: Picture, grid: Grid, scale: float = 1.0) -> Sweep:
    """Read a picture (rows, columns) once."""
    if abs(picture.strides[0]) < abs(picture.strides[1]):  # memory is fast along columns, as in a transposed view
        turned = sweep(picture.T, grid.transposed, scale)
        return replace(turned, grid=grid, cells=turned.cells.transposed)
    dtype = working_dtype(picture.dtype)
    cells = Cells.blank(grid.cells, dtype)
    tallies = [Tally()]
    for columns in pieces(grid.shape[1], grid.cell[1], BAND) if picture.size else ():
        band = _Band.blank((grid.cells[0], columns.length), dtype)
        for rows in pieces(grid.shape[0], grid.cell[0], CHUNK // columns.length):
            chunk = np.ascontiguousarray(picture[rows.span, columns.span], dtype)
            blocks = chunk.reshape(rows.cells, -1, columns.length)
            tallies.append(_absorb(blocks, rows, band, scale))
            if tallies[-1].nan or tallies[-1].inf:
                _mark_nonfinite(blocks, rows, columns, cells)
        _pool_columns(band, cells, columns)
    low, high = float(cells.low.min(initial=np.inf)), float(cells.high.max(initial=-np.inf))
    return Sweep(grid, cells, Tally(*map(sum, zip(*tallies, strict=True))), scale, low, high)


def _absorb(blocks: Picture, rows: Piece, band: _Band, scale: float) -> Tally:
    """Pool blocks (cells, rows, columns) along their rows into the band."""
    lows = highs = blocks
    doubles = torch.from_numpy(scratch("doubles", blocks.shape, np.float64))
    flat = doubles.copy_(torch.from_numpy(blocks)).view(-1)
    if scale != 1.0:
        flat.mul_(scale)
    squares = float(torch.dot(flat, flat))
    nan = inf = 0
    if not math.isfinite(squares):  # as it is whenever a value is not
        finite = np.isfinite(blocks)
        lows = np.where(finite, blocks, blocks.dtype.type(np.inf))
        highs = np.where(finite, blocks, blocks.dtype.type(-np.inf))
        doubles[torch.from_numpy(~finite)] = 0.0
        squares = float(torch.dot(flat, flat))
        nan = int(np.count_nonzero(np.isnan(blocks)))
        inf = blocks.size - int(np.count_nonzero(finite)) - nan
    _fold(np.minimum, lows, band.low, rows)
    _fold(np.maximum, highs, band.high, rows)
    totals = torch.from_numpy(band.total[rows.cell_span]).unsqueeze(1)
    totals.baddbmm_(_ONES[: blocks.shape[1]].expand(rows.cells, 1, -1), doubles, beta=0 if rows.fresh else 1)
    return Tally(squares, *_count_zeros(blocks), nan, inf)


def _fold(operation: np.ufunc, blocks: Picture, pooled: Picture, rows: Piece) -> None:
    """Reduce blocks (cells, rows, columns) along their rows into their cells of `pooled`."""
    target = pooled[rows.cell_span]
    if rows.fresh:
        operation.reduce(blocks, axis=1, out=target)
    else:
        operation(target, operation.reduce(blocks, axis=1), out=target)


def _count_zeros(values: Picture) -> tuple[int, int]:
    """How many elements are zero, and how many of those have the sign bit set."""
    zero = np.equal(values, 0, out=scratch("zero", values.shape, np.bool_))
    zeros = int(np.count_nonzero(zero))
    return zeros, int(np.count_nonzero(np.signbit(values) & zero)) if zeros else 0


def _mark_nonfinite(blocks: Picture, rows: Piece, columns: Piece, cells: Cells) -> None:
    """Note which cells hold values that are not finite, how many and of which kinds."""
    kinds = np.where(np.isnan(blocks), np.uint8(NAN), np.uint8(0))
    kinds[blocks == np.inf] = POSITIVE_INFINITY
    kinds[blocks == -np.inf] = NEGATIVE_INFINITY
    at, length = (rows.cell_span, columns.cell_span), columns.length // columns.cells
    flags = _reduce_runs(np.bitwise_or, np.bitwise_or.reduce(kinds, axis=1), length)
    absent = _reduce_runs(np.add, np.count_nonzero(kinds, axis=1), length)
    cells.flags[at] |= flags.reshape(rows.cells, columns.cells)
    cells.absent[at] += absent.reshape(rows.cells, columns.cells)


def _pool_columns(band: _Band, cells: Cells, columns: Piece) -> None:
    """Pool a band, whose rows are pooled already, along its columns into the cells it belongs to."""
    length = columns.length // columns.cells
    totals = torch.mv(torch.from_numpy(band.total).view(-1, length), _ONES[:length]).numpy()
    for operation, pooled, target in (
        (np.minimum, _reduce_runs(np.minimum, band.low, length), cells.low),
        (np.maximum, _reduce_runs(np.maximum, band.high, length), cells.high),
        (np.add, totals, cells.total),
    ):
        new, old = pooled.reshape(-1, columns.cells), target[:, columns.cell_span]
        target[:, columns.cell_span] = new if columns.fresh else operation(old, new)


def _reduce_runs(operation: np.ufunc, source: Picture, length: int) -> Picture:
    """Reduce each run of `length` neighbors of (rows, columns): (rows · columns / length,).

    NumPy pays a call's price for each short run, so runs shrink by one prime factor of their length after
    the other, each time by an operation on whole strided arrays.
    """
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
    return values
