"""Whether values could come from a distribution: tests with p-values, each with an effect large enough to name or not.

All are for independent values without atoms. A value of limited precision stands for all numbers within one unit in
its last place, so each statistic is taken at the point of that range that fits best: p-values never come out too small.
"""

from dataclasses import dataclass, replace
from functools import lru_cache
from math import exp, expm1, hypot, inf, isfinite, log, sqrt

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from ..recipe.schemes.distribution import Distribution
from ..tensor.stats import shared_statistics
from ..text import apart, count, number
from . import tails
from .parts import Floats
from .power import is_uniform, scale_weights, variance_tail
from .probability import cdf, moments, support, within
from .rounding import Grid, put_lowest

#: Smallest effects worth naming: of a std and of a largest value relative, of a mean in std, of a cumulative share.
STD_EFFECT = MEAN_EFFECT = REACH_EFFECT = 0.02
SHAPE_EFFECT = SHARE_EFFECT = 0.01
#: Of what is seldom, so many times as much or as little is worth naming.
SELDOM_EFFECT = 1.5
#: Above this p-value, what would be usual is not computed.
_CURIOUS = 0.05
_RARE = 1e-3
#: A normal's values so many std out are drawn rightly also from uniform numbers of 24 bits, the last ones not counted.
_GENERATED = 5.2
#: Up to so many values are sorted; of more, counts in bins between the extremes tell the shape.
SORTED = 4096
#: 255 bins, so that an index of one fits a byte.
BINS = 255


@dataclass(frozen=True)
class Sample:
    """Finite values as the tests need them.

    Attributes:
        size: how many; mean, spread: their mean, and their root mean square about it; low, high: their extremes.
        zeros, negative_zeros: how many are zero of either sign, and with a minus sign.
        points: (n,), increasing; below, up_to: (n,), how many values are smaller than each point, or at most as large.
        precision: relative, one unit in the last place; finest: absolute, the distance between subnormal numbers, or
            what roundings on the way have left; coarse: how far the share of any values may be off, see `Promise`.
    """

    size: int
    mean: float
    spread: float
    low: float
    high: float
    zeros: int
    negative_zeros: int
    points: Floats
    below: NDArray[np.int64]
    up_to: NDArray[np.int64]
    precision: float
    finest: float
    coarse: float = 0.0


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


def sample(values: Tensor, grid: Grid) -> Sample:
    """A sample of all of `values`, finite and real, which can be the numbers of `grid`.

    Beyond `SORTED` values the points are the edges of equal bins. The largest deviation at the edges is never larger
    than the largest at all, so counting instead of sorting can only miss a deviation inside one bin, not invent one.
    """
    precision, finest = grid.step, grid.finest
    size = values.numel()
    if size <= SORTED:
        ordered = np.sort(values.double().reshape(-1).numpy())
        ranks = np.arange(size, dtype=np.int64)
        mean, spread = _mean_and_spread(ordered)
        zero = ordered == 0
        zeros = (int(zero.sum()), int((np.signbit(ordered) & zero).sum()))
        ends = (float(ordered[0]), float(ordered[-1]))
        return Sample(size, mean, spread, *ends, *zeros, ordered, ranks, ranks + 1, precision, finest, grid.coarse)
    (summary,), histogram, _ = shared_statistics(values, bins=BINS)
    mean, std, low, high = (float(x or 0.0) for x in (summary.mean, summary.std, summary.min, summary.max))
    spread = std * sqrt((size - 1) / size)
    below = np.concatenate([[0], np.cumsum(histogram.counts[0])])
    zeros = (summary.zeros, summary.negative_zeros)
    return Sample(size, mean, spread, low, high, *zeros, histogram.edges, below, below, precision, finest, grid.coarse)


