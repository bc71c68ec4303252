"""What the fields of a record must have in common, checked where it is made, which is also where one is read."""

from collections.abc import Hashable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray


def must(holds: object, fact: str) -> None:
    """Raise ValueError where a fact of an honest record does not hold."""
    if not holds:
        raise ValueError(f"not so: {fact}")


def differ(parts: Iterable[Hashable], what: str) -> None:
    """Raise ValueError where two of these are equal: widgets and rows are told apart by them."""
    listed = list(parts)
    must(len(set(listed)) == len(listed), f"{what} differ")


def finite(array: NDArray[Any], what: str) -> None:
    """Raise ValueError where an array holds NaN or infinity."""
    must(np.isfinite(array).all(), f"{what} are finite")
