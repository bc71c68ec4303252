"""How a worker comes to life: what forking (Linux) and spawning (elsewhere) have in common."""

import contextlib
import os
import socket
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ...code import command_line
from .. import channel
from ..channel import ChannelError

#: The folder that holds `core`; the package itself where Paramscope is installed.
_FOLDER = Path(__file__).resolve().parents[3]
_INSTALLED = (_FOLDER / "__init__.py").exists()
START_SECONDS = 120.0
FAILED = "the process that runs PyTorch does not start; see the server's log"
#: One thread a worker: many run side by side, and results must not depend on the machine's cores. In huge pages, which
#: glibc hands out and Python's own allocator does not, a fork takes a third of the time: it copies page tables.
_ENVIRONMENT = {
    "LANG": "C.UTF-8",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
    "PYTHONMALLOC": "malloc",
}
#: Windows cannot start Python without the first, macOS and Linux find no shared libraries without the next;
#: the last names the operator's files.
_INHERITED = ("SYSTEMROOT", "PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", command_line.VARIABLE)


class LaunchError(Exception):
    """No worker can be had; one sentence that says why."""


@dataclass(frozen=True, eq=False)
class Worker:
    """A live worker: its process id and the connection it serves."""

    pid: int
    connection: socket.socket


class Launcher(Protocol):
    """A source of workers."""

    def start(self) -> None:
        """Make ready, so that the next launch is fast; safe to call again."""

    def launch(self, waiting: channel.Waiting | None = None, *, runs_code: bool = False) -> Worker:
        """A fresh worker, in the stricter limits of one that `runs_code` of a stranger's; raises LaunchError."""

    def release(self, worker: Worker, *, reusable: bool) -> None:
        """Take a worker back: killed, unless it is `reusable` and this launcher reuses workers."""

    def slow_down(self, worker: Worker) -> None:
        """From now on others go first where processors are short."""

    def processor_seconds(self, worker: Worker) -> float:
        """How long it has computed so far; endlessly long where that cannot be told."""

    def queued_seconds(self, worker: Worker) -> float:
        """How long it could have computed but had to wait for a processor; 0 where that cannot be told."""

    def held_bytes(self, worker: Worker) -> int:
        """How much memory it holds; 0 where that cannot be told."""

    def pause(self, worker: Worker) -> bool:
        """Stop it until it is resumed; whether that can be done."""

    def resume(self, worker: Worker) -> None:
        """Let a paused one go on."""

    def ending(self, worker: Worker) -> int | None:
        """Take back a worker that is gone: its exit code, minus the signal it died of, None if unknown."""

    def jail(self, waiting: channel.Waiting | None = None) -> dict[str, bool]:
        """What a jail must refuse, each with whether it does; none where workers are in no jail. Raises LaunchError."""

    def restart(self) -> None:
        """End what there is; the next launch finds the operator's files as they are then."""

    def close(self) -> None:
        """End everything this launcher started."""


def interpreter(module: str, *arguments: str) -> list[str]:
    """The command that runs a module beside this one in an interpreter of its own, from whatever folder we are in.

    It begins as `-m` does, but knows this very copy of `core`, and `-P` keeps it from looking into the folder we are
    in, which may hold anything. Where Paramscope is installed, it imports what a person's own files import,
    `paramscope.core`: a class under two names would be two classes.
    """
    package = f"{_FOLDER.name}.core" if _INSTALLED else "core"
    finding = "" if _INSTALLED else f"sys.path.insert(0, {str(_FOLDER)!r}); "
    running = f"runpy.run_module('{package}.engine.processes.{module}', run_name='__main__', alter_sys=True)"
    return [sys.executable, "-P", "-c", f"import runpy, sys; {finding}{running}", *arguments]


def environment() -> dict[str, str]:
    """Nothing of the server's own environment but what an interpreter needs to start."""
    return _ENVIRONMENT | {name: os.environ[name] for name in _INHERITED if name in os.environ}


@contextlib.contextmanager
def system_resources() -> Iterator[None]:
    """What the system refuses (a process, a socket) is a LaunchError."""
    try:
        yield
    except OSError as error:
        raise LaunchError(f"the process that runs PyTorch does not start: {error}") from error


def exactly(connection: socket.socket, count: int, seconds: float, waiting: channel.Waiting | None = None) -> bytes:
    """`count` bytes sent at once; raises ChannelError when the other side is gone or silent for too long."""
    started = time.monotonic()
    try:
        channel.await_bytes(connection, started + seconds, waiting, started)
    except channel.DeadlineError as error:
        raise ChannelError("no answer") from error
    try:
        received = connection.recv(count)
    except OSError as error:
        raise ChannelError(str(error)) from error
    if len(received) != count:
        raise ChannelError("the other side closed the connection")
    return received
