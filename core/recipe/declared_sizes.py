"""What a declaration may know of a tensor before it has a number: its shape, and what follows from that by name."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .schemes.promise import Shape, fan_in_and_fan_out


@dataclass(frozen=True)
class Sizes:
    """What the numbers of a declaration may be about: a tensor's shape, and the size of the axis that is sliced."""

    shape: Shape
    n: int | None = None


def _fan(which: int) -> Callable[[Sizes], int]:
    return lambda sizes: fan_in_and_fan_out(sizes.shape)[which]


def _n(sizes: Sizes) -> int:
    if sizes.n is None:
        raise ValueError('n is the size of the one axis that is sliced, as in "lstm.bias_hh_l0[n/4:n/2]"; use shape[0]')
    return sizes.n


#: The numbers that a tensor's sizes give, by name; the shape is several.
OF_SIZES: dict[str, Callable[[Sizes], Any]] = {
    "fan_in": _fan(0),
    "fan_out": _fan(1),
    "numel": lambda sizes: math.prod(sizes.shape),
    "shape": lambda sizes: sizes.shape,
    "n": _n,
}
