"""Whole numbers that float64 rounds, beyond 2^53: their differences, extremes of cells, and how they are spelled."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .cells import Grid

#: Float64 holds every whole number up to this magnitude.
EXACT = 2**53


def has_rounded(picture: NDArray[Any]) -> bool:
    """Whether some of its values are whole numbers that float64 may round."""
    if picture.dtype.kind not in "iu" or picture.dtype.itemsize < 8 or not picture.size:
        return False
    return bool(int(picture.max()) > EXACT or int(picture.min()) < -EXACT)


def spelled_cells(picture: NDArray[Any], grid: Grid) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The lowest and the highest value of each cell, row after row, with every digit."""
    starts = [np.arange(0, length, cell) for length, cell in zip(grid.shape, grid.cell, strict=True)]
    low, high = (
        of.reduceat(of.reduceat(picture, starts[0], axis=0), starts[1], axis=1) for of in (np.minimum, np.maximum)
    )
    return tuple(map(str, low.reshape(-1).tolist())), tuple(map(str, high.reshape(-1).tolist()))


def whole_difference(before: Tensor, after: Tensor) -> Tensor:
    """`after - before` of integers of one dtype, float64, rounded once where float64 does not hold it."""
    wrapped, turns = _wrapped(before, after)
    high, low = wrapped >> 32, wrapped & 0xFFFFFFFF
    return (high + (turns << 32)).double() * 2.0**32 + low.double()


def exact_difference(before: Tensor, after: Tensor) -> Tensor:
    """The same with every digit, int64 or uint64, where float64 rounds some of it and one of these holds all of it."""
    wrapped, turns = _wrapped(before, after)
    if not turns.any() and bool(((wrapped > EXACT) | (wrapped < -EXACT)).any()):
        return wrapped
    if bool((turns > 0).any()) and bool(((turns > 0) | (wrapped >= 0)).all() & (turns >= 0).all()):
        return wrapped.view(torch.uint64)
    return whole_difference(before, after)


def _wrapped(before: Tensor, after: Tensor) -> tuple[Tensor, Tensor]:
    """`after - before` of integers of one dtype modulo 2^64, int64, and how often 2^64 is to be added, -1 to 1."""
    unsigned = after.dtype == torch.uint64
    a, b = (t.view(torch.int64) if unsigned else t.to(torch.int64) for t in (before, after))
    wrapped = b - a
    if unsigned:  # in the order of unsigned numbers
        a, b = a ^ torch.iinfo(torch.int64).min, b ^ torch.iinfo(torch.int64).min
    return wrapped, ((b >= a) & (wrapped < 0)).long() - ((b < a) & (wrapped > 0)).long()
