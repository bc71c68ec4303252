"""What can be computed of a distribution: moments, densities, shares, and what cutting or scaling leaves of it.

scipy.stats takes a second to import; it is imported when a number is first asked for.
"""

from dataclasses import dataclass, replace
from functools import cache
from math import inf, isfinite, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..recipe.schemes.distribution import Atom, Distribution, Part
from ..text import number

Floats = NDArray[np.float64]


def cut_below(distribution: Distribution, at_least: float) -> Distribution:
    """The distribution of w · [|w| ≥ at_least], as `w *= abs(w) >= 5` leaves it: what is smaller becomes an atom at 0.

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
    """The part between two bounds with the share it has there; None where it has none."""
    if part.family == "beta":
        raise ValueError("kept() can cut uniform, normal and trunc_normal distributions only; declare one of these")
    first, last = support_of(part)
    low, high = max(low, first), min(high, last)
    share = part.share * float(below(part, high) - below(part, low)) if low < high else 0.0
    if share <= 0:
        return None
    if part.family == "uniform":
        return Part(share, "uniform", (), low, high - low)
    return Part(
        share, "truncnorm", ((low - part.loc) / part.scale, (high - part.loc) / part.scale), part.loc, part.scale
    )


def affine(distribution: Distribution, factor: float, offset: float) -> Distribution:
    """The distribution of factor · w + offset.

    Raises:
        ValueError: the factor is zero, so that nothing is left of the distribution.
    """
    if factor == 0:
        raise ValueError("multiplying by 0 leaves a constant; declare zeros()")
    parts = []
    for part in distribution.parts:
        loc, shape = factor * part.loc + offset, part.shape
        if factor < 0 and part.family == "truncnorm":
            shape = (-part.shape[1], -part.shape[0])
        elif factor < 0 and part.family in ("uniform", "beta"):
            loc += factor * part.scale  # these begin at loc; the others are centered there
        parts.append(Part(part.share, part.family, shape, loc, abs(factor) * part.scale))
    label = distribution.label
    if factor != 1:
        label = f"{number(factor)} · ({label})"
    if offset:
        label = f"{label} + {number(offset)}"
    atoms = tuple(Atom(factor * atom.value + offset, atom.probability) for atom in distribution.atoms)
    return Distribution(label, tuple(parts), tuple(sorted(atoms, key=lambda atom: atom.value)))


@cache
def frozen(part: Part) -> Any:
    """The scipy distribution of a part, by itself; scipy's stubs do not name the type of a frozen one."""
    from scipy import stats

    return getattr(stats, part.family)(*part.shape, loc=part.loc, scale=part.scale)


def below(part: Part, x: Floats | float) -> Floats:
    """P(w ≤ x) of a part by itself; for the usual families without the checks of scipy.stats, which take longest."""
    z = (np.asarray(x) - part.loc) / part.scale
    match part.family:
        case "uniform":
            return np.clip(z, 0.0, 1.0)
        case "norm":
            return _normal_below(z)
        case _:
            return np.asarray(frozen(part).cdf(x))


def above(part: Part, x: Floats | float) -> Floats:
    """P(w > x) of a part by itself, exact also where it is small."""
    match part.family:
        case "uniform":
            return 1.0 - below(part, x)
        case "norm":
            return _normal_below((part.loc - np.asarray(x)) / part.scale)
        case _:
            return np.asarray(frozen(part).sf(x))


def _normal_below(z: Floats) -> Floats:
    from scipy import special

    return np.asarray(special.ndtr(z))


def support_of(part: Part) -> tuple[float, float]:
    """Smallest and largest possible value of a part, infinite where it has no such bound."""
    match part.family:
        case "norm":
            return -inf, inf
        case "truncnorm":
            low, high = (part.loc + part.scale * edge for edge in part.shape)
            return low, high
        case _:
            return part.loc, part.loc + part.scale


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
    """Mean, standard deviation, and kurtosis E[(w - mean)⁴] / std⁴ (3 for a normal; NaN where std is 0)."""

    mean: float
    std: float
    kurtosis: float


@cache
def moments(distribution: Distribution) -> DistributionMoments:
    """Moments of a single weight."""
    terms = [(atom.probability, (atom.value, 0.0, 0.0, 0.0)) for atom in distribution.atoms]
    terms += [(part.share, _part_moments(part)) for part in distribution.parts]
    mean = sum(share * own[0] for share, own in terms)
    second = fourth = 0.0
    for share, (center, variance, third, tail) in terms:
        shift = center - mean
        second += share * (variance + shift**2)
        fourth += share * (tail + 4 * shift * third + 6 * shift**2 * variance + shift**4)
    return DistributionMoments(mean, sqrt(second), fourth / second**2 if second > 0 else float("nan"))


@cache
def _part_moments(part: Part) -> tuple[float, float, float, float]:
    """Mean and central moments of order 2, 3 and 4."""
    mean, variance, skew, excess = (float(moment) for moment in frozen(part).stats(moments="mvsk"))
    return mean, variance, skew * variance**1.5, (excess + 3) * variance**2


def continuous(distribution: Distribution) -> Distribution:
    """The distribution given that the weight is none of the atoms."""
    share = distribution.continuous_share
    return Distribution(
        distribution.label, tuple(replace(part, share=part.share / share) for part in distribution.parts)
    )


def density(distribution: Distribution, x: Floats) -> Floats:
    """Density of the continuous parts at x (n,); with the atoms it integrates to 1."""
    return sum((part.share * frozen(part).pdf(x) for part in distribution.parts), np.zeros(np.shape(x)))


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
