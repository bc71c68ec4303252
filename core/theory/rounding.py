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
    (torch.float8_e4m3fn, 8),
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


def dtype_named(name: str) -> torch.dtype | None:
    """The floating dtype that torch calls by this name; None where it is none."""
    found = getattr(torch, name, None)
    return found if isinstance(found, torch.dtype) and found.is_floating_point else None


def narrowest(values: Tensor, dtype: torch.dtype) -> torch.dtype:
    """The narrowest dtype that holds all of `values`, finite and kept as `dtype`: they were rounded to it once.

    Where they are too few to tell, `dtype` itself.
    """
    flat = values.reshape(-1)
    some = flat[:: max(1, flat.numel() // _GLANCE)][:_GLANCE]
    if bool((some == some[0]).all()):
        return dtype
    bits = _LOW_BITS.get(values.dtype)
    if bits is not None and bool((some.contiguous().view(bits[0]) & bits[1]).any()):
        return dtype  # the usual case, told at a glance
    for narrow, enough in _NARROWER:
        if torch.finfo(narrow).eps <= torch.finfo(dtype).eps:
            break
        if _held(some, narrow) and torch.unique(some[some != 0]).numel() >= enough and _held(flat, narrow):
            return narrow
    return dtype


def _held(values: Tensor, narrow: torch.dtype) -> bool:
    return bool((values.to(narrow).to(values.dtype) == values).all())


def coarser(one: torch.dtype, other: torch.dtype) -> torch.dtype:
    """Of two floating dtypes the one with the wider steps."""
    return one if torch.finfo(one).eps >= torch.finfo(other).eps else other


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
    since few uniform numbers were behind them.
    """

    stored: torch.dtype
    narrow: torch.dtype
    left: float = 0.0
    coarse: float = 0.0

    @property
    def step(self) -> float:
        """The distance between the numbers at 1."""
        return float(torch.finfo(self.narrow).eps)

    @property
    def finest(self) -> float:
        """The distance between the numbers at 0."""
        return max(float(torch.finfo(self.narrow).smallest_normal) * self.step, self.left)

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
