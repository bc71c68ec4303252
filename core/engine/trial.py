"""Importing the operator's files for trial, in a child: what one does to the process it is in costs itself only."""

import contextlib
import mmap
import os
import signal
import time
from pathlib import Path

from ..code.command_line import NamedFile
from ..code.errors import reason_of
from ..code.importing import imported
from .jail.parent_death import end_with

_SECONDS = 30.0
_LOOK_SECONDS = 0.01
#: What a child says it found, first whether it was good: in memory that it shares, for it may close every file.
_GOOD, _BAD = b"G", b"B"
_LONGEST = 8192
_CAME_UP = 7


def broken(files: tuple[NamedFile, ...], seconds: float = _SECONDS) -> dict[NamedFile, str]:
    """The files that are no good to import, each with the sentence on why; call with one thread only."""
    reasons = {}
    for file in files:
        if file.kind == "checkpoint":
            continue  # nothing of it is run
        reason = _reason_not_to_import(file, seconds)
        if reason:
            reasons[file] = reason
    return reasons


def _reason_not_to_import(file: NamedFile, seconds: float) -> str:
    parent = os.getpid()
    with mmap.mmap(-1, _LONGEST) as found:
        pid = os.fork()
        if pid == 0:
            try:
                end_with(parent)
                os.setsid()  # what it leaves running can then be ended with it
                tried = os.getpid()
                sentence = _tried(file)
                if os.getpid() != tried:
                    return ""  # a process that the file has forked off, which the finally ends
                found[:_LONGEST] = ((_BAD if sentence else _GOOD) + sentence.encode()).ljust(_LONGEST, b"\0")[:_LONGEST]
            finally:
                os._exit(0)
        status = _awaited(pid, seconds)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)
        kind, said = found[:1], found[1:].rstrip(b"\0").decode(errors="replace")
    if status is None:
        return f"{file.label} was still being imported after {seconds:g} seconds; move long work into the function"
    if kind in (_GOOD, _BAD):
        return said
    if status < 0:
        how = f"crashes the process that imports it (signal {-status}); run it in a plain interpreter first"
    else:
        how = f"ends the process that imports it with status {status}; take the call of exit out"
    return f"{file.label} {how}"


def _tried(file: NamedFile) -> str:
    """The sentence on why the file is no good; "" where it is good."""
    before = _descriptors()
    try:
        imported(file)
    except ValueError as error:
        return str(error)
    except BaseException as error:  # of an act that nobody has thought of
        return f"{file.label} cannot be imported: {reason_of(error)}"
    if closed := sorted(number for number, what in before.items() if _what(number) != what):
        return f"{file.label} closes files that it has not opened ({closed[0]}); close only its own"
    if not _can_fork():
        return (
            f"{file.label} changes what happens when a process is forked (os.register_at_fork), which cannot be undone"
        )
    if _children():
        return f"{file.label} leaves a process running when it is imported; start it later, in the function"
    return ""


def _can_fork() -> bool:
    """Whether a child still comes up, as every worker has to."""
    if (pid := os.fork()) == 0:
        os._exit(_CAME_UP)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == _CAME_UP


def _awaited(pid: int, seconds: float) -> int | None:
    """The exit code of a child, minus the signal it died of; None where it had to be killed."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(_LOOK_SECONDS)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return None


def _descriptors() -> dict[int, tuple[int, int] | None]:
    """The open files and what they are."""
    numbers = [int(path.name) for path in Path("/proc/self/fd").iterdir()]
    return {number: what for number in numbers if (what := _what(number)) is not None}


def _what(number: int) -> tuple[int, int] | None:
    try:
        status = os.fstat(number)
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _children() -> bool:
    """Whether this process has any, alive or not."""
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True
