"""A whole number as a person types it: `7`, `1e3`, `2.0`; taken as meant, or refused."""

from ..text import one_line
from .typed_number import typed_number

_LONGEST = 40


def typed_whole(typed: str, label: str, low: int, high: int | None = None) -> int:
    """The number that was typed into the field of that label.

    Raises:
        ValueError: it is none from `low` to `high`; and what to type instead.
    """
    try:
        number = int(typed_number(typed, "int64"))
    except ValueError:
        number = low - 1
    if number < low or (high is not None and number > high):
        between = f"of {low} or more" if high is None else f"from {low} to {high}"
        shown = repr(one_line(typed.strip(), _LONGEST))
        raise ValueError(f"{label} {shown} is not a whole number {between}; type one such as {low}")
    return number
