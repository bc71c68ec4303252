"""What Linux says in /proc about processes, and waiting until something is so."""

import contextlib
import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path

PROC = Path("/proc")
#: What has not happened by then never will, however busy the machine is.
_HANGS_SECONDS = 120.0


def fields(pid: int) -> list[str]:
    """State, parent and what follows of /proc/PID/stat; empty once the process is gone."""
    try:
        return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def running(pid: int) -> bool:
    """Whether the process runs: a zombie does not, it only waits for its parent to take notice."""
    return fields(pid)[:1] not in ([], ["Z"], ["X"])


def children(pid: int) -> set[int]:
    """Running processes whose parent is `pid`."""
    found = (int(path.name) for path in PROC.iterdir() if path.name.isdigit())
    return {child for child in found if fields(child)[1:2] == [str(pid)] and running(child)}


def descendants(pid: int) -> set[int]:
    """Running processes below `pid`, by one look at all there are."""
    all_fields = {int(path.name): fields(int(path.name)) for path in PROC.iterdir() if path.name.isdigit()}
    parents = {child: int(found[1]) for child, found in all_fields.items() if found and found[0] not in "ZX"}
    below: set[int] = set()
    while more := {child for child, parent in parents.items() if parent in below | {pid}} - below:
        below |= more
    return below


def memory(pid: int) -> int:
    """Bytes that the process takes, of shared pages its share; 0 once it is gone.

    Where the kernel does not tell that share to who asks (a jailed process of another user), it is every page that is
    no file's, which counts those shared since a fork in each process: more than there is, never less.
    """
    for name, wanted in (("smaps_rollup", "Pss:"), ("status", "RssAnon:")):
        with contextlib.suppress(OSError):
            lines = (PROC / str(pid) / name).read_text().splitlines()
            return sum(1024 * int(line.split()[1]) for line in lines if line.startswith(wanted))
    return 0


def processor_seconds(pids: Iterable[int]) -> float:
    """What the processes have computed, and those that they started and that have ended."""
    told = (fields(pid)[11:15] for pid in pids)
    return sum(sum(map(int, ticks)) for ticks in told) / os.sysconf("SC_CLK_TCK")


def machine_seconds() -> float:
    """What all processes of the machine have computed since it was started."""
    user, nice, system, _idle, _waiting, *interrupts = map(
        int, (PROC / "stat").read_text().splitlines()[0].split()[1:8]
    )
    return (user + nice + system + sum(interrupts)) / os.sysconf("SC_CLK_TCK")


def status(pid: int, name: str) -> str:
    """A line of /proc/PID/status."""
    lines = (PROC / str(pid) / "status").read_text().splitlines()
    return next(line.split(":", 1)[1].strip() for line in lines if line.startswith(f"{name}:"))


def environment(pid: int) -> dict[str, str]:
    """The environment the process was started with."""
    pairs = (PROC / str(pid) / "environ").read_bytes().decode().split("\0")
    return dict(pair.split("=", 1) for pair in pairs if pair)


def descriptors(pid: int) -> dict[int, str]:
    """Open file descriptors and what they are."""
    found = {}
    for path in (PROC / str(pid) / "fd").iterdir():
        try:
            found[int(path.name)] = str(path.readlink())
        except FileNotFoundError:  # the one this very listing used
            continue
    return found


def comes_true(condition: Callable[[], object], seconds: float = _HANGS_SECONDS) -> bool:
    """Whether `condition()` holds at some time within `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def end(pids: Iterable[int], seconds: float = _HANGS_SECONDS) -> bool:
    """Whether all of the processes end within `seconds`."""
    known = set(pids)
    return comes_true(lambda: not any(running(pid) for pid in known), seconds)
