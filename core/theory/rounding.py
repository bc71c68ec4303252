"""On what grid of numbers a tensor's values lie: its dtype's, a narrower one's, or what arithmetic left."""

from dataclasses import dataclass, replace
from math import isfinite

import torch
from torch import Tensor

from ..recipe.schemes.distribution import Distribution
from ..recipe.schemes.promise import Added, Exactly, Fixed, Promise
from .probability import moments

#: Narrower dtypes by which a wider tensor's values may have come, the coarsest first, and how many distinct values it
#: takes to believe it: some few, such as 1 and −0.5, are numbers of any dtype.
_NARROWER = (
    (torch.float8_e5m2, 8),
    (torch.float8_e5m2fnuz, 8),
    (torch.float8_e4m3fn, 8),
    (torch.float8_e4m3fnuz, 8),
    (torch.bfloat16, 2),
    (torch.float16, 2),
    (torch.float32, 2),
)
_GLANCE = 64
#: The last bits of a number, as an integer type and a mask, that no narrower dtype has.
_LOW_BITS = {torch.float32: (torch.int32, (1 << 13) - 1), torch.float64: (torch.int64, (1 << 29) - 1)}
#: Below it, steps become no finer, those of bfloat16 and float32 neither.
_SMALLEST = float(torch.finfo(torch.float32).smallest_normal)
#: A normal's values hardly lie farther out than so many std.
_USUAL = 6.0


#: Of what torch says of a dtype's steps, what is not so.
_STEPS = {torch.float8_e5m2fnuz: 0.25}
#: Where the values that are glanced at are so many steps from zero, hardly any is rounded to it.
_FAR_FROM_ZERO = 4096


def step_of(dtype: torch.dtype) -> float:
    """The distance between a floating dtype's numbers at 1."""
    return _STEPS.get(dtype) or float(torch.finfo(dtype).eps)


def finest_of(dtype: torch.dtype) -> float:
    """The distance between a floating dtype's numbers at 0."""
    return float(torch.finfo(dtype).smallest_normal) * step_of(dtype)


def dtype_named(name: str) -> torch.dtype | None:
    """The floating dtype that torch calls by this name; None where it is none."""
    found = getattr(torch, name, None)
    return found if isinstance(found, torch.dtype) and found.is_floating_point else None


