"""How far a mean may be off by chance where a normal approximation is wrong: bounds for heavy tails and skewness.

Chernoff (1952): P(mean of n ≥ a) ≤ exp(n · (K(t) - t a)) for every t > 0, where K(t) is the logarithm of E exp(t X). It
holds for every n, whatever the tails. Deviations are in standard deviations of one weight from its mean.
"""

from dataclasses import dataclass
from functools import cache
from math import exp, inf, isinf, log

import numpy as np

from ..recipe.schemes.distribution import Distribution, Part
from .parts import Floats, points
from .probability import moments

#: Of a distribution with more skewness, or a larger kurtosis than a normal's, sums are bounded and not approximated.
_SKEWED, _HEAVY = 0.05, 3.0001
#: A third moment is larger than another only where it is so many times as large: both come from sums over points.
_MORE = 1.001
#: E exp(t z²) of a normal is finite for t < 1/2; so far it is used, and of a cut normal, which is summed by points.
_STEEPEST, _SUMMED = 0.49, 0.2
#: Where a normal was cut, points reach as far as E exp(t z) needs for so large a t.
_FASTEST = 6.0


@dataclass(frozen=True)
class _Rates:
    """K(t) at each t, both (k,): the mean exceeds `a` with at most exp(n · (K - t a)) where t > 0, else falls short."""

    t: Floats
    k: Floats

    def tail(self, off: float, size: int) -> float:
        """P(the mean of `size` lies at `off` or beyond), bounded."""
        return exp(min(0.0, size * float(np.min(self.k - self.t * off))))

    def farthest(self, p: float, size: int) -> float:
        """Where that bound is `p`."""
        ends = (self.k - log(p) / size) / self.t
        return float(ends.min() if self.t[0] > 0 else ends.max())


@cache
def skews_sums(distribution: Distribution) -> bool:
    """Whether chance moves its sums otherwise than those of a normal, so that they need a bound."""
    about = moments(distribution)
    return about.kurtosis > _HEAVY or abs(about.skewness) > _SKEWED


@cache
def skews_squares(distribution: Distribution) -> bool:
    """Whether its tails are heavier than a normal's, or its squares more skewed than a gamma of their variance."""
    about = moments(distribution)
    if about.kurtosis > _HEAVY:
        return True
    second = third = 0.0
    for part in distribution.parts:
        anchor, steps, weights = points(part)
        square = (((anchor - about.mean) + steps) / about.std) ** 2 - 1
        second += part.share * float(weights @ square**2)
        third += part.share * float(weights @ square**3)
    return third > 2 * second**2 * _MORE


def mean_tail(distribution: Distribution, off: float, size: int) -> float:
    """P(the mean of so many values is off by that many std, to that side), bounded."""
    return _rates(distribution, False, off > 0).tail(off, size)


def variance_tail(distribution: Distribution, ratio: float, size: int) -> float:
    """P(the mean square is that many times the expected, or farther from it on that side), bounded."""
    return _rates(distribution, True, ratio > 1).tail(ratio, size)


def variance_band(distribution: Distribution, p: float, size: int) -> tuple[float, float]:
    """Mean squares, relative to the expected, that are left to either side with at most probability `p` each."""
    low, high = (_rates(distribution, True, upwards).farthest(p, size) for upwards in (False, True))
    return max(0.0, low), high


@cache
def _rates(distribution: Distribution, squares: bool, upwards: bool) -> _Rates:
    """K on a grid of t, of a weight's deviation or of its square."""
    about = moments(distribution)
    steepest = min((_steepest(part, about.std, squares) for part in distribution.parts), default=inf)
    t = np.geomspace(1e-7, min(steepest, 1e4), 300) * (1 if upwards else -1)
    logs = np.stack([_of_part(part, about.mean, about.std, t, squares) for part in distribution.parts])
    shares = np.log([part.share for part in distribution.parts])[:, None]
    return _Rates(t, np.logaddexp.reduce(logs + shares, axis=0))


def _steepest(part: Part, std: float, squares: bool) -> float:
    """The largest t for which a part's expectation is finite, and its points are enough for it."""
    relative = part.scale / std
    if part.family == "norm":
        return _STEEPEST / relative**2 if squares else inf
    if part.family == "truncnorm" and any(map(isinf, part.shape)):
        return _SUMMED / relative**2 if squares else _FASTEST / relative
    return inf


def _of_part(part: Part, mean: float, std: float, t: Floats, squares: bool) -> Floats:
    """K of one part at each t."""
    if part.family == "norm":
        center, scale = (part.loc - mean) / std, part.scale / std
        if not squares:
            return np.asarray(t * center + (t * scale) ** 2 / 2)
        rest = 1 - 2 * t * scale**2
        return np.asarray(t * center**2 / rest - np.log(rest) / 2)
    anchor, steps, weights = points(part)
    off = ((anchor - mean) + steps) / std
    exponents = t[:, None] * (off * off if squares else off)
    seen = weights > 0
    return np.asarray(np.logaddexp.reduce(exponents[:, seen] + np.log(weights[seen]), axis=1))
