"""Whether equal values are evidence: what independent draws never repeat and nobody fills in by custom."""

from math import log2

import numpy as np
import torch
from numpy.typing import NDArray

Bits = NDArray[np.integer]

#: So many bits in its distinct values make a tensor unlike any other: a chance of 2e-10.
_VALUE_BITS = 32
#: A tensor of so few distinct values, such as signs, is judged by their order, if that holds so many bits.
_FEW, _ORDER_BITS = 16, 128
#: An order that can be told with less than this part of its entropy is a pattern, such as an identity's.
_PATTERN = 0.75
#: How many elements are looked at, at first and at most.
_FIRST, _MOST = 2**12, 2**16


def telling(bits: Bits, dtype: torch.dtype) -> bool:
    """Whether another tensor of these very values, given as integers of as many bits, is no coincidence.

    A value counts by the digits that it needs: of a draw in float32 some 23 binary ones behind the point, of 0, 1 and
    -0.5 none, however many bits they are stored in. The *distinct* magnitudes together have to have 32. So two drawn
    float32 numbers are enough, while one number in every place, an identity (scaled or not), a mask, and a bias with
    one gate set are not. Numbers of a narrow dtype count less, integers by their own digits. A tensor of few distinct
    values, such as signs, is evidence by their order, unless that is a pattern: see `_unordered`.
    """
    flat = bits.reshape(-1)
    if enough_digits(flat[:_FIRST], dtype):
        return True
    others = flat[flat != flat[0]][:_MOST]
    return len(others) > 0 and (enough_digits(np.append(others, flat[0]), dtype) or _unordered(flat[:_MOST]))


def enough_digits(values: Bits, dtype: torch.dtype) -> bool:
    """Whether the distinct magnitudes have 32 digits together."""
    distinct = np.unique(values).astype(np.int64)
    if len(distinct) < 2:
        return False
    if not (dtype.is_floating_point or dtype.is_complex):
        whole = np.unique(np.abs(distinct[distinct != 0]))
        return int((_highest(whole) - _lowest(whole)).sum()) >= _VALUE_BITS
    magnitudes = np.unique(distinct & ((1 << (8 * values.dtype.itemsize - 1)) - 1))
    behind = round(-log2(torch.finfo(dtype).eps))  # of a complex dtype those of its parts
    fractions = magnitudes & ((1 << behind) - 1)
    return int((behind - _lowest(fractions[fractions > 0])).sum()) >= _VALUE_BITS


def _highest(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """The place of the highest binary one of each of these positive numbers."""
    return np.frexp(numbers.astype(np.float64))[1].astype(np.int64) - 1


def _lowest(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """The place of the lowest one."""
    return _highest(numbers & -numbers)


def _unordered(values: Bits) -> bool:
    """Whether few distinct values stand in an order that no pattern gives.

    The order is told by the steps from each value that is not the most frequent to the next: an identity takes the same
    step always, a triangle of ones nearly always. Independent draws need as many bits this way as by their shares.
    """
    distinct, codes, counts = np.unique(values, return_inverse=True, return_counts=True)
    entropy = _entropy(counts)
    if not 2 <= len(distinct) <= _FEW or entropy < _ORDER_BITS:
        return False
    places = np.flatnonzero(codes != counts.argmax())
    steps = np.unique(np.diff(places), return_counts=True)[1]
    which = np.unique(codes[places], return_counts=True)[1]
    return _entropy(steps) + _entropy(which) > _PATTERN * entropy


def _entropy(counts: NDArray[np.int64]) -> float:
    """In bits, of as many things of as many kinds in any order."""
    return float(-(counts * np.log2(counts / counts.sum())).sum())
