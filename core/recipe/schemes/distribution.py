"""Distributions of a single weight as plain values: atoms (values with a probability of their own) and parts.

A part names a family of `scipy.stats` with its parameters, so a distribution is a frozen value that can be compared,
kept and used as a key. `core.theory.probability` computes with it.
"""

from dataclasses import dataclass, replace
from typing import Literal

from ...text import number

Family = Literal["uniform", "norm", "truncnorm", "beta"]


@dataclass(frozen=True)
class Atom:
    """A single value and its probability."""

    value: float
    probability: float


@dataclass(frozen=True)
class Part:
    """A continuous component: `share` of the probability, spread as `scipy.stats.<family>(*shape, loc, scale)`."""

    share: float
    family: Family
    shape: tuple[float, ...]
    loc: float
    scale: float


@dataclass(frozen=True)
class Distribution:
    """What a single weight may be; probabilities of atoms and shares of parts add up to 1."""

    label: str
    parts: tuple[Part, ...] = ()
    atoms: tuple[Atom, ...] = ()

    @property
    def continuous_share(self) -> float:
        """Probability that the weight is none of the atoms."""
        return sum(part.share for part in self.parts)


def constant(value: float) -> Distribution:
    """One value for certain."""
    return Distribution(number(value), atoms=(Atom(value, 1.0),))


def uniform(low: float, high: float) -> Distribution:
    """U(low, high)."""
    if low == high:
        return constant(low)
    return Distribution(f"U({number(low)}, {number(high)})", (Part(1.0, "uniform", (), low, high - low),))


def normal(mean: float, std: float) -> Distribution:
    """N(mean, std²)."""
    if std == 0:
        return constant(mean)
    return Distribution(f"N({number(mean)}, {number(std)}²)", (Part(1.0, "norm", (), mean, std),))


def truncated_normal(mean: float, std: float, low: float, high: float) -> Distribution:
    """N(mean, std²) given that it lies between `low` and `high`."""
    label = f"N({number(mean)}, {number(std)}²) on [{number(low)}, {number(high)}]"
    part = Part(1.0, "truncnorm", ((low - mean) / std, (high - mean) / std), mean, std)
    return Distribution(label, (part,))


def sphere_coordinate(radius: float, dimensions: int) -> Distribution:
    """One coordinate of a point drawn evenly from the sphere of that radius in so many dimensions.

    It is the density ∝ (1 - (x / radius)²)^((dimensions - 3) / 2), a symmetric beta stretched to [-radius, radius].
    """
    if radius == 0:
        return constant(0.0)
    label = f"coordinate of a sphere of radius {number(radius)} in {dimensions} dimensions"
    if dimensions == 1:
        return Distribution(label, atoms=(Atom(-radius, 0.5), Atom(radius, 0.5)))
    exponent = (dimensions - 1) / 2
    return Distribution(label, (Part(1.0, "beta", (exponent, exponent), -radius, 2 * radius),))


def mixed(*shares: tuple[float, Distribution]) -> Distribution:
    """A draw from the first distribution with the first share's probability, and so on; shares add up to 1."""
    total: dict[Distribution, float] = {}
    for share, distribution in shares:
        total[distribution] = total.get(distribution, 0.0) + share
    if len(total) == 1:
        return next(iter(total))
    atoms: dict[float, float] = {}
    for distribution, share in total.items():
        for atom in distribution.atoms:
            atoms[atom.value] = atoms.get(atom.value, 0.0) + share * atom.probability
    parts = tuple(replace(part, share=share * part.share) for each, share in total.items() for part in each.parts)
    label = " + ".join(f"{number(share)} · {_term(each)}" for each, share in total.items())
    return Distribution(label, parts, tuple(Atom(*pair) for pair in sorted(atoms.items())))


def _term(distribution: Distribution) -> str:
    return f"[{distribution.label}]" if distribution.atoms and not distribution.parts else distribution.label