def _mean_and_spread(values: Floats) -> tuple[float, float]:
    """Mean and root mean square about it of ordered values, in units of their size: no square overflows or vanishes."""
    middle = float(values[values.size // 2])
    if values[0] == values[-1]:
        return middle, 0.0
    if not isfinite(float(values[-1]) - float(values[0])):  # so far apart that no number is their distance
        mean, spread = _mean_and_spread(values / 4)
        return 4 * mean, 4 * spread
    off = values - middle
    size = float(np.abs(off).max())
    off = off / size
    mean = float(off.mean())
    return middle + size * mean, size * float(np.sqrt(np.square(off - mean).mean()))


def tests(values: Sample, expected: Distribution) -> tuple[Test, ...]:
    """What can be asked of a sample: its std, mean, largest deviation and shape."""
    about = moments(expected)
    if values.size < 2 or not (about.std > 0 and isfinite(about.mean + about.std)):  # beyond all numbers
        return ()
    lowest = put_lowest(expected, values.precision, values.finest)
    values = replace(values, coarse=values.coarse + lowest) if lowest else values
    std, reach = scale_weights(expected)
    asked = (_std(values, expected), std), (_mean(values, expected), 1.0), (_reach(values, expected), reach)
    return tuple(replace(test, weight=weight) for test, weight in (*asked, (_shape(values, expected), 1.0)))


def std_about(values: Sample, mean: float) -> float:
    """Root mean square of the deviations from the expected mean."""
    return hypot(values.spread, values.mean - mean)


def grain(values: Sample, expected: Distribution) -> float:
    """How far rounding alone may move the values' std and mean: one unit in the last place of usual values."""
    about = moments(expected)
    return values.precision * (abs(about.mean) + about.std) + values.finest


def _std(values: Sample, expected: Distribution) -> Test:
    about = moments(expected)
    measured = std_about(values, about.mean)
    ratio = _towards(measured, about.std, grain(values, expected)) / about.std
    sentence = f"std {_short(measured)} against {_short(about.std)} expected, {_times(measured / about.std)}"
    return _named(2 * variance_tail(expected, ratio * ratio, values.size), abs(ratio - 1) >= STD_EFFECT, sentence)


def _mean(values: Sample, expected: Distribution) -> Test:
    from scipy import special

    about, (low, high) = moments(expected), support(expected)
    slack = grain(values, expected) + (values.coarse * (high - low) if isfinite(high - low) else 0.0)
    off = _towards(values.mean - about.mean, 0.0, slack) / about.std
    if tails.skews_sums(expected):
        p = 2 * tails.mean_tail(expected, off, values.size)
    else:
        p = 2 * float(special.ndtr(-abs(off) * sqrt(values.size)))
    found, wanted = apart(values.mean, about.mean, 3)
    sentence = (
        f"mean {found} against {wanted} expected, "
        f"{abs(off) * sqrt(values.size):.1f} standard errors of {_short(about.std / sqrt(values.size))}"
    )
    return _named(p, abs(off) >= MEAN_EFFECT, sentence)


def _reach(values: Sample, expected: Distribution) -> Test:
    """The largest deviation from the mean: P(all n within it) is exact for any distribution.

    It tells a uniform's scale better than any std; too large a deviation violates the support there, so only too small
    a one is asked about. Of a normal, too large a one is an outlier; too small a one has been cut, or was no normal.
    """
    mean = moments(expected).mean
    reach = max(values.high - mean, mean - values.low)
    step = values.precision * (abs(mean) + reach) + values.finest
    low = _all_within(expected, values.size, reach + step, 2 * values.coarse)[0]
    high = _all_within(expected, values.size, reach - step, -2 * values.coarse)[1]
    if reach + step >= _generated(expected):
        low = 1.0
    p = low if is_uniform(expected) else 2 * min(low, high)
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


def _generated(expected: Distribution) -> float:
    """The deviation beyond which a generator may draw too little; infinite where its parts are bounded near."""
    mean, far = moments(expected).mean, inf
    for part in expected.parts:
        edges = part.shape if part.family == "truncnorm" else (inf,) if part.family == "norm" else (0.0,)
        if max(map(abs, edges)) > _GENERATED:
            far = min(far, abs(part.loc - mean) + _GENERATED * part.scale)
    return far


def _all_within(expected: Distribution, size: int, reach: float, more: float) -> tuple[float, float]:
    """P(all of `size` values lie within `reach` of the mean), and its complement, each of them so much more likely."""
    inside = min(1.0, within(expected, reach) + more)
    log_all = size * log(inside) if inside > 0 else -inf
    return exp(log_all), -expm1(log_all)


@lru_cache(maxsize=4096)
def _usual_reach(expected: Distribution, size: int) -> float:
    """The median of the largest deviation from the mean, found by bisection."""
    target = 0.5 ** (1 / size)
    about, low = moments(expected), 0.0
    widest = max(abs(part.loc - about.mean) + 40 * part.scale for part in expected.parts)
    high = min(max(abs(edge - about.mean) for edge in support(expected)), widest)
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
    apart = float(max(above.max() - values.coarse, under.max() - values.coarse, 0.0))
    sentence = (
        f"the values are spread otherwise: the share below some value is off by {apart:.3f}, where "
        f"{sqrt(log(2 / _RARE) / 2 / values.size):.3f} is rare for {count(values.size, 'value')}"
    )
    return _named(2 * exp(-2 * values.size * apart**2), apart >= SHAPE_EFFECT, sentence)


def share_test(hits: int, size: int, probability: float, what: str) -> Test:
    """Exact binomial test of how many of `size` values are one certain value, two-sided."""
    from scipy import special

    probability = min(1.0, max(0.0, probability))
    low = float(special.bdtr(hits, size, probability))
    high = float(special.bdtrc(hits - 1, size, probability)) if hits else 1.0
    sentence = f"{hits:,} of {size:,} values are {what}, {hits / size:.1%} against {probability:.1%} expected"
    share, seldom = hits / size, min(probability, 1 - probability)
    seen = share if probability <= 0.5 else 1 - share
    large = abs(share - probability) >= SHARE_EFFECT or not seldom / SELDOM_EFFECT <= seen <= seldom * SELDOM_EFFECT
    return _named(2 * min(low, high), large, sentence)


def _named(p: float, large: bool, sentence: str) -> Test:
    return Test(min(1.0, p) if large else 1.0, sentence)


def _towards(value: float, goal: float, step: float) -> float:
    """The value moved towards the goal by at most a step."""
    return goal if abs(value - goal) <= step else value + (step if value < goal else -step)


def _short(value: float) -> str:
    return number(value, 3)


def _times(ratio: float) -> str:
    return f"{number(ratio, 3)} times"
