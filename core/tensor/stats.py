"""Numbers and pictures of any tensor: statistics, histograms on shared bins, pooled heatmaps.

Nothing here changes the tensor, its gradient or the random state, and every number covers all of the tensor:
it is read twice, once for everything but the histogram, whose bins depend on what the first reading found.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..questions.picture import Heatmap, Histogram, Summary, Window
from .binning import bin_counts, bin_edges
from .buffers import one_thread
from .cells import Grid
from .pooling import CHUNK, Picture, Sweep, finite_chunks, sweep, working_dtype
from .readable import Array, as_picture, picture_shape, shape_of, viewable

_BINS = 60
_CELLS = 128
#: Powers of two between which sums and squares of float64 values neither overflow nor vanish.
_SAFE_EXPONENT = 450


def summary(tensor: Tensor | Array) -> Summary:
    """Statistics of all of a tensor's elements, a tensor or an array of any shape, in its own units.

    Mean, std and the rest are over the finite values; NaN and infinities are counted apart.

    Example:
        >>> found = summary(torch.tensor([[1.0, 2.0], [3.0, math.nan]]))
        >>> found.numel, found.mean, found.std, found.min, found.max, found.nan
        (4, 2.0, 1.0, 1.0, 3.0, 1)
    """
    return _summary(_read(tensor))


def histogram(*tensors: Tensor | Array, bins: int = _BINS) -> Histogram:
    """Counts of each tensor's finite values over equal bins from the smallest to the largest of any.

    Returns:
        `edges`, float64 (bins + 1,), and in `counts` an int64 (bins,) for each tensor.

    Example:
        >>> found = histogram(torch.tensor([0.0, 1.0, 4.0]), torch.tensor([2.0]), bins=4)
        >>> found.edges.tolist()
        [0.0, 1.0, 2.0, 3.0, 4.0]
        >>> [counts.tolist() for counts in found.counts]
        [[1, 1, 0, 1], [0, 0, 1, 0]]
    """
    return _histogram([_read(tensor) for tensor in tensors], bins)


def heatmap(
    tensor: Tensor | Array, max_rows: int = _CELLS, max_columns: int = _CELLS, window: Window | None = None
) -> Heatmap:
    """The picture of a tensor, or of a part of it, in at most so many cells.

    Args:
        tensor: (rows, columns), or another shape laid out as `picture_shape` says.
        max_rows: most rows of cells; max_columns: most columns of cells.
        window: first row, row after the last, first column and column after the last of the part to show.

    Raises:
        ValueError: the window is not inside the picture.

    Example:
        >>> found = heatmap(torch.arange(16.0).reshape(4, 4), max_rows=2, max_columns=2)
        >>> found.cell, found.mean.tolist(), found.high.tolist()
        ((2, 2), [[2.5, 4.5], [10.5, 12.5]], [[5.0, 7.0], [13.0, 15.0]])
    """
    return _heatmap(_read(tensor, max_rows, max_columns, window))


def card_statistics(
    tensor: Tensor | Array, *, bins: int = _BINS, max_rows: int = _CELLS, max_columns: int = _CELLS
) -> tuple[Summary, Histogram, Heatmap]:
    """Everything a card shows of one tensor, in two readings of its memory."""
    (described,), counted, (drawn,) = shared_statistics(tensor, bins=bins, max_rows=max_rows, max_columns=max_columns)
    return described, counted, drawn


def shared_statistics(
    *tensors: Tensor | Array, bins: int = _BINS, max_rows: int = _CELLS, max_columns: int = _CELLS
) -> tuple[tuple[Summary, ...], Histogram, tuple[Heatmap, ...]]:
    """Everything a card shows of tensors side by side, such as before and after: one array of bin edges."""
    readings = [_read(tensor, max_rows, max_columns) for tensor in tensors]
    return (
        tuple(_summary(reading) for reading in readings),
        _histogram(readings, bins),
        tuple(_heatmap(reading) for reading in readings),
    )


@dataclass(frozen=True, slots=True)
class _Reading:
    """A tensor's picture (or a window of it) and what a sweep over it found.

    Attributes:
        numel: elements of the tensor, whether or not there are data to see.
        picture: (rows, columns), empty without data; origin: where it starts in the whole.
        shape: rows and columns of the whole picture.
    """

    numel: int
    picture: Picture
    origin: tuple[int, int]
    shape: tuple[int, int]
    found: Sweep

    @property
    def finite(self) -> int:
        """How many finite values the picture has."""
        return self.picture.size - self.found.tally.nan - self.found.tally.inf


def _read(
    tensor: Tensor | Array, max_rows: int = _CELLS, max_columns: int = _CELLS, window: Window | None = None
) -> _Reading:
    values, _ = viewable(tensor)
    shape = picture_shape(shape_of(tensor))
    origin = (0, 0)
    if window is not None:
        origin = _checked_origin(window, shape)
    picture: Picture = np.empty((0, 0), np.float32) if values is None else as_picture(values)
    if window is not None and values is not None:
        picture = picture[window[0] : window[1], window[2] : window[3]]
    rows, columns = picture.shape
    grid = Grid.at_most((rows, columns), max_rows, max_columns)
    return _Reading(math.prod(shape), picture, origin, shape, _safe_sweep(picture, grid))


def _checked_origin(window: Window, shape: tuple[int, int]) -> tuple[int, int]:
    row0, row1, column0, column1 = window
    if not (0 <= row0 <= row1 <= shape[0] and 0 <= column0 <= column1 <= shape[1]):
        raise ValueError(
            f"the window of rows {row0} to {row1} and columns {column0} to {column1} does not fit a picture of "
            f"{shape[0]} rows and {shape[1]} columns; choose it inside"
        )
    return row0, column0


def _safe_sweep(picture: Picture, grid: Grid) -> Sweep:
    """A sweep whose sums are sound; float64 values near its limits are scaled by a power of two for them."""
    found = sweep(picture, grid)
    largest = max(-found.low, found.high)
    if working_dtype(picture.dtype) == np.float32 or not 0 < largest < math.inf:
        return found
    exponent = math.frexp(largest)[1]
    if abs(exponent) <= _SAFE_EXPONENT:
        return found
    shift = math.copysign(_SAFE_EXPONENT, exponent) - exponent
    return sweep(picture, grid, math.ldexp(1.0, min(int(shift), 1000)))


def _summary(reading: _Reading) -> Summary:
    found, finite = reading.found, reading.finite
    tally = found.tally
    counts = (tally.zeros, tally.negative_zeros, tally.nan, tally.inf)
    if not finite:
        return Summary(reading.numel, None, None, None, None, None, *counts)
    low, high = found.low, found.high
    mean = float(found.cells.total.sum()) / finite
    std = None
    if finite > 1:
        std = 0.0 if low == high else math.sqrt(_centered_squares(reading, mean) / (finite - 1))
    return Summary(
        reading.numel,
        min(max(mean / found.scale, low), high),
        None if std is None else _if_finite(std / found.scale),
        low,
        high,
        _if_finite(math.sqrt(tally.squares) / found.scale),
        *counts,
    )


def _if_finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


@one_thread()
def _centered_squares(reading: _Reading, mean: float) -> float:
    """Sum of (scale · x - mean)² over the finite values x.

    The sum of squares less n · mean² has lost its digits where the mean is large beside the deviations; then
    the deviations are summed themselves, less what rounding of the mean adds (Chan, Golub & LeVeque 1983).
    """
    found = reading.found
    squares = found.tally.squares
    centered = squares - reading.finite * mean * mean
    if centered > 2e-4 * squares:  # the mean is less than 70 times the std, and 1e-16 / 2e-4 of it is lost at most
        return centered
    total = centered = 0.0
    for chunk in finite_chunks(reading.picture, CHUNK, all_finite=found.all_finite):
        deviations = torch.from_numpy(chunk).double().mul(found.scale).sub_(mean)
        centered += float(torch.dot(deviations, deviations))
        total += float(deviations.sum())
    return max(0.0, centered - total * total / reading.finite)


def _histogram(readings: Sequence[_Reading], bins: int) -> Histogram:
    low = min((reading.found.low for reading in readings if reading.finite), default=0.0)
    high = max((reading.found.high for reading in readings if reading.finite), default=1.0)
    edges = bin_edges(low, high, bins)
    counts = tuple(bin_counts(reading.picture, edges, all_finite=reading.found.all_finite) for reading in readings)
    return Histogram(edges, counts)


def _heatmap(reading: _Reading) -> Heatmap:
    found = reading.found
    grid, cells = found.grid, found.cells
    sizes = grid.sizes() - cells.absent
    here = sizes > 0
    low = _where(here, cells.low, reading.picture.dtype)
    if grid.cell == (1, 1):
        mean = high = low
    else:
        high = _where(here, cells.high, reading.picture.dtype)
        mean = _means(found, sizes, here).astype(cells.low.dtype, order="C")
    return Heatmap(
        mean, low, high, np.ascontiguousarray(cells.flags), reading.origin, grid.shape, grid.cell, reading.shape
    )


def _means(found: Sweep, sizes: NDArray[np.int64], here: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Mean of the finite values of each cell, NaN where it has none; never outside its extremes."""
    cells = found.cells
    mean = cells.total / np.maximum(1, sizes)
    with np.errstate(over="ignore"):  # rounding may lift the mean of the largest numbers above them
        mean = np.minimum(np.maximum(mean / found.scale, cells.low), cells.high)
    return mean if here.all() else np.where(here, mean, np.nan)


def _where(here: NDArray[np.bool_], values: Picture, source: np.dtype[Any]) -> Picture:
    """Values where there are any, else NaN; whole numbers as float32 if that holds them all exactly."""
    shown = np.ascontiguousarray(values if here.all() else np.where(here, values, values.dtype.type(np.nan)))
    if source.kind in "iu" and shown.dtype == np.float64:
        narrow = shown.astype(np.float32)
        if np.array_equal(narrow, shown, equal_nan=True):
            return narrow
    return shown
