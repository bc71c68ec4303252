"""Values that have a probability of their own: what they are, how many are rounded to them, which are strays."""

from math import isfinite

from torch import Tensor

from ..recipe.schemes.distribution import Distribution
from ..recipe.schemes.promise import Promise
from ..text import number
from .goodness import Test, share_test
from .parts import below, support_of
from .rounding import Grid
from .spelling import spelled

#: So many steps in all may a value and the edge at which it is cut be rounded apart, and density grow meanwhile.
_STEPS = 1.5
#: Where rounding may move more, the steps are too wide beside the distribution to tell how many it does.
_MOST_MOVED = 0.1


def as_found(on: Tensor, value: float, grid: Grid) -> str:
    """The number that those values are which count as an atom, to be read before a word."""
    if not on.numel():
        return number(value)
    text = spelled(on, value, grid).text
    return f"{text}," if "," in text else text


def without_strays(loose: Tensor, promise: Promise, grid: Grid) -> tuple[Tensor, list[Test]]:
    """The values that are no strays, and whether those that are, where there are any, are as few as they must be."""
    tests: list[Test] = []
    for value in promise.strays:
        if any(atom.value == value for atom in promise.distribution.atoms):
            continue
        others = grid.unlike(loose, value)
        size, hits = loose.numel(), loose.numel() - int(others.sum())
        if hits:
            most = promise.coarse + rounded_to(value, promise.distribution, grid)
            what = f"exactly {as_found(loose[~others], value, grid)}"
            tests.append(share_test(hits, size, min(hits / size, most), what))
            loose = loose[others]
    return loose, tests


def moved_across(distribution: Distribution, grid: Grid) -> float:
    """Probability that rounding moves a value over an edge where it would become an atom, or be none any more.

    Where `w *= abs(w) >= 5e-7` cuts, both the values and the bound are rounded, each by half a step. The outermost
    edges are no such ones unless an atom lies there, as where values were clamped.
    """
    edges = [(part, edge) for part in distribution.parts for edge in support_of(part)]
    ends = [edge for _, edge in edges]
    moved = 0.0
    for part, edge in edges:
        if not isfinite(edge):
            continue
        step = grid.step * abs(edge) + grid.finest
        at_atom = any(abs(atom.value - edge) <= step for atom in distribution.atoms)
        if at_atom or min(ends) < edge < max(ends):
            moved += part.share * float(below(part, edge + _STEPS * step) - below(part, edge - _STEPS * step))
    return moved if moved <= _MOST_MOVED else 1.0


def rounded_to(value: float, distribution: Distribution, grid: Grid) -> float:
    """Probability that a value of the distribution's parts is rounded to that number, at most."""
    step = grid.step * abs(value) + grid.finest
    return sum(part.share * float(below(part, value + step) - below(part, value - step)) for part in distribution.parts)
