"""What clamping, the inverse error function and clipping leave of a distribution."""

from dataclasses import replace
from math import inf, sqrt

import numpy as np

from ..recipe.schemes.distribution import Atom, Distribution, Part
from ..text import number
from .probability import below, support_of


def clamped(distribution: Distribution, low: float, high: float) -> Distribution:
    """The distribution of min(max(w, low), high): what lay outside is an atom at the bound.

    Raises:
        ValueError: a part is neither uniform nor normal.
    """
    atoms: dict[float, float] = {}
    for atom in distribution.atoms:
        value = min(max(atom.value, low), high)
        atoms[value] = atoms.get(value, 0.0) + atom.probability
    parts = []
    for part in distribution.parts:
        inside = _between(part, low, high)
        under = part.share * float(below(part, low)) if low > -inf else 0.0
        over = max(0.0, part.share - under - (inside.share if inside else 0.0))
        parts += [inside] if inside else []
        for value, share in ((low, under), (high, over)):
            if share > _FEWEST:
                atoms[value] = atoms.get(value, 0.0) + share
    label = f"{distribution.label} clamped to [{number(low)}, {number(high)}]"
    if not atoms and parts == list(distribution.parts):
        label = distribution.label
    return Distribution(label, tuple(parts), tuple(Atom(*pair) for pair in sorted(atoms.items())))


#: A share that no tensor is large enough to show.
_FEWEST = 1e-15


def _between(part: Part, low: float, high: float) -> Part | None:
    """The part between two bounds, with the share it has there; None where it has none."""
    first, last = support_of(part)
    if low <= first and high >= last:
        return part
    if part.family == "beta":
        raise ValueError("only uniform and normal distributions can be clamped")
    low, high = max(low, first), min(high, last)
    share = part.share * float(below(part, high) - below(part, low)) if low < high else 0.0
    if share <= _FEWEST:
        return None
    if part.share - share <= _FEWEST:
        return part
    if part.family == "uniform":
        return Part(share, "uniform", (), low, high - low)
    edges = ((low - part.loc) / part.scale, (high - part.loc) / part.scale)
    return Part(share, "truncnorm", edges, part.loc, part.scale)


def erfinv(distribution: Distribution) -> Distribution:
    """What the inverse error function makes of a uniform inside [-1, 1]: N(0, 1/2) between the ends' images.

    For U(-1, 1), erfinv is Φ⁻¹((1 + w) / 2) / √2: the way truncated normals are drawn by inversion.

    Raises:
        ValueError: it is not such a uniform.
    """
    part = distribution.parts[0] if len(distribution.parts) == 1 and not distribution.atoms else None
    if part is None or part.family != "uniform" or part.loc < -1 - 1e-9 or part.loc + part.scale > 1 + 1e-9:
        raise ValueError("erfinv is followed for a uniform distribution inside [-1, 1] only")
    low, high = max(part.loc, -1.0), min(part.loc + part.scale, 1.0)
    if low <= -1 and high >= 1:
        return Distribution("N(0, 0.7071²)", (Part(1.0, "norm", (), 0.0, sqrt(0.5)),))
    ends = tuple(sqrt(2) * value for value in _erfinv(low, high))
    label = f"N(0, 0.7071²) on [{number(ends[0] * sqrt(0.5))}, {number(ends[1] * sqrt(0.5))}]"
    return Distribution(label, (replace(part, family="truncnorm", shape=ends, loc=0.0, scale=sqrt(0.5)),))


def _erfinv(*values: float) -> list[float]:
    from scipy import special

    return [float(value) for value in special.erfinv(np.asarray(values))]
