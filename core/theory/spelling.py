"""What number stands in a tensor, as it is there: and what should, where rounding has made another of it."""

from dataclasses import dataclass

import torch
from torch import Tensor

from ..text import number
from .rounding import Grid, filled

#: As much as single precision rounds need not be told.
_UNTOLD = 1e-6
#: Where rounding may move a number by more than such a part of it, that is said.
_TOLD = 1 / 3


@dataclass(frozen=True)
class Spelled:
    """A number that all of some values are, or the two between which they lie.

    Attributes:
        shown: it, with as many digits as its dtype needs; clause: what should be there and why it is not, with a comma
            before it, "" where it is.
    """

    shown: str
    clause: str = ""

    @property
    def text(self) -> str:
        """Both."""
        return f"{self.shown}{self.clause}"


def spelled(values: Tensor, wanted: float, grid: Grid, carried: float | None = None) -> Spelled:
    """What values are that can be the numbers of `grid`, and are one wanted number but for rounding.

    Args:
        values: one or more; wanted: by exact arithmetic; carried: by the same arithmetic in the tensor's own dtype,
            where that is known.
    """
    plain = values if values.is_floating_point() else values.double()
    low, high = (float(end) + 0.0 for end in (plain.min(), plain.max()))  # a zero without its sign
    one = digits(low, grid.stored)
    shown = one if low == high else f"{one} to {digits(high, grid.stored)}"
    dtype = _writer(values, wanted, grid)
    if low == high and dtype is not None:
        near = abs(low - wanted) <= _UNTOLD * abs(wanted) or shown == number(wanted)
        return Spelled(shown) if near else Spelled(*_as_rounded(low, wanted, shown, dtype))
    clause = f", where exact arithmetic would give {_apart(low, wanted, shown)}"
    if carried is not None and low == high and low == float(filled(carried, grid.stored, grid.narrow)):
        return Spelled(shown, f"{clause} and {_named(grid.narrow)}'s own gives this")
    if grid.left > _TOLD * max(abs(low), abs(high), abs(wanted)):
        return Spelled(shown, f"{clause} and rounding may move that by up to {number(grid.left, 2)}")
    return Spelled(shown, clause)


def digits(value: float, dtype: torch.dtype) -> str:
    """A number of that dtype with four digits, or as many as it takes to tell it from its neighbors."""
    for enough in range(4, 18):
        text = number(value, enough)
        if float(filled(_read(text), dtype, dtype)) == value:
            return text
    return repr(value)


def _writer(values: Tensor, wanted: float, grid: Grid) -> torch.dtype | None:
    """The dtype as which torch writes the wanted number so that it is as values are; None where neither does."""
    for dtype in (grid.stored, grid.narrow):
        if bool((values == filled(wanted, grid.stored, dtype).to(values.dtype)).all()):
            return dtype
    return None


def _as_rounded(value: float, wanted: float, shown: str, dtype: torch.dtype) -> tuple[str, str]:
    return shown, f", as {_named(dtype)} rounds {_apart(value, wanted, shown)}"


def _apart(value: float, wanted: float, shown: str) -> str:
    """What is wanted, with as many digits as it takes to tell it, and to see how far it is from what is shown."""
    for enough in range(4, 18):
        text = number(wanted, enough)
        if text != shown and abs(_read(text) - wanted) <= abs(value - wanted) / 2:
            return text
    return repr(wanted)


def _read(text: str) -> float:
    return float(text.replace("−", "-").replace("∞", "inf"))


def _named(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")
