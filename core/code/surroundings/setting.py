"""One piece of a process's state: how it is called, read, and set back."""

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Setting:
    """What a file's import must leave as it was.

    Attributes:
        what: its name in a sentence, "torch's default dtype".
        read: what it is now, as a value that later changes do not reach.
        write: makes it what it was; given that.
        changed: whether what is now differs from what was, given in that order.
        verb: what a file does that changes it.
    """

    what: str
    read: Callable[[], Any]
    write: Callable[[Any], object]
    changed: Callable[[Any, Any], bool] = operator.ne
    verb: str = "changes"


def taken_away(now: tuple[Any, ...], before: tuple[Any, ...]) -> bool:
    """Whether something that was there is not there any more; to add is everybody's right."""
    return any(all(one is not other for other in now) for one in before)


def replaced(now: tuple[Any, ...], before: tuple[Any, ...]) -> bool:
    """Whether other objects than before are there, in number or in identity."""
    return len(now) != len(before) or any(one is not other for one, other in zip(now, before, strict=True))
