"""Bounds of time and memory around what a test does."""

import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def cost(*, seconds: float, megabytes: float) -> Iterator[None]:
    """Fails where what is done takes longer, or raises this process's largest memory by more."""
    before, began = _peak(), time.monotonic()
    yield
    assert time.monotonic() - began < seconds
    assert _peak() - before < megabytes * 2**10


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
