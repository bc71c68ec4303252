"""A continuous part of a distribution by itself: what it may reach, its shares, density and moments.

By closed forms and a few Gauss points, so that they stay right where a part is cut far out or hardly has a width, and
so that scipy.stats, which takes a second to import, is not needed for a verdict.
"""

from dataclasses import dataclass
from functools import cache
from math import cos, inf, isfinite, lgamma, pi, sqrt

import numpy as np
from numpy.typing import NDArray

from ..recipe.schemes.distribution import Part
from .quadrature import legendre

Floats = NDArray[np.float64]

#: Gauss points on a part, and the standard deviations to which those of a normal reach.
_GAUSS, _REACH = 240, 14.0
#: A normal's density at most so many times (as a logarithm) below its largest between two bounds is left out.
_VANISHED = 60.0
#: Where a normal's density changes by less than this over an interval, it is flat there.
_FLAT = 1e-8


def below(part: Part, x: Floats | float) -> Floats:
    """P(w ≤ x)."""
    from scipy import special

    z = _standard(part, x)
    match part.family:
        case "uniform":
            return np.clip(z, 0.0, 1.0)
        case "norm":
            return np.asarray(special.ndtr(z))
        case "beta":
            first, second = part.shape
            return np.asarray(special.betainc(first, second, np.clip(z, 0.0, 1.0)))
        case "truncnorm":
            low, high = part.shape
            inside = np.clip(z, low, high)
            return _mass(np.full(np.shape(z), low), inside, part.shape) / _mass_between(part.shape)


def above(part: Part, x: Floats | float) -> Floats:
    """P(w > x), exact also where it is small."""
    from scipy import special

    z = _standard(part, x)
    match part.family:
        case "uniform":
            return 1.0 - below(part, x)
        case "norm":
            return np.asarray(special.ndtr(-z))
        case "beta":
            first, second = part.shape
            return np.asarray(special.betainc(second, first, np.clip(1.0 - z, 0.0, 1.0)))
        case "truncnorm":
            low, high = part.shape
            inside = np.clip(z, low, high)
            return _mass(inside, np.full(np.shape(z), high), part.shape) / _mass_between(part.shape)


def density(part: Part, x: Floats) -> Floats:
    """Density at x (n,)."""
    z = _standard(part, x)
    match part.family:
        case "uniform":
            height = ((z >= 0) & (z <= 1)).astype(float)
        case "norm":
            height = np.exp(-z * z / 2) / sqrt(2 * pi)
        case "beta":
            first, second = part.shape
            scale = lgamma(first + second) - lgamma(first) - lgamma(second)
            with np.errstate(divide="ignore", invalid="ignore"):
                logs = (first - 1) * np.log(z) + (second - 1) * np.log1p(-z) + scale
            flat = first == second == 1
            height = np.where((z >= 0) & (z <= 1), 1.0 if flat else np.exp(logs), 0.0)
        case "truncnorm":
            low, high = part.shape
            peak = _peak(part.shape)
            with np.errstate(over="ignore", invalid="ignore"):
                tall = np.exp(-(z - peak) * (z + peak) / 2) / sqrt(2 * pi)
            height = np.where((z >= low) & (z <= high), tall, 0.0) / _mass_between(part.shape)
    return np.asarray(height / part.scale)


def support_of(part: Part) -> tuple[float, float]:
    """Smallest and largest possible value, infinite where it has no such bound."""
    match part.family:
        case "norm":
            return -inf, inf
        case "truncnorm":
            low, high = (part.loc + part.scale * edge for edge in part.shape)
            return low, high
        case _:
            return part.loc, part.loc + part.scale


@dataclass(frozen=True)
class PartMoments:
    """Mean, standard deviation, skewness, and kurtosis (3 for a normal)."""

    mean: float
    std: float
    skewness: float
    kurtosis: float


