"""Histogram counts over equal bins that agree with `np.histogram` on the same float64 edges, value by value."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from .buffers import one_thread, scratch
from .pooling import Picture, finite_chunks, working_dtype

#: Elements a chunk; positions and two byte indices of each stay in a last-level cache.
CHUNK = 1 << 19
#: Up to so many values, comparing each with the edges costs less than the calls that the arithmetic takes.
_FEW = 4096

_LARGEST = float(np.finfo(np.float64).max)


def bin_edges(low: float, high: float, bins: int) -> NDArray[np.float64]:
    """Float64 (bins + 1,), strictly increasing from `low` to `high`, or around them where they are too close.

    A constant c gets the range from c / 2 to 3c / 2, a constant zero that from -1/2 to 1/2.
    """
    if low == high:
        margin = abs(low) / 2 or 0.5
        low, high = max(low - margin, -_LARGEST), min(high + margin, _LARGEST)
    # Below four representable numbers a bin, rounding would make edges coincide.
    least = 4 * bins * math.ulp(max(abs(low), abs(high)))
    if high / 2 - low / 2 < least / 2:
        low, high = max(low - least, -_LARGEST), min(high + least, _LARGEST)
    if high / 4 - low / 4 < _LARGEST / 8:
        return np.linspace(low, high, bins + 1)
    return np.linspace(low / 4, high / 4, bins + 1) * 4  # a range up to twice the largest float64


@dataclass(frozen=True, slots=True)
class Ruler:
    """Arithmetic that finds a value's bin in `dtype`, with a bound on its error.

    A value x lies t = (x - low) / step bins from the first edge. x * rate + base is surely in
    [t - reach, t), so x is in bin floor(x * rate + base) unless adding `reach` leads to another bin.
    """

    dtype: np.dtype[Any]
    rate: float
    base: float
    reach: float

    @classmethod
    def along(cls, edges: NDArray[np.float64], dtype: np.dtype[Any]) -> "Ruler | None":
        """A ruler for values of `dtype` along `edges`, None where rounding or overflow would spoil it."""
        low, high, bins = float(edges[0]), float(edges[-1]), edges.size - 1
        step, largest = (high - low) / bins, max(-low, high, high - low)
        limits = np.finfo(dtype)
        if largest > float(limits.max) or not float(limits.tiny) * 2**24 < step < float(limits.max) / (4 * bins):
            return None
        # Half an eps each for the rate, the product and the base, for their sum, and for adding `reach`; a quarter
        # more, so that it is never reached; the edges are rounded to float64 as well.
        error = 0.625 * float(limits.eps) * (3 * largest / step + bins + 1) + 2**-49 * largest / step
        reach = 2 * error + float(limits.eps) * (bins + 1)
        return cls(dtype, 1 / step, -low / step - error, reach) if reach < 0.01 else None


@one_thread()
def bin_counts(picture: Picture, edges: NDArray[np.float64], *, all_finite: bool) -> NDArray[np.int64]:
    """Count the finite values of a picture (rows, columns) in each bin; `edges`, equally wide, enclose them."""
    counts = np.zeros(edges.size - 1, np.int64)
    doubtful: list[Picture] = []
    guessed: list[Picture] = []
    dtype = working_dtype(picture.dtype)
    ruler = None
    if picture.size > _FEW:
        ruler = Ruler.along(edges, dtype) or Ruler.along(edges, np.dtype(np.float64))
    for chunk in finite_chunks(picture, CHUNK, all_finite=all_finite):
        bounds = _bounds(chunk, edges.size, ruler) if ruler else None
        at = _differing(*bounds) if bounds else None
        if bounds is None or at is None:
            counts += _compared(chunk, edges)
            continue
        counts += torch.bincount(torch.from_numpy(bounds[0]), minlength=edges.size).numpy()[:-1]
        if at.size:
            doubtful.append(chunk[at])
            guessed.append(bounds[0][at])
    if doubtful:
        counts -= np.bincount(np.concatenate(guessed), minlength=edges.size)[:-1]
        counts += _compared(np.concatenate(doubtful), edges)
    return counts


def _bounds(chunk: Picture, count: int, ruler: Ruler) -> tuple[Picture, Picture]:
    """The first and the last bin (n,), below `count`, that each of finite values (n,) may be in, in scratch memory."""
    index = np.uint8 if count <= 256 else np.int32
    position = torch.from_numpy(scratch("position", chunk.shape, ruler.dtype))
    values = torch.from_numpy(chunk.astype(ruler.dtype, copy=False))
    torch.add(torch.tensor(ruler.base, dtype=values.dtype), values, alpha=ruler.rate, out=position)
    least, most = scratch("least index", chunk.shape, index), scratch("most index", chunk.shape, index)
    np.copyto(least, position.numpy(), casting="unsafe")
    np.copyto(most, position.add_(ruler.reach).numpy(), casting="unsafe")
    return least, most


def _differing(least: Picture, most: Picture) -> NDArray[np.intp] | None:
    """Where two arrays (n,) of indices differ, with some neighbors: they are compared eight bytes at a time.

    None where there are so many, as where all values lie on edges, that picking them out takes longer.
    """
    per_word = 8 // least.itemsize
    end = least.size // per_word * per_word
    words = np.flatnonzero(least[:end].view(np.uint64) != most[:end].view(np.uint64))
    if words.size > least.size // 512:
        return None
    indices = (words[:, np.newaxis] * per_word + np.arange(per_word)).reshape(-1)
    return np.concatenate([indices, np.arange(end, least.size)]) if end < least.size else indices


def _compared(values: Picture, edges: NDArray[np.float64]) -> NDArray[np.int64]:
    """Counts (bins,) by comparing each value with the edges; the last edge belongs to the last bin."""
    return np.bincount(np.searchsorted(edges[1:-1], values, side="right"), minlength=edges.size - 1)
