"""A number as a person types it for an option, where papers write `5/3`, `sqrt(2)` or `1/√8`."""

import re
from math import isinf, sqrt

from ..text import one_line
from .typed_number import typed_number

_LONGEST = 60
_ROOT = re.compile(r"([-−]?)\s*(?:(?:sqrt|√)\s*\(([^()]*)\)|√([^()]*))", re.IGNORECASE)


def typed_ratio(typed: str) -> float:
    """The number, which is finite: one as `typed_number` reads it, the square root of one, or the quotient of two.

    Raises:
        ValueError: it is none, in a clause to put after a field's name.
    """
    if "/" not in typed and _ROOT.fullmatch(typed.strip()) is None:
        return float(typed_number(typed, finite=True))  # which says why it is none
    try:
        above, below = (typed if "/" in typed else f"{typed}/1").split("/")
        value = _factor(above.strip()) / _factor(below.strip())
        if isinf(value):
            raise OverflowError
    except (ValueError, ArithmeticError):
        shown = repr(one_line(typed.strip(), _LONGEST))
        raise ValueError(f"{shown} is not a number; type one such as 0.02, 1e-3, 5/3 or sqrt(2)") from None
    return value


def _factor(part: str) -> float:
    root = _ROOT.fullmatch(part)
    if root is None:
        return float(typed_number(part, finite=True))
    value = sqrt(float(typed_number(root[2] or root[3] or "", finite=True)))
    return -value if root[1] else value
