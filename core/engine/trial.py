"""The operator's files for trial, in a child: what one does to the process it is in costs itself only.

A file is imported there, and each model that the command line names of it is built once, for what it imports only then:
in a jailed worker, where no file can be read, it would not find that.
"""

import contextlib
import mmap
import os
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

from ..code.command_line import NamedFile
from ..code.errors import reason_of
from ..code.importing import imported
from .jail.parent_death import end_with
from .rehearsing import rehearsed

#: For an import; and for all builds of all files together, for a longer one could not be opened anyway.
_SECONDS, _BUILD_SECONDS = 30.0, 20.0
_LOOK_SECONDS = 0.01
#: What a child says it found, first whether it was good: in memory that it shares, for it may close every file.
_GOOD, _BAD = b"G", b"B"
_LONGEST, _LONGEST_NAMES = 8192, 2**20
_CAME_UP = 7


@dataclass
class Trial:
    """What the trial of some files found.

    Attributes:
        broken: the files that are no good to import, each with the sentence on why.
        modules: what their models import when they are built, by name, in the order in which that began.
    """

    broken: dict[NamedFile, str] = field(default_factory=dict)
    modules: list[str] = field(default_factory=list)


def tried(files: Sequence[NamedFile], seconds: float = _SECONDS) -> Trial:
    """Try files, each once however often it is named; call with one thread only."""
    trial, building = Trial(), _BUILD_SECONDS
    for target in dict.fromkeys(file.target for file in files):
        named = [file for file in files if file.target == target]
        reason, modules, took = _found_in_a_child(named, seconds, building)
        trial.broken |= dict.fromkeys(named, reason) if reason else {}
        trial.modules += modules
        building -= took
    return trial


def _found_in_a_child(named: Sequence[NamedFile], seconds: float, building: float) -> tuple[str, list[str], float]:
    """Why one file is not to be imported, what its models import when they are built, and how long these took."""
    parent, file = os.getpid(), named[0]
    with mmap.mmap(-1, _LONGEST + _LONGEST_NAMES) as found:
        pid = os.fork()
        if pid == 0:
            try:
                end_with(parent)
                os.setsid()  # what it leaves running can then be ended with it
                _try(named, found)
            finally:
                os._exit(0)
        status, took = _awaited(pid, seconds, building, lambda: found[:1] == _GOOD)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)
        kind, *said = found[:1], found[1:_LONGEST], found[_LONGEST:]
    sentence, names = (each.rstrip(b"\0").decode(errors="replace") for each in said)
    if kind not in (_GOOD, _BAD):
        return _no_answer(file, status, seconds), [], 0.0
    return sentence, names.split("\0") if names else [], took


def _try(named: Sequence[NamedFile], found: mmap.mmap) -> None:
    """In the child: import the file, say how that went, and build its models."""
    child = os.getpid()
    sentence, module = _imported(named[0])
    if os.getpid() != child:
        return  # a process that the file has forked off
    said = sentence.encode()[: _LONGEST - 1]
    found[1 : 1 + len(said)] = said
    found[:1] = _BAD if sentence else _GOOD
    for names in rehearsed(named, module) if module is not None else ():
        written = b"\0".join(name.encode() for name in names)[:_LONGEST_NAMES]
        found[_LONGEST : _LONGEST + len(written)] = written


def _no_answer(file: NamedFile, status: int | None, seconds: float) -> str:
    """Why a file is not to be imported whose child said nothing, from how it ended."""
    if status is None:
        return f"{file.label} was still being imported after {seconds:g} seconds; move long work into the function"
    if status < 0:
        how = f"crashes the process that imports it (signal {-status}); run it in a plain interpreter first"
    else:
        how = f"ends the process that imports it with status {status}; take the call of exit out"
    return f"{file.label} {how}"


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


def _awaited(pid: int, seconds: float, building: float, builds: Callable[[], bool]) -> tuple[int | None, float]:
    """The exit code of a child, minus the signal it died of, None where it had to be killed; and how long it built.

    Args:
        pid: the child.
        seconds: how long it may take until `builds`, and `building` from then on.
        builds: whether it builds by now.
    """
    deadline, began = time.monotonic() + seconds, 0.0
    while (now := time.monotonic()) < deadline:
        if not began and builds():
            began, deadline = now, now + building
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status), now - began if began else 0.0
        time.sleep(_LOOK_SECONDS)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return None, building if began else 0.0


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
