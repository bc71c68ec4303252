"""The system calls that a jailed worker may make: computing, memory, time, and its own connection; nothing else.

A filter made by hand rather than by libseccomp: the Python bindings need that C library installed, and what is needed
of it is these few instructions. On aarch64 the filter is known from the kernel's table and an interpreter in the tests
alone: nobody has tried it on such a machine.
"""

import ctypes
import os
import platform
import struct
import sys

_PR_SET_SECCOMP, _FILTER = 22, 2
_ALLOW, _REFUSE, _KILL = 0x7FFF0000, 0x00050000 | 1, 0x80000000  # 1 is EPERM
_LOAD, _EQUAL, _RETURN = 0x20, 0x15, 0x06
#: Where `struct seccomp_data` holds the call's number, the architecture, and the fifth argument (two halves).
_NUMBER, _ARCHITECTURE, _FIFTH = 0, 4, (48, 52)

#: Name, number on x86-64, number on aarch64. A socket may be read, and written without naming another address.
_CALLS = (
    ("read", 0, 63),
    ("write", 1, 64),
    ("readv", 19, 65),
    ("writev", 20, 66),
    ("recvfrom", 45, 207),
    ("close", 3, 57),
    ("fstat", 5, 80),
    ("lseek", 8, 62),
    ("mmap", 9, 222),
    ("mprotect", 10, 226),
    ("munmap", 11, 215),
    ("mremap", 25, 216),
    ("brk", 12, 214),
    ("madvise", 28, 233),
    ("membarrier", 324, 283),
    ("rseq", 334, 293),
    ("futex", 202, 98),
    ("rt_sigaction", 13, 134),
    ("rt_sigprocmask", 14, 135),
    ("rt_sigreturn", 15, 139),
    ("sigaltstack", 131, 132),
    ("sched_yield", 24, 124),
    ("sched_getaffinity", 204, 123),
    ("nanosleep", 35, 101),
    ("clock_gettime", 228, 113),
    ("clock_getres", 229, 114),
    ("clock_nanosleep", 230, 115),
    ("gettimeofday", 96, 169),
    ("times", 100, 153),
    ("getrusage", 98, 165),
    ("getpid", 39, 172),
    ("gettid", 186, 178),
    ("getuid", 102, 174),
    ("geteuid", 107, 175),
    ("getrandom", 318, 278),
    ("restart_syscall", 219, 128),
    ("exit", 60, 93),
    ("exit_group", 231, 94),
)
_SENDTO = {"x86_64": 44, "aarch64": 206}
_AUDIT = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def program() -> bytes | None:
    """The filter for this machine as BPF instructions; None where there is none."""
    machine = platform.machine()
    if sys.platform != "linux" or machine not in _AUDIT or sys.maxsize < 2**32:
        return None
    return filter_for(machine)


def filter_for(machine: str) -> bytes:
    """The filter for "x86_64" or "aarch64", as BPF instructions.

    A 64-bit argument is read in two halves, for BPF computes with 32 bits, and both must be 0 where none may be given.
    """
    numbers = [x86 if machine == "x86_64" else arm for _, x86, arm in _CALLS]
    below = len(numbers)
    return b"".join(
        (
            _step(_LOAD, _ARCHITECTURE),
            _step(_EQUAL, _AUDIT[machine], yes=1),
            _step(_RETURN, _KILL),
            _step(_LOAD, _NUMBER),
            *(_step(_EQUAL, number, yes=below - index + 5) for index, number in enumerate(numbers)),
            _step(_EQUAL, _SENDTO[machine], no=4),
            _step(_LOAD, _FIFTH[0]),
            _step(_EQUAL, 0, no=2),
            _step(_LOAD, _FIFTH[1]),
            _step(_EQUAL, 0, yes=1),
            _step(_RETURN, _REFUSE),
            _step(_RETURN, _ALLOW),
        )
    )


def _step(code: int, operand: int, yes: int = 0, no: int = 0) -> bytes:
    return struct.pack("<HBBI", code, yes, no, operand)


def restrict(libc: ctypes.CDLL, instructions: bytes) -> None:
    """Put the filter on this thread for good; raises OSError where the kernel has none. Needs no_new_privs."""
    wanted = _Program(len(instructions) // 8, instructions)
    if libc.prctl(_PR_SET_SECCOMP, _FILTER, ctypes.byref(wanted), 0, 0):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
