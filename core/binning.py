"""Histogram counts over equal bins that agree with `np.histogram` on the same float64 edges, value by value."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from core.pooling import Picture, finite_chunks, working_dtype
from core.scratch import one_thread, scratch

#: Elements a chunk; positions and two byte indices of each stay in the cache.
CHUNK = 1 << 17

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

    A value x lies t = (x - low) / step bins from the first edge. (x - offset) * rate is surely in
    [t - reach, t], so x is in bin floor(t - reach) unless adding `reach` leads to another bin.
    """

    dtype: np.dtype[Any]
    offset: float
    rate: float
    reach: float

    @classmethod
    def along(cls, edges: NDArray[np.float64], dtype: np.dtype[Any]) -> "Ruler | None":
        """A ruler for values of `dtype` along `edges`, None where rounding or overflow would spoil it."""
        low, high, bins = float(edges[0]), float(edges[-1]), edges.size - 1
        step = (high - low) / bins
        limits = np.finfo(dtype)
        if max(-low, high) > float(limits.max) or not float(limits.tiny) * 2**24 < step < float(limits.max) / (
            4 * bins
        ):
            return None
        # Four roundings of numbers up to `bins`, twice over; the edges are rounded to float64 as well.
        error = 4 * bins * float(limits.eps) + 2**-49 * max(abs(low), abs(high)) / step
        offset = dtype.type(low + 1.5 * error * step)
        if (float(offset) - low) / step < error:
            offset = np.nextafter(offset, dtype.type(np.inf))
        reach = ((float(offset) - low) / step + error) * (1 + float(limits.eps))
        return cls(dtype, float(offset), 1 / step, reach) if reach < 0.01 else None


@one_thread()
def bin_counts(picture: Picture, edges: NDArray[np.float64], *, all_finite: bool) -> NDArray[np.int64]:
    """Count the finite values of a picture (rows, columns) in each bin; `edges`, equally wide, enclose them."""
    counts = np.zeros(edges.size - 1, np.int64)
    dtype = working_dtype(picture.dtype)
    ruler = Ruler.along(edges, dtype) or Ruler.along(edges, np.dtype(np.float64))
    for chunk in finite_chunks(picture, CHUNK, all_finite=all_finite):
        counts += _measured(chunk, edges, ruler) if ruler else _compared(chunk, edges)
    return counts


def _measured(chunk: Picture, edges: NDArray[np.float64], ruler: Ruler) -> NDArray[np.int64]:
    """Counts (bins,) of finite values (n,) by arithmetic, of the doubtful ones among them by comparison."""
    index = np.uint8 if edges.size <= 256 else np.int32  # one index more than bins: see below
    position = scratch("position", chunk.shape, ruler.dtype)
    least, most = scratch("least index", chunk.shape, index), scratch("most index", chunk.shape, index)
    np.subtract(chunk.astype(ruler.dtype, copy=False), ruler.offset, out=position)
    np.multiply(position, ruler.rate, out=position)
    np.copyto(least, position, casting="unsafe")
    np.add(position, ruler.reach, out=position)
    np.copyto(most, position, casting="unsafe")
    counts = torch.bincount(torch.from_numpy(least), minlength=edges.size).numpy()
    doubtful = _differing(least, most)
    if doubtful is not None:
        least, most = least[doubtful], most[doubtful]
        # `reach` is far below one bin, so a doubtful value belongs to one of the two; none lies beyond the last.
        higher = chunk[doubtful] >= np.append(edges[:-1], np.inf)[most]
        counts += np.bincount(most[higher], minlength=edges.size) - np.bincount(least[higher], minlength=edges.size)
    return counts[:-1]


def _differing(least: Picture, most: Picture) -> NDArray[np.intp] | slice | None:
    """Where two arrays (n,) of indices differ, with some neighbors: they are compared eight bytes at a time."""
    per_word = 8 // least.itemsize
    end = least.size // per_word * per_word
    words = np.flatnonzero(least[:end].view(np.uint64) != most[:end].view(np.uint64))
    if not words.size and end == least.size:
        return None
    if words.size > least.size // 64:
        return slice(None)  # so many, as where all values lie on edges, that picking them out takes longer
    indices = (words[:, np.newaxis] * per_word + np.arange(per_word)).reshape(-1)
    return np.concatenate([indices, np.arange(end, least.size)])


def _compared(values: Picture, edges: NDArray[np.float64]) -> NDArray[np.int64]:
    """Counts (bins,) by comparing each value with the edges; the last edge belongs to the last bin."""
    return np.bincount(np.searchsorted(edges[1:-1], values, side="right"), minlength=edges.size - 1)
