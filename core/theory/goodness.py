"""Whether values could come from a distribution: tests with p-values, each with an effect large enough to name or not.

All are for independent values without atoms. A value of limited precision stands for all numbers within one unit in
its last place, so each statistic is taken at the point of that range that fits best: p-values never come out too small.
"""

from dataclasses import dataclass, replace
from functools import lru_cache
from math import exp, expm1, inf, isfinite, log, sqrt

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..recipe.schemes.distribution import Distribution
from ..tensor.stats import shared_statistics
from ..text import count, number
from .probability import Floats, cdf, moments, support, within

#: Smallest effects worth naming: of a std and of a largest value relative, of a mean in std, of a cumulative share.
STD_EFFECT = MEAN_EFFECT = REACH_EFFECT = 0.02
SHAPE_EFFECT = SHARE_EFFECT = 0.01
#: Above this p-value, what would be usual is not computed.
_CURIOUS = 0.05
_RARE = 1e-3
#: Up to so many values are sorted; of more, counts in bins between the extremes tell the shape.
SORTED = 4096
#: 255 bins, so that an index of one fits a byte.
BINS = 255


@dataclass(frozen=True)
class Sample:
    """Finite values as the tests need them.

    Attributes:
        size: how many; mean, square: their mean and mean square; low, high: their extremes.
        zeros, negative_zeros: how many are zero of either sign, and with a minus sign.
        points: (n,), increasing; below, up_to: (n,), how many values are smaller than each point, or at most as large.
        precision: relative, one unit in the last place; finest: absolute, the distance between subnormal numbers.
    """

    size: int
    mean: float
    square: float
    low: float
    high: float
    zeros: int
    negative_zeros: int
    points: Floats
    below: NDArray[np.int64]
    up_to: NDArray[np.int64]
    precision: float
    finest: float


@dataclass(frozen=True)
class Test:
    """One question put to a sample.

    Attributes:
        p: probability of a deviation at least as large by chance, 1 where the deviation is too small to name.
        sentence: the finding as it is said when p is small.
        weight: its part of a tensor's false alarms, beside the weights of the tensor's other tests.
    """

    p: float
    sentence: str
    weight: float = 1.0


def sample(values: Tensor, dtype: torch.dtype) -> Sample:
    """A sample of all of `values`, finite and real, that were kept as `dtype`.

    Beyond `SORTED` values the points are the edges of equal bins. The largest deviation at the edges is never larger
    than the largest at all, so counting instead of sorting can only miss a deviation inside one bin, not invent one.
    """
    precision, finest = (torch.finfo(dtype).eps, torch.finfo(dtype).smallest_normal * torch.finfo(dtype).eps)
    size = values.numel()
    if size <= SORTED:
        ordered = np.sort(values.double().reshape(-1).numpy())
        ranks = np.arange(size, dtype=np.int64)
        mean, square = float(ordered.mean()), float(np.dot(ordered, ordered)) / size
        zero = ordered == 0
        zeros = (int(zero.sum()), int((np.signbit(ordered) & zero).sum()))
        ends = (float(ordered[0]), float(ordered[-1]))
        return Sample(size, mean, square, *ends, *zeros, ordered, ranks, ranks + 1, precision, finest)
    (summary,), histogram, _ = shared_statistics(values, bins=BINS)
    mean, std, low, high = (float(x or 0.0) for x in (summary.mean, summary.std, summary.min, summary.max))
    square = std**2 * (size - 1) / size + mean**2
    below = np.concatenate([[0], np.cumsum(histogram.counts[0])])
    zeros = (summary.zeros, summary.negative_zeros)
    return Sample(size, mean, square, low, high, *zeros, histogram.edges, below, below, precision, finest)


def tests(values: Sample, expected: Distribution) -> tuple[Test, ...]:
    """What can be asked of a sample: its std, mean, largest deviation and shape."""
    if values.size < 2 or not moments(expected).std:  # smaller than any number: nothing can be held against it
        return ()
    std, reach = scale_weights(expected)
    asked = (_std(values, expected), std), (_mean(values, expected), 1.0), (_reach(values, expected), reach)
    return tuple(replace(test, weight=weight) for test, weight in (*asked, (_shape(values, expected), 1.0)))


