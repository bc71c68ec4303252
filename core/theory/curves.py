"""A distribution as it is drawn: its density on points that show every edge, and its atoms."""

from math import isfinite, ulp

import numpy as np

from ..questions.theory import Curve
from ..recipe.schemes.distribution import Distribution, Part
from .parts import Floats, below, part_moments, points, support_of
from .probability import density

#: Points on each part; a normal's trapezoids then miss its integral by less than a millionth.
_POINTS = 241
#: A normal is drawn to so many standard deviations.
_REACH = 5.5


@np.errstate(all="ignore")
def curve(distribution: Distribution) -> Curve:
    """The density as a line whose trapezoids, with the atoms, add up to 1 (to 0.3 % where it is infinite)."""
    atoms = tuple((atom.value, atom.probability) for atom in distribution.atoms)
    if not distribution.parts:
        return Curve(np.empty(0), np.empty(0), atoms, distribution.label)
    x = np.unique(np.concatenate([_points(part) for part in distribution.parts]))
    x = x[np.isfinite(x)]
    height = _finite(distribution, x, density(distribution, x))
    drawn = np.isfinite(height)  # not where numbers are too coarse for it
    return Curve(x[drawn], height[drawn], atoms, distribution.label)


def _points(part: Part) -> Floats:
    """Points on a part, closer together towards finite edges, and one just outside each of those."""
    low, high = support_of(part)
    center, reach = part.loc, _REACH * part.scale
    if part.family == "beta":  # for many dimensions nearly all of it lies in the middle
        center, reach = part.loc + part.scale / 2, 1.2 * _REACH * part_moments(part).std
    first, last = max(low, center - reach), min(high, center + reach)
    if part.family == "uniform":
        first, last = low, high
    elif first >= last:  # cut far out
        anchor, steps, _ = points(part)
        first, last = anchor + float(steps.min()), anchor + float(steps.max())
    turns = np.linspace(0, np.pi, _POINTS)
    inside = first + (last - first) * (1 - np.cos(turns)) / 2
    edges = [
        point
        for edge, outwards in ((low, -1), (high, 1))
        if isfinite(edge)
        for point in (edge, edge + outwards * 8 * ulp(max(abs(edge), part.scale)))
    ]
    return np.concatenate([np.clip(inside, low, high), edges])


def _finite(distribution: Distribution, x: Floats, height: Floats) -> Floats:
    """Heights with each infinite one replaced by what gives the trapezoid beside it the right area."""
    for index in np.flatnonzero(~np.isfinite(height)):
        beside = index + 1 if index + 1 < x.size and height[index + 1] > 0 else index - 1
        if beside < 0:
            continue
        low, high = sorted((x[index], x[beside]))
        area = sum(part.share * float(below(part, high) - below(part, low)) for part in distribution.parts)
        height[index] = max(0.0, 2 * area / (high - low) - height[beside])
    return height
