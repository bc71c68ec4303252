"""How probable it is that a value is rounded to zero, and whether more values are zero than that explains."""

from dataclasses import replace

import torch
from torch import Tensor

from ..recipe.schemes.distribution import Distribution, Part
from .parts import below
from .rounding import Grid, finest_of, put_lowest, step_of

#: Numbers below a dtype's normal ones are flushed to zero by some devices where those are as small as this.
_FLUSHED = 1e-30
#: So many scales from its place, nothing of a part is left.
_FAR = 40.0
#: No dtype in which torch draws has wider steps than these; float8 is converted to.
_DRAWN = (torch.bfloat16, torch.float16)


def too_many(found: int, values: Tensor, grid: Grid, distribution: Distribution, certain: float) -> bool:
    """Whether so many zeros among values, of which the distribution is, have a probability below `certain`."""
    from scipy import special

    if not found:
        return False
    rate = rounded_to_zero(distribution, grid, flushed=_may_be_flushed(values, grid))
    return float(special.pdtrc(found - 1, values.numel() * rate)) < certain


def _may_be_flushed(values: Tensor, grid: Grid) -> bool:
    """Whether a device may have flushed subnormal numbers to zero: where there are such, none did."""
    normal = float(torch.finfo(grid.narrow).smallest_normal)
    return normal < _FLUSHED and not bool(((values != 0) & (values.abs() < normal)).any())


def rounded_to_zero(distribution: Distribution, grid: Grid, *, flushed: bool = False) -> float:
    """P(a value of the distribution's parts becomes zero): the shares of the interval that is rounded to it.

    That is half a step to either side, all that arithmetic may have left, and, where the device may have `flushed`
    them, all subnormal numbers. The numbers that a distribution is drawn with are rounded as well, which makes one as
    narrow as the steps narrower or wider; and a generator gives zero, or a uniform's upper bound, once in 2^24 draws.
    """
    half = max(grid.ticks / 2, grid.left)
    if flushed:
        half = max(half, float(torch.finfo(grid.narrow).smallest_normal))
    generated = step_of(torch.float64 if grid.narrow == torch.float64 else torch.float32) / 2
    return min(1.0, generated + sum(part.share * _inside(part, half, grid) for part in distribution.parts))


def _inside(part: Part, half: float, grid: Grid) -> float:
    """P(|w| ≤ half) of a part, at least; and that a uniform's upper bound, which becomes its lower one, is zero."""
    edges = (part.loc, part.loc + part.scale) if part.family == "uniform" else (part.loc,)
    place = _parameter(part.loc, grid)
    off = sum(_parameter(edge, grid) for edge in edges) if part.family == "uniform" else _parameter(part.scale, grid)
    middle = sum(edges) / len(edges) if part.family != "beta" else part.loc + part.scale / 2
    if off >= part.scale:  # all that it gives may be one number
        return 1.0 if abs(middle) <= half + place + _FAR * part.scale else 0.0
    at, reach = min(max(middle, -place), place), half / (1 - off / part.scale)
    inside = float(below(part, at + reach) - below(part, at - reach))
    if part.family == "uniform" and abs(part.loc) <= half + place:
        inside += put_lowest(Distribution("", (replace(part, share=1.0),)), *_steps_drawn(grid)) / 2
    return min(1.0, inside)


def _parameter(value: float, grid: Grid) -> float:
    """By how much a number that a distribution was drawn with may have been rounded; none where it is 0."""
    step, finest = _steps_drawn(grid)
    return (step * abs(value) + finest) / 2 if value else 0.0


def _steps_drawn(grid: Grid) -> tuple[float, float]:
    """The distance at 1, and at 0, between the numbers of the dtype in which the values were drawn, at most."""
    drawn = [dtype for dtype in (grid.stored, grid.narrow) if step_of(dtype) <= step_of(torch.bfloat16)] or _DRAWN
    return max(map(step_of, drawn)), max(map(finest_of, drawn))
