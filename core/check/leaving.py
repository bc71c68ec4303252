"""Code that leaves the process at once, by `os._exit`: a check that never came to an end must not exit with 0."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn


@contextmanager
def told_of_leaving() -> Iterator[None]:
    """Meanwhile `os._exit` raises SystemExit in this process, which is told as any other; a fork of it just leaves."""
    leave, process = os._exit, os.getpid()

    def raising(status: int) -> NoReturn:
        if os.getpid() != process:
            leave(status)
        raise SystemExit(f"os._exit({status})")

    os._exit = raising
    try:
        yield
    finally:
        if os._exit is raising:
            os._exit = leave
