"""What code must not be able to do, each as an act that the jail must refuse; SECURITY.md promises no less.

An act that is allowed after all does no harm: what it makes is taken away again, or goes with the process that tries.
Each is given the id of another process, the one that this one was forked from: in the jail, none can be asked for.
"""

import ctypes
import mmap
import os
import platform
import socket
import threading
from collections.abc import Callable
from pathlib import Path

_PASSWORDS = "/etc/passwd"
_NOWHERE = "/paramscope-self-test"
_LOCAL = ("127.0.0.1", 9)
_CURRENT_DIRECTORY = -100
_TYPE_CHARACTER, _SEIZE, _LIMIT_OF_TIME, _NEW_USERS, _MERGEABLE = 0x5412, 0x4206, 0, 0x10000000, 12
#: System calls by name: the number on x86-64, that on aarch64.
_NUMBERS = {
    "bpf": (321, 280),
    "capset": (126, 91),
    "chroot": (161, 51),
    "clock_gettime": (228, 113),
    "io_uring_setup": (425, 425),
    "ioctl": (16, 29),
    "keyctl": (250, 219),
    "memfd_create": (319, 279),
    "openat": (257, 56),
    "perf_event_open": (298, 241),
    "pidfd_open": (434, 434),
    "prlimit64": (302, 261),
    "process_vm_readv": (310, 270),
    "ptrace": (101, 117),
    "setpriority": (141, 140),
    "setresuid": (117, 147),
    "shmget": (29, 194),
    "unshare": (272, 97),
    "userfaultfd": (323, 282),
}


def _call(name: str, *arguments: object) -> None:
    """A system call of the kernel's, past Python; raises OSError where it fails."""
    number = _NUMBERS[name][platform.machine() == "aarch64"]
    if ctypes.CDLL(None, use_errno=True).syscall(number, *arguments) < 0:
        raise OSError(ctypes.get_errno(), name)


def _write(_other: int) -> None:
    name = Path(f"/tmp/paramscope-self-test-{os.getpid()}")  # noqa: S108 (gone again if it could be written)
    with name.open("w"):
        name.unlink()


def _read(_other: int) -> None:
    """As Python does, and by the kernel's own call."""
    try:
        with Path(_PASSWORDS).open():
            return
    except PermissionError:
        pass
    _call("openat", _CURRENT_DIRECTORY, _PASSWORDS.encode(), os.O_RDONLY)


def _memory(other: int) -> None:
    for name in ("environ", "mem"):
        try:
            with Path(f"/proc/{other}/{name}").open("rb"):
                return
        except PermissionError:
            continue
    _copied_memory(other)


def _copied_memory(other: int) -> None:
    """Where the same lies at the same address, since this process was forked from the other."""
    byte = ctypes.c_char()
    place = (ctypes.c_uint64 * 2)(ctypes.addressof(byte), 1)
    _call("process_vm_readv", other, place, ctypes.c_ulong(1), place, ctypes.c_ulong(1), ctypes.c_ulong(0))


def _shared_memory(_other: int) -> None:
    """By a name in memory, and by a number of the system's."""
    try:
        _call("memfd_create", b"paramscope-self-test", 0)
    except PermissionError:
        _call("shmget", 0, ctypes.c_size_t(1), 0)


def _tcp(_other: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp:
        tcp.connect(_LOCAL)


def _udp(_other: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.sendto(b"", _LOCAL)


def _unix(_other: int) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as unix:
        unix.connect("\0paramscope-self-test")


def _listen(_other: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp:
        tcp.bind(("127.0.0.1", 0))
        tcp.listen()


def _fork(_other: int) -> None:
    if (pid := os.fork()) == 0:
        os._exit(0)
    os.waitpid(pid, 0)


def _all_capabilities(_other: int) -> None:
    _call("capset", (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)(*[2**32 - 1] * 6))


def _others_clock(other: int) -> None:
    _call("clock_gettime", ~other << 3 | 2, (ctypes.c_uint64 * 2)())


def _no_limit(_other: int) -> None:
    _call("prlimit64", 0, _LIMIT_OF_TIME, (ctypes.c_uint64 * 2)(2**64 - 1, 2**64 - 1), None)


PROBES: dict[str, Callable[[int], object]] = {
    "write a file": _write,
    "read a file": _read,
    "list a directory": lambda _: os.listdir("/"),  # noqa: PTH208 (what code would write)
    "look up a file": lambda _: os.stat(_PASSWORDS),  # noqa: PTH116 (as above)
    "rename a file": lambda _: os.rename(_NOWHERE, f"{_NOWHERE}-2"),  # noqa: PTH104 (as above)
    "delete a file": lambda _: os.unlink(_NOWHERE),  # noqa: PTH108 (as above)
    "type into the server's terminal": lambda _: _call("ioctl", 0, _TYPE_CHARACTER, b"x"),
    "open a TCP connection": _tcp,
    "listen for TCP connections": _listen,
    "send over UDP": _udp,
    "connect to a Unix socket": _unix,
    "start a process": _fork,
    "start a program": lambda _: os.execv(_NOWHERE, [_NOWHERE]),  # noqa: S606 (there is none of that name)
    "start a thread": lambda _: threading.Thread(target=int).start(),
    "signal another process": lambda other: os.kill(other, 0),
    "read the memory or the environment of another process": _memory,
    "copy the memory of another process": _copied_memory,
    "trace another process": lambda other: _call("ptrace", _SEIZE, other, None, None),
    "take hold of another process": lambda other: _call("pidfd_open", other, 0),
    "read another process's clock": _others_clock,
    "share memory with another process": _shared_memory,
    "have its memory merged with another's": lambda _: mmap.mmap(-1, mmap.PAGESIZE).madvise(_MERGEABLE),
    "take 10 GB of memory": lambda _: mmap.mmap(-1, 10 * 2**30).close(),
    "take away its limits": _no_limit,
    "go before others": lambda _: _call("setpriority", 0, 0, -20),
    "become root": lambda _: _call("setresuid", 0, 0, 0),
    "take root's capabilities": _all_capabilities,
    "change its root folder": lambda _: _call("chroot", b"/"),
    "make a user space of its own": lambda _: _call("unshare", _NEW_USERS),
    "set up io_uring": lambda _: _call("io_uring_setup", 1, None),
    "load a program into the kernel": lambda _: _call("bpf", 0, None, 0),
    "use the kernel's keyrings": lambda _: _call("keyctl", 0, -3, 0),
    "handle its page faults itself": lambda _: _call("userfaultfd", 0),
    "watch the processor's counters": lambda _: _call("perf_event_open", None, 0, -1, -1, ctypes.c_ulong(0)),
}
