"""What can be computed of a distribution: moments, densities, shares, and what cutting or scaling leaves of it."""

from dataclasses import dataclass, replace
from functools import cache
from math import inf, isfinite, nan, sqrt

import numpy as np

from ..recipe.schemes.distribution import Atom, Distribution, Part, normal, uniform
from ..text import number
from . import parts
from .parts import Floats, PartMoments, above, below, part_moments, support_of

#: What is drawn more seldom than this is never drawn: a generator of single precision does not come near it.
_NEVER = 1e-20


@np.errstate(all="ignore")
def cut_below(distribution: Distribution, at_least: float) -> Distribution:
    """The distribution of w · [|w| ≥ at_least], as `w *= abs(w) >= 5` leaves it: what is smaller becomes an atom at 0.

    What is left with a probability that no tensor meets is left out: of N(0, 0.18²), say, nothing reaches 5.

    Raises:
        ValueError: a part of the distribution is neither uniform nor normal.
    """
    atoms: dict[float, float] = {0.0: 0.0}
    for atom in distribution.atoms:
        value = atom.value if abs(atom.value) >= at_least else 0.0
        atoms[value] = atoms.get(value, 0.0) + atom.probability
    pieces = [
        piece
        for part in distribution.parts
        for low, high in ((-inf, -at_least), (at_least, inf))
        if (piece := _slice(part, low, high)) is not None
    ]
    gone = distribution.continuous_share - sum(piece.share for piece in pieces)
    atoms[0.0] += max(0.0, gone)
    return Distribution(
        f"{distribution.label} kept where |w| ≥ {number(at_least)}",
        tuple(pieces),
        tuple(Atom(value, p) for value, p in sorted(atoms.items()) if p > 0),
    )


def _slice(part: Part, low: float, high: float) -> Part | None:
    """The part between two bounds with the share it has there; None where that is none, or as good as none."""
    if part.family == "beta":
        raise ValueError("kept() can cut uniform, normal and trunc_normal distributions only; declare one of these")
    first, last = support_of(part)
    low, high = max(low, first), min(high, last)
    if not low < high:
        return None
    reached = above(part, low) - above(part, high) if low > part.loc else below(part, high) - below(part, low)
    share = part.share * float(reached)
    if not share > _NEVER:
        return None
    if part.family == "uniform":
        return Part(share, "uniform", (), low, high - low)
    edges = ((low - part.loc) / part.scale, (high - part.loc) / part.scale)
    return Part(share, "truncnorm", edges, part.loc, part.scale) if edges[0] < edges[1] else None


def affine(distribution: Distribution, factor: float, offset: float) -> Distribution:
    """The distribution of factor · w + offset.

    Raises:
        ValueError: the factor is zero, so that nothing is left of the distribution.
    """
    if factor == 0:
        raise ValueError("multiplying by 0 leaves a constant; declare zeros()")
    moved: list[Part] = []
    atoms: dict[float, float] = {}
    for atom in distribution.atoms:
        value = factor * atom.value + offset
        atoms[value] = atoms.get(value, 0.0) + atom.probability
    for part in distribution.parts:
        loc, shape = factor * part.loc + offset, part.shape
        if not abs(factor) * part.scale > 0:  # narrower than any number: one value is left
            atoms[loc] = atoms.get(loc, 0.0) + part.share
            continue
        if factor < 0 and part.family == "truncnorm":
            shape = (-part.shape[1], -part.shape[0])
        elif factor < 0 and part.family in ("uniform", "beta"):
            loc += factor * part.scale  # these begin at loc; the others are centered there
        moved.append(Part(part.share, part.family, shape, loc, abs(factor) * part.scale))
    label = _name(moved[0]) if not atoms and len(moved) == 1 else ""
    if not label:
        label = distribution.label if factor == 1 else f"{number(factor)} · ({distribution.label})"
        label = f"{label} + {number(offset)}" if offset else label
    return Distribution(label, tuple(moved), tuple(Atom(*pair) for pair in sorted(atoms.items())))


