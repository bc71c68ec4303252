"""How far a std may be off by chance, and whether so many values would tell that it is wrong."""

from functools import lru_cache
from math import isfinite, log, sqrt

import numpy as np

from ..recipe.schemes.distribution import Distribution
from . import tails
from .probability import cdf, moments, support, within


def scale_weights(expected: Distribution) -> tuple[float, float]:
    """Weights of the std and of the largest deviation: half of all goes to what tells the distribution's scale best."""
    return (1.0, 3.0) if is_uniform(expected) else (3.0, 1.0)


def std_band(expected: Distribution, size: int, p: float) -> tuple[float, float]:
    """The std, about the expected mean, of so many values lies outside with at most probability `p`.

    n · variance / σ² is χ² with n degrees for a normal. For lighter tails the sum of squared deviations, which are
    bounded, is less skewed than the gamma of its mean and variance (n / (kurtosis - 1) shapes) and more than the
    normal: of the two, the wider bound counts on each side. For heavier ones it is bounded by its exponential moments.
    """
    from scipy import special

    about = moments(expected)
    if tails.skews_squares(expected):
        low, high = tails.variance_band(expected, p / 2, size)
        return about.std * sqrt(low), about.std * sqrt(high)
    shapes = _shapes(expected, size)
    low = float(special.gammaincinv(shapes, p / 2)) / shapes
    high = float(special.gammainccinv(shapes, p / 2)) / shapes
    if not _is_normal(expected):
        low = min(low, max(0.0, 1 + float(special.ndtri(p / 2)) / sqrt(shapes)))
    return about.std * sqrt(low), about.std * sqrt(high)


def variance_tail(expected: Distribution, square: float, size: int) -> float:
    """P(the mean square is that many times the expected, or farther from it on that side)."""
    from scipy import special

    if tails.skews_squares(expected):
        return tails.variance_tail(expected, square, size)
    shapes = _shapes(expected, size)
    if square >= 1:
        return float(special.gammaincc(shapes, shapes * square))
    p = float(special.gammainc(shapes, shapes * square))
    return p if _is_normal(expected) else max(p, float(special.ndtr((square - 1) * sqrt(shapes))))


def tells_scale(expected: Distribution, size: int, level: float, blur: float = 0.0, factor: float = 1.5) -> bool:
    """Whether a std that is `factor` times too large, or too small, would be noticed in so many values.

    By the std itself; by the bounds, with values beyond them where they have been drawn too wide and none near them
    where too narrow; or by the shape. `level` is the probability of a false alarm that a test of weight 1 is given,
    `blur` how far rounding alone may move a value.
    """
    of_std, of_reach = scale_weights(expected)
    about, (low, high) = moments(expected), std_band(expected, size, level * of_std)
    narrow, wide = low - blur >= about.std / factor, high + blur <= about.std * factor
    edges = support(expected)
    if isfinite(sum(edges)) and blur < about.std / 10:
        inside = within(expected, max(abs(edge - about.mean) for edge in edges) / factor)
        narrow = narrow or 2 * inside**size <= level * of_reach
        wide = wide or inside**size <= 0.01
    if not (narrow and wide) and tails.skews_squares(expected) and blur < about.std / 10:
        enough = sqrt(log(2 / level) / 2 / size)
        narrow = narrow or _shape_change(expected, 1 / factor) >= enough
        wide = wide or _shape_change(expected, factor) >= enough
    return narrow and wide


@lru_cache(maxsize=4096)
def _shape_change(expected: Distribution, factor: float) -> float:
    """The largest difference between cumulative shares that a std `factor` times as large makes."""
    mean = moments(expected).mean
    x = np.unique(np.concatenate([part.loc + part.scale * np.linspace(-8, 8, 321) for part in expected.parts]))
    return float(np.abs(cdf(expected, x) - cdf(expected, mean + (x - mean) / factor)).max())


def _shapes(expected: Distribution, size: int) -> float:
    """Shapes of the gamma with the mean and variance of a mean square."""
    return size / max(moments(expected).kurtosis - 1, 1e-9)


def _is_normal(expected: Distribution) -> bool:
    return len(expected.parts) == 1 and expected.parts[0].family == "norm"


def is_uniform(expected: Distribution) -> bool:
    """Whether every part of it is uniform, so that its bounds tell more than its moments."""
    return all(part.family == "uniform" for part in expected.parts)
