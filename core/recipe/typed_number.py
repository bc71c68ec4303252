"""A number as people type it: `0.02`, `.5`, `1e-3`, `0,5`, `5/3`, `sqrt(2)`, `1/√8`."""

import re
from math import prod, sqrt

from ..text import short

_LONGEST = 60
_DIGITS = r"(?:[0-9]+(?:[.,][0-9]*)?|[.,][0-9]+)(?:e[+-]?[0-9]+)?|inf|nan"
_FACTOR = re.compile(rf"(?P<root>sqrt\s*\(|√\s*\(?)?\s*(?P<digits>{_DIGITS})\s*(?P<closed>\))?", re.IGNORECASE)


def typed_number(text: str) -> float:
    """The number that a text means; a decimal comma is a point.

    Raises:
        ValueError: it means none, in a clause to put after a field's name.
    """
    if len(text) > _LONGEST or (value := _quotient(text)) is None:
        raise ValueError(f"{short(text)} is no number; write it like 0.02, 1e-3, 5/3 or sqrt(2)")
    return value


def _quotient(text: str) -> float | None:
    written = text.strip().replace("−", "-")
    sign = -1.0 if written.startswith("-") else 1.0
    factors = [_factor(part.strip()) for part in written.removeprefix("-").removeprefix("+").split("/")]
    if len(factors) > 2 or any(factor is None for factor in factors) or factors[1:] == [0.0]:
        return None
    first, *below = (factor for factor in factors if factor is not None)
    return sign * first / prod(below)


def _factor(text: str) -> float | None:
    found = _FACTOR.fullmatch(text)
    if found is None or (found["closed"] is not None) != ("(" in (found["root"] or "")):
        return None
    value = float(found["digits"].replace(",", "."))
    return sqrt(value) if found["root"] else value
