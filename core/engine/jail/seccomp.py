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
from collections.abc import Sequence

_PR_SET_SECCOMP, _FILTER = 22, 2
_ALLOW, _REFUSE, _KILL = 0x7FFF0000, 0x00050000 | 1, 0x80000000  # 1 is EPERM
_LOAD, _EQUAL, _RETURN = 0x20, 0x15, 0x06
_INSTRUCTION = struct.Struct("<HBBI")
_STEP = _INSTRUCTION.size
#: Where `struct seccomp_data` holds the call's number, the architecture, and the first argument (its lower half).
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16

#: Name, number on x86-64, number on aarch64. Memory may be made executable: convolutions are compiled on the spot.
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
    ("rseq", 334, 293),
    ("rt_sigaction", 13, 134),
    ("rt_sigprocmask", 14, 135),
    ("rt_sigreturn", 15, 139),
    ("sigaltstack", 131, 132),
    ("sched_yield", 24, 124),
    ("sched_getaffinity", 204, 123),
    ("nanosleep", 35, 101),
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
#: Clocks of the machine and of this process; a negative number would be another process's.
_CLOCKS = (*range(8), 11)
#: Waiting and waking, by an address or a bit set, in this process or not, until a time of either clock.
_WAITING = (0, 1, 9, 10, 128, 129, 137, 138, 265, 393)
#: What is allowed with some values of one argument only: name, the two numbers, which argument, counted from 0, and its
#: values. The kernel reads it as 32 bits.
_CALLS_WITH = (
    ("madvise", 28, 233, 2, (0, 1, 2, 3, 4, 8, 14, 15)),  # not the advice to merge equal pages of several processes
    ("membarrier", 324, 283, 0, (0, 8, 16)),
    ("futex", 202, 98, 1, _WAITING),
    ("clock_gettime", 228, 113, 0, _CLOCKS),
    ("clock_getres", 229, 114, 0, _CLOCKS),
    ("clock_nanosleep", 230, 115, 0, _CLOCKS),
)
#: A socket may be written without naming another address, its fifth argument.
_SENDTO, _ADDRESS = {"x86_64": 44, "aarch64": 206}, 4
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
    arms = machine == "aarch64"
    low, high = _ARGUMENTS + 8 * _ADDRESS, _ARGUMENTS + 8 * _ADDRESS + 4
    return b"".join(
        (
            _step(_LOAD, _ARCHITECTURE),
            _step(_EQUAL, _AUDIT[machine], yes=1),
            _step(_RETURN, _KILL),
            _step(_LOAD, _NUMBER),
            _allowed([arm if arms else x86 for _, x86, arm in _CALLS]),
            *(_allowed_with(arm if arms else x86, at, values) for _, x86, arm, at, values in _CALLS_WITH),
            _step(_EQUAL, _SENDTO[machine], no=5),
            _step(_LOAD, low),
            _step(_EQUAL, 0, no=3),
            _step(_LOAD, high),
            _step(_EQUAL, 0, no=1),
            _step(_RETURN, _ALLOW),
            _step(_RETURN, _REFUSE),
        )
    )


def _allowed(values: Sequence[int]) -> bytes:
    """What was loaded last is compared to each value; one that equals it allows the call, otherwise it goes on."""
    last = len(values) - 1
    compared = (_step(_EQUAL, value, yes=last - index, no=index == last) for index, value in enumerate(values))
    return b"".join((*compared, _step(_RETURN, _ALLOW)))


def _allowed_with(number: int, argument: int, values: Sequence[int]) -> bytes:
    """The call of that number is allowed with these values of that argument and refused with all others."""
    block = _step(_LOAD, _ARGUMENTS + 8 * argument) + _allowed(values) + _step(_RETURN, _REFUSE)
    return _step(_EQUAL, number, no=len(block) // _STEP) + block


def _step(code: int, operand: int, yes: int = 0, no: int = 0) -> bytes:
    return _INSTRUCTION.pack(code, yes, no, operand)


def restrict(libc: ctypes.CDLL, instructions: bytes) -> None:
    """Put the filter on this thread for good; raises OSError where the kernel has none. Needs no_new_privs."""
    wanted = _Program(len(instructions) // _STEP, instructions)
    if libc.prctl(_PR_SET_SECCOMP, _FILTER, ctypes.byref(wanted), 0, 0):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
