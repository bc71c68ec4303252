"""Twelve things that code must not be able to do, tried in the jail itself; a worker tells which were refused."""

import ctypes
import errno
import mmap
import os
import platform
import socket
import threading
from collections.abc import Callable
from pathlib import Path

from .. import channel

_PASSWORDS = "/etc/passwd"
_NOWHERE = "/paramscope-self-test"
_LOCAL = ("127.0.0.1", 9)
_OPENAT, _CURRENT_DIRECTORY = {"x86_64": 257, "aarch64": 56}, -100


def tell(connection: socket.socket) -> None:
    """Try everything, and send what was refused."""
    channel.send(connection, {"refused": [name for name, attempt in PROBES.items() if _refused(attempt)]})


def _refused(attempt: Callable[[], object]) -> bool:
    """Whether the system said no; any other failure means that it would have said yes."""
    try:
        attempt()
    except PermissionError:
        return True
    except OSError as error:
        return error.errno == errno.ENOMEM
    except RuntimeError as error:
        return "can't start new thread" in str(error)
    return False


def _write() -> None:
    name = Path(f"/tmp/paramscope-self-test-{os.getpid()}")  # noqa: S108 (gone again if it could be written)
    with name.open("w"):
        name.unlink()


def _read() -> None:
    """As Python does, and by the kernel's own call."""
    try:
        with Path(_PASSWORDS).open():
            return
    except PermissionError:
        pass
    call = ctypes.CDLL(None, use_errno=True).syscall
    if call(_OPENAT[platform.machine()], _CURRENT_DIRECTORY, _PASSWORDS.encode(), os.O_RDONLY) < 0:
        raise OSError(ctypes.get_errno(), _PASSWORDS)


def _parents_memory() -> None:
    for name in ("environ", "mem"):
        try:
            with Path(f"/proc/{os.getppid()}/{name}").open("rb"):
                return
        except PermissionError:
            continue
    raise PermissionError


def _tcp() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp:
        tcp.connect(_LOCAL)


def _udp() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.sendto(b"", _LOCAL)


def _unix() -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as unix:
        unix.connect("\0paramscope-self-test")


def _fork() -> None:
    if (pid := os.fork()) == 0:
        os._exit(0)
    os.waitpid(pid, 0)


PROBES: dict[str, Callable[[], object]] = {
    "write a file": _write,
    "read a file": _read,
    "list a directory": lambda: os.listdir("/"),  # noqa: PTH208 (what code would write)
    "read the memory or the environment of another process": _parents_memory,
    "open a TCP connection": _tcp,
    "send over UDP": _udp,
    "connect to a Unix socket": _unix,
    "start a process": _fork,
    "start a program": lambda: os.execv(_NOWHERE, [_NOWHERE]),  # noqa: S606 (there is none of that name)
    "start a thread": lambda: threading.Thread(target=int).start(),
    "signal another process": lambda: os.kill(os.getppid(), 0),
    "take 10 GB of memory": lambda: mmap.mmap(-1, 10 * 2**30).close(),
}
