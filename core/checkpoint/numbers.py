"""The values of a chunk as numbers and as bits, and sums of squares that neither overflow nor vanish."""

import math
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Floats = NDArray[np.float64]
Numbers = NDArray[Any]
_BITS = {1: np.uint8, 2: np.uint16, 4: np.uint32, 8: np.uint64}
#: The values of the four bits of float4_e2m1fn, low to high; the lower half of a byte is the first of its two.
_FOUR_BITS = np.array([0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, -0.0, -0.5, -1.0, -1.5, -2.0, -3.0, -4.0, -6.0])
_PACKED = getattr(torch, "float4_e2m1fn_x2", None)
#: Below this exponent squares of float64 are exact enough, and sums of 2^60 of them do not overflow.
_MODERATE = 400


def parts(dtype: torch.dtype) -> int:
    """How many numbers an element has: two of a complex or packed one."""
    return 2 if dtype.is_complex or dtype == _PACKED else 1


def bits(chunk: Tensor) -> Numbers:
    """The elements' bits, (numel, k): equal in all k where not a bit differs."""
    width = min(chunk.dtype.itemsize, 8)
    raw = torch.empty(0, dtype=torch.uint8).set_(chunk.untyped_storage())
    size, first = chunk.dtype.itemsize, chunk.storage_offset() * chunk.dtype.itemsize
    held = raw[first : first + chunk.numel() * size].numpy()
    return held.view(_BITS[width]).reshape(chunk.numel(), -1)


def numbers(chunk: Tensor) -> Numbers:
    """The elements as numbers, (numel × parts,): whole ones as whole numbers, others in float64, all exact."""
    if chunk.dtype == _PACKED:
        raw = bits(chunk).reshape(-1).astype(np.intp)
        return _FOUR_BITS[np.stack((raw & 15, raw >> 4), axis=1)].reshape(-1)
    if chunk.is_complex():
        pair = {4: torch.float16, 8: torch.float32, 16: torch.float64}[chunk.dtype.itemsize]
        flat = torch.empty(0, dtype=pair)
        flat.set_(chunk.untyped_storage(), chunk.storage_offset() * 2, (chunk.numel() * 2,), (1,))
        return flat.double().numpy()
    if chunk.is_floating_point():
        return chunk.to(torch.float64).numpy()
    return chunk.numpy().astype(np.uint64 if chunk.dtype == torch.uint64 else np.int64)


def differing(before: Numbers, after: Numbers) -> NDArray[np.bool_]:
    """Which numbers differ; a NaN is any NaN, and two floats differ in the sign of a zero."""
    kinds = before.dtype.kind in "iu", after.dtype.kind in "iu"
    if all(kinds):
        (high, low), (high_after, low_after) = _halves(before), _halves(after)
        return np.asarray((high != high_after) | (low != low_after))
    if any(kinds):
        apart, _ = difference(before, after)
        return np.asarray(apart != 0.0)
    old, new = before.astype(np.float64), after.astype(np.float64)
    return np.asarray((old.view(np.uint64) != new.view(np.uint64)) & ~(np.isnan(old) & np.isnan(new)))


def difference(before: Numbers, after: Numbers) -> tuple[Floats, int]:
    """`after - before`, rounded once, over two to the power of the second value, which is 1 where it would overflow."""
    kinds = before.dtype.kind in "iu", after.dtype.kind in "iu"
    if all(kinds):
        return _whole_difference(before, after), 0
    if any(kinds):
        return _mixed_difference(before, after), 0
    old, new = before.astype(np.float64), after.astype(np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        apart = new - old
        if np.isinf(apart[np.isfinite(old) & np.isfinite(new)]).any():
            return new / 2 - old / 2, 1
    return apart, 0


def _whole_difference(before: Numbers, after: Numbers) -> Floats:
    (high, low), (high_after, low_after) = _halves(before), _halves(after)
    found: Floats = (high_after - high).astype(np.float64) * 2.0**32 + (low_after - low).astype(np.float64)
    return found


def _mixed_difference(before: Numbers, after: Numbers) -> Floats:
    """Of a whole number and a float, taken off in two halves that float64 holds: 0 only where they are equal."""
    whole, other, sign = (before, after, 1.0) if before.dtype.kind in "iu" else (after, before, -1.0)
    high, low = _halves(whole)
    with np.errstate(invalid="ignore", over="ignore"):
        apart: Floats = (other.astype(np.float64) - high.astype(np.float64) * 2.0**32) - low.astype(np.float64)
    return sign * apart


def _halves(whole: Numbers) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The upper and lower 32 bits, so that x = upper × 2³² + lower with 0 ≤ lower < 2³²."""
    low = np.bitwise_and(whole, whole.dtype.type(0xFFFFFFFF)).astype(np.int64)
    return np.right_shift(whole, whole.dtype.type(32)).astype(np.int64), low


class Products:
    """A sum of products of float64 values, kept as sums and exponents of two: it neither overflows nor vanishes."""

    def __init__(self) -> None:
        self._sums: dict[int, list[float]] = {}

    def add(self, one: Floats, other: Floats, exponent: int = 0) -> None:
        """Add the products of `one` and `other`, finite both, times 2^exponent."""
        shifts = [_shift(values) for values in (one, other)]
        one, other = (np.ldexp(v, -by) if by else v for v, by in zip((one, other), shifts, strict=True))
        self._sums.setdefault(sum(shifts) + exponent, []).append(float((one * other).sum()))

    def total(self) -> tuple[float, int]:
        """The sum as m × 2^e, with 0.5 ≤ |m| < 1 or m = 0."""
        sums = {shift: math.fsum(found) for shift, found in self._sums.items() if any(found)}
        if not sums:
            return 0.0, 0
        top = max(sums)
        mantissa, power = math.frexp(math.fsum(math.ldexp(found, shift - top) for shift, found in sums.items()))
        return mantissa, power + top


def _shift(values: Floats) -> int:
    power = math.frexp(float(np.abs(values).max(initial=0.0)))[1]
    return 0 if abs(power) < _MODERATE else power


def root_of_ratio(over: tuple[float, int], under: tuple[float, int]) -> float:
    """The root of one sum of squares over another: 0 over anything is 0, anything else over 0 is infinite."""
    if not over[0]:
        return 0.0
    if not under[0]:
        return math.inf
    power = over[1] - under[1]
    try:
        return math.ldexp(math.sqrt(over[0] / under[0] * (2 if power % 2 else 1)), power // 2)
    except OverflowError:
        return math.inf


def cosine(product: tuple[float, int], one: tuple[float, int], other: tuple[float, int]) -> float | None:
    """A sum of products over the roots of the two sums of squares, from -1 to 1; None where one of those is 0."""
    if not one[0] or not other[0]:
        return None
    power = one[1] + other[1]
    length = math.sqrt(one[0] * other[0] * (2 if power % 2 else 1))
    return max(-1.0, min(1.0, math.ldexp(product[0] / length, product[1] - power // 2)))
