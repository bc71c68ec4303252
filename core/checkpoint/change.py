"""How one tensor differs from another: how many values, by how much, and whether in direction."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from .numbers import Numbers, Products, bits, cosine, difference, differing, numbers, parts, root_of_ratio
from .sides import Held


@dataclass(frozen=True)
class ValueChange:
    """changed: how many elements differ; relative: L2 of the difference over L2 before; cosine: of the two, or None."""

    changed: int
    relative: float
    cosine: float | None


UNCHANGED = ValueChange(0, 0.0, 1.0)


def value_change(before: Held, after: Held) -> ValueChange:
    """The change between two tensors of one shape, chunk by chunk; what `compare_states` says of its numbers holds.

    Raises:
        ValueError: one of the two has no values, or its file changed.
    """
    chunks = zip(before.chunks(), after.chunks(), strict=True)
    changed = sum(int(_differs(old, new).sum()) for old, new in chunks)
    return _measured(before, after, changed) if changed else UNCHANGED


def _measured(before: Held, after: Held, changed: int) -> ValueChange:
    apart, base, other, both = Products(), Products(), Products(), Products()
    for one, two in zip(before.chunks(), after.chunks(), strict=True):
        old, new = _numbers(one, two), _numbers(two, one)
        finite = np.isfinite(old) & np.isfinite(new)
        differs = np.repeat(_differs(one, two), len(old) // max(one.numel(), 1))
        if (differs & ~finite).any():
            return ValueChange(changed, math.inf, None)
        old, new = old[finite], new[finite]  # what is not finite stayed as it was
        moved, exponent = difference(old, new)
        old, new = old.astype(np.float64), new.astype(np.float64)
        apart.add(moved, moved, 2 * exponent)
        base.add(old, old)
        other.add(new, new)
        both.add(old, new)
    relative = root_of_ratio(apart.total(), base.total())
    return ValueChange(changed, relative, cosine(both.total(), base.total(), other.total()))


def _differs(old: Tensor, new: Tensor) -> NDArray[np.bool_]:
    """Which elements differ, (numel,): in a bit, or where the dtypes differ as numbers."""
    if old.dtype == new.dtype:
        return np.asarray((bits(old) != bits(new)).any(axis=1))
    found = differing(_numbers(old, new), _numbers(new, old))
    return np.asarray(found.reshape(old.numel(), -1).any(axis=1))


def _numbers(chunk: Tensor, beside: Tensor) -> Numbers:
    """The chunk's numbers; a real one's with imaginary parts of 0 beside complex ones."""
    found = numbers(chunk)
    if parts(chunk.dtype) < parts(beside.dtype):
        return np.stack((found, np.zeros_like(found)), axis=1).reshape(-1)
    return found
