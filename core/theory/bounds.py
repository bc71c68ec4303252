"""Values that lie where a distribution does not reach: beyond its bounds, in its gaps, beside its atoms."""

from math import inf

from torch import Tensor

from ..recipe.schemes.distribution import Distribution
from ..text import apart, count, number
from .goodness import Sample
from .probability import gaps, support
from .rounding import Grid


def outside(values: Tensor, loose: Tensor, whole: Sample, distribution: Distribution, grid: Grid) -> str:
    """What lies where the distribution does not reach, as a clause; "" where nothing does.

    Args:
        values: all of a tensor's; loose: those that no structure settles; whole: all of them as a sample.
        distribution: of one value; grid: what numbers they can be.
    """
    values_in_all = count(values.numel(), "value")
    low, high = support(distribution)
    slack = 2 * whole.precision * max((abs(edge) for edge in (low, high) if abs(edge) < inf), default=0.0)
    slack += whole.finest
    if whole.low < low - slack or whole.high > high + slack:
        beyond = int(((values < low - slack) | (values > high + slack)).sum())
        farthest, edge = (whole.high, high) if whole.high - high > low - whole.low else (whole.low, low)
        far, bound = apart(farthest, edge)
        bounds = f"±{bound.lstrip('−')}" if low == -high else _from_to(low, high, edge, bound)
        return f"{beyond:,} of {values_in_all} outside {bounds}, the farthest {far}"
    if not distribution.parts and (others := int((~grid.is_atom(loose, distribution)).sum())):
        return f"{others:,} of {values_in_all} are other than {distribution.label}"
    for first, last in gaps(distribution):
        slack = 2 * whole.precision * max(abs(first), abs(last)) + whole.finest
        between = (loose > first + slack) & (loose < last - slack)
        between &= ~grid.is_atom(loose, distribution)
        if between.any():
            value = float(loose[between].flatten()[0])
            nearest = min(first, last, key=lambda edge: abs(edge - value))
            one, bound = apart(value, nearest)
            inside = f"between {_from_to(first, last, nearest, bound, ' and ')}, such as {one}"
            return f"{int(between.sum()):,} of {values_in_all} {inside}"
    return ""


def _from_to(low: float, high: float, one: float, spelled: str, joint: str = " to ") -> str:
    """Two bounds, one of them already spelled with enough digits."""
    return f"{spelled if one == low else number(low)}{joint}{spelled if one == high else number(high)}"
