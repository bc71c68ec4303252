"""How much work a function does, counted instead of timed: a busy machine counts alike."""

import sys
import tracemalloc
from collections.abc import Callable
from types import FrameType
from typing import Any


def calls(function: Callable[[], Any]) -> int:
    """How many functions are called, Python's and those written in C that Python calls."""
    made = 0

    def count(_frame: FrameType, event: str, _argument: Any) -> None:
        nonlocal made
        made += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        function()
    finally:
        sys.setprofile(before)
    return made


def peak_bytes(function: Callable[[], Any]) -> int:
    """How many bytes are taken at the worst moment, beyond what is taken already."""
    tracemalloc.start()
    try:
        function()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def grows_with(size: int, times: int, work: Callable[[int], Callable[[], Any]]) -> float:
    """By how much the calls grow where `size` grows `times` as large; `work` builds what is measured, uncounted."""
    work(size)()  # what is imported and cached on first use
    return calls(work(times * size)) / calls(work(size))
