"""Statistics, histograms and pooled pictures of whole tensors, each from one or two passes in cache-sized chunks.

Any torch tensor or numpy array will do; `core.viewing.viewable` says what is read of unusual ones. Reading changes
neither the tensor nor the random state.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from core.bins import bin_counts, bin_edges
from core.cutting import Grid
from core.measurements import NAN, NEGATIVE_INFINITY, POSITIVE_INFINITY, Heatmap, Histogram, Summary
from core.sweeping import CHUNK, Picture, Sweep, finite_chunks, sweep
from core.viewing import as_picture, shape_of, viewable

Array = NDArray[np.generic]
Window = tuple[int, int, int, int]

#: Below this share of the sum of squares, the sum of squared deviations has lost digits to cancellation.
_CANCELED = 1e-5
#: Magnitudes whose squares neither overflow nor vanish in float64, even a billion of them.
_SQUARABLE = (1e-140, 1e140)


def summary(tensor: Tensor | Array) -> Summary:
    """Statistics of all values: mean, std as `torch.std`, extremes, L2 norm over the finite ones, and counts."""
    values, _ = viewable(tensor)
    if values is None:
        return Summary(math.prod(shape_of(tensor)), None, None, None, None, None, 0, 0, 0, 0)
    picture = as_picture(values)
    return _summary(picture, _swept(picture, Grid.at_most(_shape(picture), 1, 1)))


def histogram(*tensors: Tensor | Array, bins: int = 60) -> Histogram:
    """Counts of each tensor's finite values over one array of equal bins from the least of all to the greatest."""
    pictures = [as_picture(values) for values, _ in map(viewable, tensors) if values is not None]
    if len(pictures) < len(tensors):
        raise ValueError("a tensor without data has no histogram; leave it out")
    return _histogram(pictures, [_swept(picture, Grid.at_most(_shape(picture), 1, 1)) for picture in pictures], bins)


def heatmap(
    tensor: Tensor | Array, max_rows: int = 128, max_columns: int = 128, window: Window | None = None
) -> Heatmap:
    """A matrix pooled to at most so many cells, each with its mean, lowest and highest finite value.

    Args:
        tensor: (rows, columns).
        max_rows: bound of the picture's rows; max_columns: of its columns.
        window: first row, row after the last, first column, column after the last; by default everything.

    Raises:
        ValueError: it is no matrix, has no data, or the window is empty.
    """
    values, note = viewable(tensor)
    if values is None or values.dim() != 2:
        raise ValueError(f"no picture of shape {shape_of(tensor)}: {note or 'lay it flat as a matrix first'}")
    picture = values.numpy()
    top, bottom, left, right = _clipped(window, _shape(picture))
    shown = picture[top:bottom, left:right]
    grid = Grid.at_most(_shape(shown), max_rows, max_columns)
    swept = None if grid.cell == (1, 1) else _swept(shown, grid)
    return _heatmap(shown, swept, (top, left), _shape(picture))


def survey(
    matrices: Sequence[Tensor | Array], *, max_rows: int = 128, max_columns: int = 128, bins: int = 60
) -> tuple[tuple[Summary, ...], tuple[Heatmap, ...], Histogram]:
    """What a card shows of one or more matrices: summaries, bounded pictures, one histogram.

    The same as `summary`, `heatmap` and `histogram`, from one pass for the first two and one for the last.
    """
    pictures = []
    for matrix in matrices:
        values, note = viewable(matrix)
        if values is None or values.dim() != 2 or not values.numel():
            raise ValueError(f"no picture of shape {shape_of(matrix)}: {note or 'it is no matrix with values'}")
        pictures.append(values.numpy())
    swept = [_swept(picture, Grid.at_most(_shape(picture), max_rows, max_columns)) for picture in pictures]
    return (
        tuple(map(_summary, pictures, swept)),
        tuple(
            _heatmap(picture, found, (0, 0), _shape(picture)) for picture, found in zip(pictures, swept, strict=True)
        ),
        _histogram(pictures, swept, bins),
    )


def _shape(picture: Picture) -> tuple[int, int]:
    rows, columns = picture.shape
    return rows, columns