def scale_weights(expected: Distribution) -> tuple[float, float]:
    """Weights of the std and of the largest deviation: half of all goes to what tells the distribution's scale best."""
    return (1.0, 3.0) if _is_uniform(expected) else (3.0, 1.0)


def std_about(values: Sample, mean: float) -> float:
    """Root mean square of the deviations from the expected mean."""
    return sqrt(max(0.0, values.square - 2 * values.mean * mean + mean**2))


def std_band(expected: Distribution, size: int, p: float) -> tuple[float, float]:
    """The std, about the expected mean, of so many values lies outside with at most probability `p`.

    n · variance / σ² is χ² with n degrees for a normal. Else the sum of squared deviations, which are bounded, is less
    skewed than the gamma of its mean and variance (n / (kurtosis - 1) shapes) and more than the normal: of the two, the
    wider bound counts on each side.
    """
    from scipy import special

    about = moments(expected)
    shapes = size / (about.kurtosis - 1)
    low = float(special.gammaincinv(shapes, p / 2)) / shapes
    high = float(special.gammainccinv(shapes, p / 2)) / shapes
    if not _is_normal(expected):
        low = min(low, max(0.0, 1 + float(special.ndtri(p / 2)) / sqrt(shapes)))
    return about.std * sqrt(low), about.std * sqrt(high)


def _std(values: Sample, expected: Distribution) -> Test:
    from scipy import special

    about = moments(expected)
    measured = std_about(values, about.mean)
    ratio = _towards(measured / about.std, 1.0, values.precision * (1 + abs(about.mean) / about.std))
    shapes, square = values.size / (about.kurtosis - 1), ratio**2
    if square < 1:
        p = float(special.gammainc(shapes, shapes * square))
        if not _is_normal(expected):
            p = max(p, float(special.ndtr((square - 1) * sqrt(shapes))))
    else:
        p = float(special.gammaincc(shapes, shapes * square))
    sentence = f"std {_short(measured)} against {_short(about.std)} expected, {_times(measured / about.std)}"
    return _named(2 * p, abs(ratio - 1) >= STD_EFFECT, sentence)


def _mean(values: Sample, expected: Distribution) -> Test:
    from scipy import special

    about = moments(expected)
    off = _towards(values.mean - about.mean, 0.0, values.precision * (abs(about.mean) + about.std)) / about.std
    p = 2 * float(special.ndtr(-abs(off) * sqrt(values.size)))
    sentence = (
        f"mean {_short(values.mean)} against {_short(about.mean)} expected, "
        f"{abs(off) * sqrt(values.size):.1f} standard errors of {_short(about.std / sqrt(values.size))}"
    )
    return _named(p, abs(off) >= MEAN_EFFECT, sentence)


def _reach(values: Sample, expected: Distribution) -> Test:
    """The largest deviation from the mean: P(all n within it) is exact for any distribution.

    It tells a uniform's scale better than any std; too large a deviation violates the support there, so only too small
    a one is asked about. Without bounds it is the other way round, for a generator in single precision does not reach
    every value.
    """
    mean = moments(expected).mean
    reach = max(values.high - mean, mean - values.low)
    step = values.precision * (abs(mean) + reach)
    low, high = _all_within(expected, values.size, reach + step)[0], _all_within(expected, values.size, reach - step)[1]
    p = high
    if _is_uniform(expected):
        p = low
    elif isfinite(sum(support(expected))):
        p = 2 * min(low, high)
    if p > _CURIOUS:
        return Test(1.0, "")
    usual = _usual_reach(expected, values.size)
    how_many = count(values.size, "value")
    sentence = (
        f"no value is farther than {_short(reach)} from {_short(mean)}, where {_short(usual)} is usual for {how_many}"
        if reach < usual
        else f"a value lies {_short(reach)} from {_short(mean)}, where the farthest of {how_many} is usually "
        f"{_short(usual)} out"
    )
    return _named(p, abs(reach / usual - 1) >= REACH_EFFECT, sentence)


