"""Gauss's nodes and weights on [−1, 1], without LAPACK, whose threads take longer to start than a small check takes."""

from functools import cache
from math import pi

import numpy as np
from numpy.typing import NDArray

_MOST_STEPS, _CLOSE = 8, 1e-15


@cache
def legendre(n: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The n nodes and weights (n,) that integrate polynomials of degree 2n − 1 exactly, by Newton's method.

    Source: Abramowitz and Stegun, 25.4.29; the first guess 22.16.6.
    """
    x = np.cos(pi * (np.arange(n // 2 + n % 2) + 0.75) / (n + 0.5))
    for _ in range(_MOST_STEPS):
        below, at = np.ones_like(x), x
        for degree in range(2, n + 1):
            below, at = at, ((2 * degree - 1) * x * at - (degree - 1) * below) / degree
        slope = n * (x * at - below) / (x * x - 1)
        step = at / slope
        x = x - step
        if np.abs(step).max() < _CLOSE:
            break
    weights = 2 / ((1 - x * x) * slope**2)
    mirrored = slice(n % 2, None)
    return np.concatenate([-x, x[::-1][mirrored]]), np.concatenate([weights, weights[::-1][mirrored]])