@cache
def part_moments(part: Part) -> PartMoments:
    """Moments of a weight that this part has drawn."""
    match part.family:
        case "norm":
            return PartMoments(part.loc, part.scale, 0.0, 3.0)
        case "uniform":
            return PartMoments(part.loc + part.scale / 2, part.scale / sqrt(12), 0.0, 1.8)
        case "beta":
            first, second = part.shape
            if first == second:
                std = part.scale / 2 / sqrt(2 * first + 1)
                return PartMoments(part.loc + part.scale / 2, std, 0.0, 3 - 6 / (2 * first + 3))
    anchor, steps, weights = points(part)
    mean = float(weights @ steps)
    off = steps - mean
    size = float(np.abs(off).max())
    if not (size > 0 and isfinite(size)):
        return PartMoments(anchor + mean, 0.0 if size == 0 else inf, 0.0, 3.0)
    off = off / size
    second_moment, third, fourth = (float(weights @ off**order) for order in (2, 3, 4))
    std = sqrt(second_moment)
    return PartMoments(anchor + mean, size * std, third / std**3, fourth / second_moment**2)


@cache
def points(part: Part) -> tuple[float, Floats, Floats]:
    """Points that stand for the part in sums: an anchor, their distances from it (k,), and their weights (k,)."""
    nodes, weights = legendre(_GAUSS)
    match part.family:
        case "uniform":
            return part.loc + part.scale / 2, part.scale / 2 * nodes, weights / 2
        case "norm":
            z = _REACH * nodes
            return part.loc, part.scale * z, _normalized(weights * np.exp(-z * z / 2))
        case "beta":  # in the angle, in which its density has no poles
            power = 2 * part.shape[0] - 1
            angle = min(pi / 2, _REACH / sqrt(power) if power > 0 else inf) * nodes
            heights = np.array([max(cos(one), 0.0) ** power for one in angle])
            return part.loc + part.scale / 2, part.scale / 2 * np.sin(angle), _normalized(weights * heights)
        case "truncnorm":
            low, high = part.shape
            peak = _peak(part.shape)
            left, right = max(low - peak, -_span(peak, -1)), min(high - peak, _span(peak, 1))
            steps = (left + right) / 2 + (right - left) / 2 * nodes
            heights = np.exp(-steps * (2 * peak + steps) / 2)
            return part.loc + part.scale * peak, part.scale * steps, _normalized(weights * heights)


def _normalized(weights: Floats) -> Floats:
    return np.asarray(weights / weights.sum())


def _standard(part: Part, x: Floats | float) -> Floats:
    return np.asarray((np.asarray(x, dtype=np.float64) - part.loc) / part.scale)


def _peak(edges: tuple[float, ...]) -> float:
    """The point between the edges where a standard normal's density is largest."""
    return min(max(0.0, edges[0]), edges[1])


def _span(peak: float, side: int) -> float:
    """How far from the peak, to one side, a standard normal's density still counts."""
    slope = max(0.0, side * peak)
    return 2 * _VANISHED / (sqrt(slope * slope + 2 * _VANISHED) + slope)


def _mass_between(edges: tuple[float, ...]) -> float:
    return float(_mass(np.asarray(edges[0]), np.asarray(edges[1]), edges))


@np.errstate(all="ignore")
def _mass(low: Floats, high: Floats, edges: tuple[float, ...]) -> Floats:
    """P(low < Z ≤ high) of a standard normal between its edges, relative to exp(-peak² / 2)."""
    from scipy import special

    peak = _peak(edges)
    if peak < 0:
        return _mass(-high, -low, (-edges[1], -edges[0]))
    width = high - low
    flat = np.exp(-(low - peak) * (low + peak) / 2) / sqrt(2 * pi) * width
    if peak > 0:
        exact = _tail(low, peak) - _tail(high, peak)
    else:
        middle = (special.erf(high / sqrt(2)) - special.erf(low / sqrt(2))) / 2
        exact = np.where(
            low > 0.5,
            special.ndtr(-low) - special.ndtr(-high),
            np.where(high < -0.5, special.ndtr(high) - special.ndtr(low), middle),
        )
    narrow = width * np.maximum(1.0, np.abs(low)) < _FLAT
    return np.asarray(np.where(narrow & np.isfinite(width), flat, exact))


def _tail(z: Floats, peak: float) -> Floats:
    """P(Z > z) of a standard normal relative to exp(-peak² / 2), for z ≥ peak ≥ 0."""
    from scipy import special

    tail = special.erfcx(z / sqrt(2)) / 2 * np.exp(-(z - peak) * (z + peak) / 2)
    return np.asarray(np.where(np.isinf(z), 0.0, tail))
