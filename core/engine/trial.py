"""The operator's files for trial, in a child: what one does to the process it is in costs itself only.

A file is imported there, and each model that the command line names of it is built once, for what it imports only then:
in a jailed worker, where no file can be read, it would not find that.
"""

import contextlib
import mmap
import os
import signal
import time
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

from ..code.command_line import NamedFile
from ..code.errors import reason_of
from ..code.importing import imported
from .jail.parent_death import end_with
from .rehearsing import Rehearsal, rehearsed

#: For an import; and for all builds of all files together, for a longer one could not be opened anyway.
_SECONDS, _BUILD_SECONDS = 30.0, 20.0
_LOOK_SECONDS = 0.01
#: What a child says it found, first whether it was good: in memory that it shares, for it may close every file.
_GOOD, _BAD = b"G", b"B"
_LONGEST, _LONGEST_TOLD = 8192, 2**20
_CAME_UP = 7
_STILL_THERE = 2**16


class Trial:
    """What the trial of some files finds.

    Attributes:
        broken: the files that are no good to import, each with the sentence on why.
    """

    def __init__(self) -> None:
        self.broken: dict[NamedFile, str] = {}
        self._building: list[_Child] = []

    def add(self, named: Sequence[NamedFile], seconds: float) -> None:
        """Try one file, of which this is meant; its models are built meanwhile."""
        child = _Child(named)
        if child.awaited(seconds, until_good=True) == _STILL_THERE:
            self._building.append(child)
        elif reason := child.reason(seconds):
            self.broken |= dict.fromkeys(named, reason)
        else:
            self._building.append(child)

    def rehearsal(self) -> Rehearsal:
        """What building the files' models showed; waits for it."""
        until, found = time.monotonic() + _BUILD_SECONDS, Rehearsal()
        for child in self._building:
            child.awaited(max(0.0, until - time.monotonic()))
            found += child.rehearsal()
        self._building.clear()
        return found


def tried(files: Sequence[NamedFile], seconds: float = _SECONDS) -> Trial:
    """Try files, each once however often it is named; call with one thread only."""
    trial = Trial()
    code = [file for file in files if file.kind != "checkpoint"]  # of which nothing is run
    for target in dict.fromkeys(file.target for file in code):
        trial.add([file for file in code if file.target == target], seconds)
    return trial


class _Child:
    """The process that tries one file."""

    def __init__(self, named: Sequence[NamedFile]) -> None:
        self._file = named[0]
        self._status: int | None = _STILL_THERE
        self._found = mmap.mmap(-1, _LONGEST + _LONGEST_TOLD)
        parent = os.getpid()
        self._pid = os.fork()
        if self._pid == 0:
            try:
                end_with(parent)
                os.setsid()  # what it leaves running can then be ended with it
                _try(named, self._found)
            finally:
                os._exit(0)

    def awaited(self, seconds: float, *, until_good: bool = False) -> int | None:
        """How it ended: its exit code, minus the signal it died of, None where it took longer and had to be killed.

        With `until_good` it may go on as soon as the file is known to be good, and then it is `_STILL_THERE`.
        """
        deadline = time.monotonic() + seconds
        while self._status == _STILL_THERE:
            ended, status = os.waitpid(self._pid, os.WNOHANG)
            if ended:
                self._end(os.waitstatus_to_exitcode(status))
            elif until_good and self._found[:1] == _GOOD:
                break
            elif time.monotonic() >= deadline:
                os.kill(self._pid, signal.SIGKILL)
                os.waitpid(self._pid, 0)
                self._end(None)
            else:
                time.sleep(_LOOK_SECONDS)
        return self._status

    def _end(self, status: int | None) -> None:
        self._status = status
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._pid, signal.SIGKILL)

    def reason(self, seconds: float) -> str:
        """Why the file is not to be imported, of a child that has ended; "" where it is good."""
        if self._found[:1] in (_GOOD, _BAD):
            return _text(self._found[1:_LONGEST])
        if self._status is None:
            how = f"was still being imported after {seconds:g} seconds; move long work into the function"
        elif self._status < 0:
            how = f"crashes the process that imports it (signal {-self._status}); run it in a plain interpreter first"
        else:
            how = f"ends the process that imports it with status {self._status}; take the call of exit out"
        return f"{self._file.label} {how}"

    def rehearsal(self) -> Rehearsal:
        """What building its models showed, of a child that has ended."""
        return Rehearsal.from_json(_text(self._found[_LONGEST:]))


def _text(written: bytes) -> str:
    return written.rstrip(b"\0").decode(errors="replace")


def _try(named: Sequence[NamedFile], found: mmap.mmap) -> None:
    """In the child: import the file, say how that went, and build its models."""
    child = os.getpid()
    sentence, module = _imported(named[0])
    if os.getpid() != child:
        return  # a process that the file has forked off
    said = sentence.encode()[: _LONGEST - 1]
    found[1 : 1 + len(said)] = said
    found[:1] = _BAD if sentence else _GOOD
    for rehearsal in rehearsed(named, module) if module is not None else ():
        written = rehearsal.to_json().encode()
        if len(written) <= _LONGEST_TOLD:
            found[_LONGEST : _LONGEST + len(written)] = written


def _imported(file: NamedFile) -> tuple[str, ModuleType | None]:
    """The sentence on why the file is no good, "" where it is good; then what was imported."""
    before = _descriptors()
    try:
        module = imported(file).module
    except ValueError as error:
        return str(error), None
    except BaseException as error:  # of an act that nobody has thought of
        return f"{file.label} cannot be imported: {reason_of(error)}", None
    if closed := sorted(number for number, what in before.items() if _what(number) != what):
        return f"{file.label} closes files that it has not opened ({closed[0]}); close only its own", None
    if not _can_fork():
        said = "changes what happens when a process is forked (os.register_at_fork), which cannot be undone"
        return f"{file.label} {said}", None
    if _children():
        return f"{file.label} leaves a process running when it is imported; start it later, in the function", None
    return "", module


def _can_fork() -> bool:
    """Whether a child still comes up, as every worker has to."""
    if (pid := os.fork()) == 0:
        os._exit(_CAME_UP)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == _CAME_UP


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