def _name(part: Part) -> str:
    """What a distribution of that part alone is called; "" where it has no name of its own."""
    if part.family == "norm" and part.scale < inf:
        return normal(part.loc, part.scale).label
    if part.family == "uniform" and part.scale < inf:
        return uniform(part.loc, part.loc + part.scale).label
    return ""


def support(distribution: Distribution) -> tuple[float, float]:
    """Smallest and largest possible value, infinite where there is no such bound."""
    bounds = [support_of(part) for part in distribution.parts]
    bounds += [(atom.value, atom.value) for atom in distribution.atoms]
    return min(low for low, _ in bounds), max(high for _, high in bounds)


def gaps(distribution: Distribution) -> tuple[tuple[float, float], ...]:
    """Open intervals inside the support that no continuous part reaches; atoms may lie in them."""
    found, reached = [], -inf
    for low, high in sorted(support_of(part) for part in distribution.parts):
        if reached < low and isfinite(reached):
            found.append((reached, low))
        reached = max(reached, high)
    return tuple(found)


@dataclass(frozen=True)
class DistributionMoments:
    """Mean, standard deviation, skewness, and kurtosis E[(w - mean)⁴] / std⁴ (3 for a normal; NaN where std is 0)."""

    mean: float
    std: float
    skewness: float
    kurtosis: float


@cache
def moments(distribution: Distribution) -> DistributionMoments:
    """Moments of a single weight; a mean that is rounding noise beside the spread is 0."""
    found = _moments(distribution)
    return replace(found, mean=0.0) if abs(found.mean) <= _NOISE * found.std else found


#: Sums of a few double-precision numbers are off by such a share of their spread.
_NOISE = 1e-14


def _moments(distribution: Distribution) -> DistributionMoments:
    """Moments in units of their own size: no square of them overflows or vanishes."""
    terms = [(atom.probability, PartMoments(atom.value, 0.0, 0.0, 3.0)) for atom in distribution.atoms]
    terms += [(part.share, part_moments(part)) for part in distribution.parts]
    if len(terms) == 1 and terms[0][1].std > 0:
        only = terms[0][1]
        return DistributionMoments(only.mean, only.std, only.skewness, only.kurtosis)
    mean = sum(share * own.mean for share, own in terms)
    size = max(max(own.std, abs(own.mean - mean)) for _, own in terms)
    if not (size > 0 and isfinite(size)):
        return DistributionMoments(mean, size, nan, nan)
    second = third = fourth = 0.0
    for share, own in terms:
        shift, std = (own.mean - mean) / size, own.std / size
        second += share * (std**2 + shift**2)
        third += share * (own.skewness * std**3 + 3 * shift * std**2 + shift**3)
        fourth += share * (own.kurtosis * std**4 + 4 * shift * own.skewness * std**3)
        fourth += share * (6 * shift**2 * std**2 + shift**4)
    if not second > 0:
        return DistributionMoments(mean, 0.0, nan, nan)
    return DistributionMoments(mean, size * sqrt(second), third / second**1.5, fourth / second / second)


def continuous(distribution: Distribution) -> Distribution:
    """The distribution given that the weight is none of the atoms."""
    share = distribution.continuous_share
    return Distribution(
        distribution.label, tuple(replace(part, share=part.share / share) for part in distribution.parts)
    )


def density(distribution: Distribution, x: Floats) -> Floats:
    """Density of the continuous parts at x (n,); with the atoms it integrates to 1."""
    return sum((part.share * parts.density(part, x) for part in distribution.parts), np.zeros(np.shape(x)))


def cdf(distribution: Distribution, x: Floats | float) -> Floats:
    """P(w ≤ x) at x (n,), atoms included."""
    total = np.zeros(np.shape(x))
    for part in distribution.parts:
        total = total + part.share * below(part, x)
    for atom in distribution.atoms:
        total = total + atom.probability * (np.asarray(x) >= atom.value)
    return total


def within(distribution: Distribution, reach: float) -> float:
    """P(|w - mean| ≤ reach), the complement computed where it is small, for a distribution without atoms."""
    mean = moments(distribution).mean
    return 1.0 - sum(
        part.share * float(below(part, mean - reach) + above(part, mean + reach)) for part in distribution.parts
    )
