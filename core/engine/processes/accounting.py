"""What Linux counts for a process and lets its owner do to it: never to another that was given its number since."""

import contextlib
import math
import os
import signal
from pathlib import Path

_PROC = Path("/proc")


def processor_seconds(pid: int) -> float:
    """What the kernel counts for it, in user and system mode; endless once it is gone."""
    fields = _fields(pid)
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK") if fields else math.inf


def queued_seconds(pid: int) -> float:
    """How long it waited for a processor that was busy; 0 where the kernel does not count that."""
    try:
        return int((_PROC / str(pid) / "schedstat").read_text().split()[1]) / 1e9
    except (OSError, ValueError, IndexError):
        return 0.0


def held_bytes(pid: int) -> int:
    """What it has in memory that is no file, with what it shares with the process it was forked from."""
    try:
        _, resident, shared, *_ = (_PROC / str(pid) / "statm").read_text().split()
    except (OSError, ValueError):
        return 0
    return (int(resident) - int(shared)) * os.sysconf("SC_PAGE_SIZE")


def stands_still(pid: int) -> bool:
    """Whether it was stopped by a signal."""
    return _fields(pid)[:1] == ["T"]


def signal_child(pid: int, parent: int, number: signal.Signals) -> bool:
    """Send a signal to a process if it is a child of `parent`; whether it was sent.

    The parent is asked for after the process was opened, so that nobody else can have its number in between.
    """
    with contextlib.suppress(OSError, AttributeError):  # gone, or an old kernel
        opened = os.pidfd_open(pid)
        try:
            if _fields(pid)[1:2] == [str(parent)]:
                signal.pidfd_send_signal(opened, number)
                return True
        finally:
            os.close(opened)
    return False


def _fields(pid: int) -> list[str]:
    """State, parent and what follows of its line of numbers; none once it is gone."""
    try:
        return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
