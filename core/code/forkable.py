"""Threads that could hold a lock while the process forks, which nobody would let go of in the child.

Python's own threads can, whatever they do. One that Python does not know of takes none of Python's locks; while it
sleeps, as the thread of a library's allocator or of its pool does between two pieces of work, it holds none of its
library's either.
"""

import _thread
import contextlib
import faulthandler
import sys
import threading
import time
from collections.abc import Collection
from pathlib import Path

_TASKS = Path("/proc/self/task")
#: So long a thread may take to go to sleep, and so long is looked whether it stays asleep.
_SETTLING_SECONDS, _LOOK_SECONDS = 1.0, 0.02
#: So long a thread that was told to end may still be seen.
_ENDING_SECONDS = 0.2


class Threads:
    """The threads of this process at some moment; `any_since` tells of what has come since then."""

    def __init__(self) -> None:
        self._known, self._tasks = _known(), _tasks()

    def any_since(self) -> bool:
        """Whether a thread has come that could hold a lock while the process forks; stops a timer of faulthandler's."""
        came = _tasks() - self._tasks
        if any(now > before for now, before in zip(_known(), self._known, strict=True)):
            return True
        if not came:
            return False
        faulthandler.cancel_dump_traceback_later()  # a thread that Python does not count and that stops Python
        return _one_ends(came) or not _sleep(came)


def _known() -> tuple[int, int, int]:
    """How many threads Python knows of: of its `threading`, those with a frame, those that it has started."""
    return threading.active_count(), len(sys._current_frames()), _thread._count()


def _tasks() -> set[str]:
    """The threads as the system counts them; none where it does not tell."""
    try:
        return {path.name for path in _TASKS.iterdir()}
    except OSError:
        return set()


def _one_ends(tasks: set[str]) -> bool:
    """Whether one of these threads is gone, which takes the system a moment after it was told to end."""
    until = time.monotonic() + _ENDING_SECONDS
    while tasks <= _tasks():
        if time.monotonic() > until:
            return False
        time.sleep(_LOOK_SECONDS / 10)
    return True


def _sleep(tasks: Collection[str]) -> bool:
    """Whether these threads sleep, and go on sleeping."""
    until = time.monotonic() + _SETTLING_SECONDS
    last = None
    while time.monotonic() < until:
        now = [_state_and_time(task) for task in tasks]
        if now == last and all(state in ("S", "") for state, _ in now):
            return True
        last = now
        time.sleep(_LOOK_SECONDS)
    return False


def _state_and_time(task: str) -> tuple[str, str]:
    """Whether a thread sleeps ("S"), and how often it was put to sleep so far; empty where it has ended."""
    with contextlib.suppress(OSError):
        state = (_TASKS / task / "stat").read_text().rpartition(")")[2].split()[0]
        switches = [line for line in (_TASKS / task / "status").read_text().splitlines() if "ctxt_switches" in line]
        return state, " ".join(switches)
    return "", ""