def _all_within(expected: Distribution, size: int, reach: float) -> tuple[float, float]:
    """P(all of `size` values lie within `reach` of the mean), and its complement."""
    inside = within(expected, reach)
    log_all = size * log(inside) if inside > 0 else -inf
    return exp(log_all), -expm1(log_all)


@lru_cache(maxsize=4096)
def _usual_reach(expected: Distribution, size: int) -> float:
    """The median of the largest deviation from the mean, found by bisection."""
    target = 0.5 ** (1 / size)
    about, low = moments(expected), 0.0
    high = min(max(abs(edge - about.mean) for edge in support(expected)), 40 * about.std)
    for _ in range(30):
        middle = (low + high) / 2
        low, high = (middle, high) if within(expected, middle) < target else (low, middle)
    return high


def _shape(values: Sample, expected: Distribution) -> Test:
    """Kolmogorov-Smirnov: the largest difference between cumulative shares, found and expected.

    P(difference ≥ d) ≤ 2 exp(-2 n d²) for every n and every distribution (Massart 1990), and nearly equal where small.
    """
    slack = values.precision * np.abs(values.points) + values.finest
    above = values.up_to / values.size - cdf(expected, values.points + slack)
    under = cdf(expected, values.points - slack) - values.below / values.size
    apart = float(max(above.max(), under.max(), 0.0))
    sentence = (
        f"the values are spread otherwise: the share below some value is off by {apart:.3f}, where "
        f"{sqrt(log(2 / _RARE) / 2 / values.size):.3f} is rare for {count(values.size, 'value')}"
    )
    return _named(2 * exp(-2 * values.size * apart**2), apart >= SHAPE_EFFECT, sentence)


def share_test(hits: int, size: int, probability: float, what: str) -> Test:
    """Exact binomial test of how many of `size` values are one certain value, two-sided."""
    from scipy import special

    low = float(special.bdtr(hits, size, probability))
    high = float(special.bdtrc(hits - 1, size, probability)) if hits else 1.0
    sentence = f"{hits:,} of {size:,} values are {what}, {hits / size:.1%} against {probability:.1%} expected"
    return _named(2 * min(low, high), abs(hits / size - probability) >= SHARE_EFFECT, sentence)


def tells_scale(expected: Distribution, size: int, level: float, factor: float = 1.5) -> bool:
    """Whether a std that is `factor` times too large, or too small, would be noticed in so many values.

    By the std itself, or by the bounds: values beyond them where they have been drawn too wide, none near them where
    too narrow. `level` is the probability of a false alarm that a test of weight 1 is given.
    """
    of_std, of_reach = scale_weights(expected)
    about, (low, high) = moments(expected), std_band(expected, size, level * of_std)
    narrow, wide = low >= about.std / factor, high <= about.std * factor
    edges = support(expected)
    if isfinite(sum(edges)):
        inside = within(expected, max(abs(edge - about.mean) for edge in edges) / factor)
        narrow = narrow or 2 * inside**size <= level * of_reach
        wide = wide or inside**size <= 0.01
    return narrow and wide


def _named(p: float, large: bool, sentence: str) -> Test:
    return Test(min(1.0, p) if large else 1.0, sentence)


def _towards(value: float, goal: float, step: float) -> float:
    """The value moved towards the goal by at most a step."""
    return goal if abs(value - goal) <= step else value + (step if value < goal else -step)


def _is_normal(expected: Distribution) -> bool:
    return len(expected.parts) == 1 and expected.parts[0].family == "norm"


def _is_uniform(expected: Distribution) -> bool:
    return all(part.family == "uniform" for part in expected.parts)


def _short(value: float) -> str:
    return number(value, 3)


def _times(ratio: float) -> str:
    return f"{number(ratio, 3)} times"
