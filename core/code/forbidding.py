"""A process that measures runs no person's code, whoever asks it to."""

import threading

from .errors import CodeError

_forbidden = threading.Event()


def forbid_code() -> None:
    """From now on, for good, no code that was written in a browser runs in this process."""
    _forbidden.set()


def check_allowed() -> None:
    """Called right before such code runs.

    Raises:
        CodeError: this process measures.
    """
    if _forbidden.is_set():
        raise CodeError("a person's code runs in another process than the one that measures")