def grid_of(values: Tensor, stored: torch.dtype) -> "Grid":
    """The numbers that floating `values` can be, finite and kept as `stored`: every one of them fits that grid."""
    flat = values.reshape(-1)
    some = flat[:: max(1, flat.numel() // _GLANCE)][:_GLANCE]
    bits = _LOW_BITS.get(values.dtype)
    if bool((some == some[0]).all()) or (bits is not None and bool((some.contiguous().view(bits[0]) & bits[1]).any())):
        return Grid(stored, stored)  # the usual case, told at a glance
    narrow = _narrowest(some, flat, stored)
    return Grid(stored, narrow, least=_ticks(some, flat, max(finest_of(stored), finest_of(narrow))))


def _narrowest(some: Tensor, flat: Tensor, stored: torch.dtype) -> torch.dtype:
    """The narrowest dtype that holds all values, as `some` of them suggest: they were rounded to it once.

    Where they are too few to tell, `stored` itself.
    """
    for narrow, enough in _NARROWER:
        if step_of(narrow) > step_of(stored) and _are_of(some, flat, narrow, enough):
            return narrow
    return stored


def _ticks(some: Tensor, flat: Tensor, ticks: float) -> float:
    """The distance at 0 between the numbers that values can be, `ticks` or more.

    Next to zero another dtype may have been the coarser one: numbers of float16 that small fit bfloat16, whose steps
    there are far finer.
    """
    sizes = some[some != 0].abs()
    smallest = float(sizes.min()) if sizes.numel() else 0.0
    for other, enough in _NARROWER:
        coarse = finest_of(other)
        if coarse > ticks and smallest < _FAR_FROM_ZERO * coarse and _are_of(some, flat, other, enough):
            ticks = coarse
    return ticks


def _are_of(some: Tensor, flat: Tensor, narrow: torch.dtype, enough: int) -> bool:
    """Whether a dtype holds all values, and `some` of them are enough to believe it."""
    return _held(some, narrow) and torch.unique(some[some != 0]).numel() >= enough and _held(flat, narrow)


def _held(values: Tensor, narrow: torch.dtype) -> bool:
    return bool((values.to(narrow).to(values.dtype) == values).all())


def coarser(one: torch.dtype, other: torch.dtype) -> torch.dtype:
    """Of two floating dtypes the one with the wider steps."""
    return one if step_of(one) >= step_of(other) else other


def rounded(before: Promise, after: Promise, factor: float, offset: float) -> Promise:
    """`after`, the promise of factor · w + offset, with what the arithmetic rounds, where `before` was that of w."""
    ticks = abs(factor) * max(1.0, before.ticks) + (factor != 1) + (offset != 0)
    return replace(after, rounded=_rounded_by(before, factor, offset), ticks=ticks if isfinite(ticks) else 0.0)


def _rounded_by(before: Promise, factor: float, offset: float) -> float:
    """`Promise.rounded` after factor · w + offset, of values that before had what `before` says."""
    fixed = before.structure
    if isinstance(fixed, Exactly):
        usual = max(abs(fixed.value), _SMALLEST) if fixed.kind == "constant" else abs(fixed.scale)
    else:
        about = moments(before.distribution)
        usual = abs(about.mean) + _USUAL * about.std
        usual = max(usual, abs(fixed.value)) if isinstance(fixed, Fixed) else usual
        usual = usual + abs(fixed.identity) if isinstance(fixed, Added) else usual
    total = abs(factor) * (before.rounded or usual)  # what was written had been rounded itself
    total += 0.0 if factor == 1 else abs(factor) * usual
    total += abs(offset) + abs(factor) * usual + abs(offset) if offset else 0.0
    return total if isfinite(total) else 0.0


def put_lowest(distribution: Distribution, precision: float, finest: float) -> float:
    """Up to which share of its values is the lower bound since they were rounded to the upper one.

    Torch's `uniform_` excludes the upper bound: what is rounded to it becomes the lower one.
    """
    share = 0.0
    for part in distribution.parts:
        if part.family == "uniform":
            step = precision * max(abs(part.loc), abs(part.loc + part.scale)) + finest
            share += part.share * min(1.0, step / part.scale)
    return share


@dataclass(frozen=True)
class Grid:
    """The numbers that a tensor's values can be: `stored` in one dtype, after they went through a `narrow` one.

    `left` is how far arithmetic may have left them from what they should be, `coarse` how far shares of them may be off
    since few uniform numbers were behind them; `least` the distance between the numbers at 0, where a dtype that has
    narrower steps elsewhere was the coarser one there.
    """

    stored: torch.dtype
    narrow: torch.dtype
    left: float = 0.0
    coarse: float = 0.0
    least: float = 0.0

    @property
    def step(self) -> float:
        """The distance between the numbers at 1."""
        return step_of(self.narrow)

    @property
    def ticks(self) -> float:
        """The distance between the numbers at 0, without what arithmetic left."""
        return max(finest_of(self.stored), finest_of(self.narrow), self.least)

    @property
    def finest(self) -> float:
        """The distance between the numbers at 0, or what arithmetic left."""
        return max(self.ticks, self.left)

    def unlike(self, values: Tensor, wanted: float) -> Tensor:
        """Where values are not that number as torch writes it, bool of their shape.

        Where arithmetic rounded them, all numbers count within what that leaves.
        """
        found = values != filled(wanted, self.stored, self.stored).to(values.dtype)
        if self.narrow != self.stored:
            found &= values != filled(wanted, self.stored, self.narrow).to(values.dtype)
        if self.left:
            found &= ~((values.double() - wanted).abs() <= self.finest)
        return found

    def is_atom(self, values: Tensor, distribution: Distribution) -> Tensor:
        """Which values are an atom of the distribution, bool of their shape."""
        found = torch.zeros(values.shape, dtype=torch.bool)
        for atom in distribution.atoms:
            found |= ~self.unlike(values, atom.value)
        return found


def filled(value: float, stored: torch.dtype, narrow: torch.dtype) -> Tensor:
    """The number as torch writes it into a tensor of dtype `narrow` that is converted to `stored`, of no axes."""
    if abs(value) > torch.finfo(narrow).max:  # torch refuses to write what it cannot keep
        return torch.full((), value, dtype=torch.float64).to(narrow).to(stored)
    return torch.full((), value, dtype=narrow).to(stored)