def _swept(picture: Picture, grid: Grid) -> Sweep:
    """One sweep; a second one with a scale where squares of the values overflow or vanish."""
    found = sweep(picture, grid)
    largest = max(abs(found.tally.low), abs(found.tally.high)) if found.tally.low <= found.tally.high else 0.0
    if largest == 0.0 or _SQUARABLE[0] < largest < _SQUARABLE[1]:
        return found
    return sweep(picture, grid, math.ldexp(1.0, min(1000, -math.frexp(largest)[1])))


def _summary(picture: Picture, swept: Sweep) -> Summary:
    tally, scale = swept.tally, swept.scale
    finite = picture.size - tally.nan - tally.inf
    mean = std = low = high = None
    if finite:
        low, high = tally.low, tally.high
        mean = low if low == high else _representable(math.fsum(swept.cells.total.reshape(-1)) / finite / scale)
    if finite > 1:
        squares = 0.0 if low == high else _squared_deviations(picture, swept, finite)
        std = _representable(math.sqrt(squares / (finite - 1)) / scale)
    return Summary(
        numel=picture.size,
        mean=mean,
        std=std,
        min=low,
        max=high,
        l2=_representable(math.sqrt(tally.squares) / scale),
        zeros=tally.zeros,
        negative_zeros=tally.negative_zeros,
        nan=tally.nan,
        inf=tally.inf,
    )


def _squared_deviations(picture: Picture, swept: Sweep, finite: int) -> float:
    """Sum of (scale · x - scaled mean)², from the sum of squares unless too many digits cancel there."""
    mean = math.fsum(swept.cells.total.reshape(-1)) / finite
    squares = swept.tally.squares - finite * mean * mean
    if squares > _CANCELED * swept.tally.squares:
        return squares
    all_finite = finite == picture.size
    deviations = (
        chunk.astype(np.float64) * swept.scale - mean for chunk in finite_chunks(picture, CHUNK, all_finite=all_finite)
    )
    return math.fsum(float(np.dot(deviation, deviation)) for deviation in deviations)


def _representable(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _histogram(pictures: Sequence[Picture], swept: Sequence[Sweep], bins: int) -> Histogram:
    found = [sweep.tally for sweep in swept if sweep.tally.low <= sweep.tally.high]
    low, high = min((t.low for t in found), default=0.0), max((t.high for t in found), default=0.0)
    edges = bin_edges(low, high, bins)
    return Histogram(
        edges,
        tuple(
            bin_counts(picture, edges, all_finite=not (sweep.tally.nan or sweep.tally.inf))
            for picture, sweep in zip(pictures, swept, strict=True)
        ),
    )


def _heatmap(shown: Picture, swept: Sweep | None, origin: tuple[int, int], shape: tuple[int, int]) -> Heatmap:
    if swept is None or swept.grid.cell == (1, 1):
        values, flags = _exact(shown)
        return Heatmap(values, values, values, flags, origin, _shape(shown), (1, 1), shape)
    cells, grid = swept.cells, swept.grid
    present = grid.sizes() - cells.absent
    empty = present == 0
    with np.errstate(over="ignore"):
        mean = cells.total / np.where(empty, 1, present) / swept.scale
    low, high, average = (
        np.where(empty, np.nan, values).astype(cells.low.dtype) for values in (cells.low, cells.high, mean)
    )
    return Heatmap(average, low, high, cells.flags, origin, _shape(shown), grid.cell, shape)


def _exact(shown: Picture) -> tuple[NDArray[np.floating], NDArray[np.uint8]]:
    """Each element as it is, in float32 where that holds it exactly; NaN and a flag where it is not finite."""
    values: NDArray[np.floating] = shown.astype(
        np.float32 if np.can_cast(shown.dtype, np.float32, "safe") else np.float64
    )
    flags: NDArray[np.uint8] = np.zeros(values.shape, np.uint8)
    flags[np.isnan(values)] = NAN
    flags[values == np.inf] = POSITIVE_INFINITY
    flags[values == -np.inf] = NEGATIVE_INFINITY
    values[flags > 0] = np.nan
    return values, flags


def _clipped(window: Window | None, shape: tuple[int, int]) -> Window:
    top, bottom, left, right = window or (0, shape[0], 0, shape[1])
    clipped = max(0, top), min(shape[0], bottom), max(0, left), min(shape[1], right)
    if clipped[0] >= clipped[1] or clipped[2] >= clipped[3]:
        raise ValueError(
            f"the window {window} holds nothing of a picture of {shape[0]} × {shape[1]}; choose one inside"
        )
    return clipped
