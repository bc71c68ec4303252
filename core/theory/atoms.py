"""Values that have a probability of their own: what they are, how many are rounded to them, which are strays."""

from torch import Tensor

from ..recipe.schemes.distribution import Distribution
from ..recipe.schemes.promise import Promise
from ..text import number
from .goodness import Test, share_test
from .parts import below
from .rounding import Grid
from .spelling import spelled


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


def rounded_to(value: float, distribution: Distribution, grid: Grid) -> float:
    """Probability that a value of the distribution's parts is rounded to that number, at most."""
    step = grid.step * abs(value) + grid.finest
    return sum(part.share * float(below(part, value + step) - below(part, value - step)) for part in distribution.parts)
