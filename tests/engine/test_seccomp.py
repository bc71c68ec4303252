"""The filter of system calls, interpreted here on calls made up for it: every number, both machines, both halves."""

import ctypes
import errno
import platform
import struct
import sys
from functools import cache
from typing import Any

import pytest

from core.engine.jail import seccomp

#: What the kernel does with a call, as `<linux/seccomp.h>` and `<linux/audit.h>` number it.
ALLOWED, REFUSED, KILLED = 0x7FFF0000, 0x00050001, 0x80000000
ARCHITECTURE = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
MACHINES = pytest.mark.parametrize("machine", ARCHITECTURE)
SENDTO = {"x86_64": 44, "aarch64": 206}
#: The same numbers as in the filter's own table, so that whoever lets one more through says so twice.
PERMITTED = {
    "x86_64": {
        *(0, 1, 3, 5, 8, 9, 10, 11, 12, 13, 14, 15, 19, 20, 24, 25, 35, 39, 45, 60, 96, 98, 100, 102, 107, 131),
        *(186, 204, 219, 231, 318, 334),
    },
    "aarch64": {
        *(57, 62, 63, 64, 65, 66, 80, 93, 94, 101, 123, 124, 128, 132, 134, 135, 139, 153, 165),
        *(169, 172, 174, 175, 178, 207, 214, 215, 216, 222, 226, 278, 293),
    },
}
#: Advice on memory, barriers, waiting, and three calls about clocks: the argument that is looked at, its values.
CLOCKS = {0, 1, 2, 3, 4, 5, 6, 7, 11}
PERMITTED_WITH = {
    "x86_64": {28: 2, 324: 0, 202: 1, 228: 0, 229: 0, 230: 0},
    "aarch64": {233: 2, 283: 0, 98: 1, 113: 0, 114: 0, 115: 0},
}
VALUES = (
    {0, 1, 2, 3, 4, 8, 14, 15},
    {0, 8, 16},
    {0, 1, 9, 10, 0x80, 0x81, 0x89, 0x8A, 0x109, 0x189},
    *[CLOCKS] * 3,
)
#: Calls that a jail is there to refuse, each with its number.
FORBIDDEN = {
    "x86_64": """open 2 openat 257 openat2 437 creat 85 unlink 87 mkdir 83 getdents64 217 socket 41 connect 42 bind 49
        sendmsg 46 sendmmsg 307 recvmsg 47 socketpair 53 clone 56 clone3 435 fork 57 vfork 58 execve 59 execveat 322
        kill 62 tkill 200 tgkill 234 ptrace 101 process_vm_readv 310 process_vm_writev 311 prctl 157 setrlimit 160
        prlimit64 302 ioctl 16 dup 32 dup2 33 fcntl 72 memfd_create 319 io_uring_setup 425 bpf 321 mount 165
        setuid 105 shmget 29 capset 126 keyctl 250 userfaultfd 323 perf_event_open 298 pidfd_open 434 pidfd_getfd 438
        setpriority 141 sched_setscheduler 144 chroot 161 unshare 272 setns 308 memfd_secret 447 process_madvise 440""",
    "aarch64": """openat 56 openat2 437 unlinkat 35 mkdirat 34 getdents64 61 socket 198 connect 203 bind 200
        sendmsg 211 sendmmsg 269 recvmsg 212 socketpair 199 clone 220 clone3 435 execve 221 execveat 281
        kill 129 tkill 130 tgkill 131 ptrace 117 process_vm_readv 270 process_vm_writev 271 prctl 167 setrlimit 164
        prlimit64 261 ioctl 29 dup 23 dup3 24 fcntl 25 memfd_create 279 io_uring_setup 425 bpf 280 mount 40
        setuid 146 shmget 194 capset 91 keyctl 219 userfaultfd 282 perf_event_open 241 pidfd_open 434 pidfd_getfd 438
        setpriority 140 sched_setscheduler 119 chroot 51 unshare 97 setns 268 memfd_secret 447 process_madvise 440""",
}
#: The first and the last number of x86-64's calls with 32-bit pointers.
X32 = range(0x40000000, 0x40000000 + 1024)


def forbidden(machine: str) -> dict[str, int]:
    """Name and number of what a jail of that machine must refuse."""
    words = FORBIDDEN[machine].split()
    return dict(zip(words[::2], map(int, words[1::2]), strict=True))


@cache
def instructions(machine: str) -> list[tuple[int, int, int, int]]:
    """The filter's steps: what to do, how many to skip if equal and if not, and with what."""
    return list(struct.iter_unpack("<HBBI", seccomp.filter_for(machine)))


def verdict(machine: str, number: int, architecture: int | None = None, arguments: tuple[int, ...] = ()) -> int:
    """What the filter of that machine returns for a call, as the kernel would run it."""
    data = struct.pack("<iIQ6Q", number, architecture or ARCHITECTURE[machine], 0, *(*arguments, *(0,) * 6)[:6])
    at = accumulator = 0
    while True:
        code, yes, no, operand = instructions(machine)[at]
        at += 1
        match code:
            case 0x20:  # load a word of the call's description
                (accumulator,) = struct.unpack_from("<I", data, operand)
            case 0x15:  # jump if equal
                at += yes if accumulator == operand else no
            case 0x06:  # return
                return int(operand)
            case _:
                raise AssertionError(f"the filter holds an instruction {code:#x} that this test does not know")


@MACHINES
def test_exactly_the_permitted_calls_are_allowed_and_all_others_refused(machine: str) -> None:
    for number in (*range(1024), *X32, 2**31 - 1, -1):
        expected = ALLOWED if number in {*PERMITTED[machine], *PERMITTED_WITH[machine], SENDTO[machine]} else REFUSED
        assert verdict(machine, number) == expected, number


@MACHINES
def test_what_reaches_files_network_or_processes_is_refused_by_name(machine: str) -> None:
    through = [name for name, number in forbidden(machine).items() if verdict(machine, number) != REFUSED]
    assert through == []


@MACHINES
@pytest.mark.parametrize("address", [1, 0x1000, 2**31, 2**32 - 1, 2**32, 7 * 2**32, 2**63, 2**64 - 1, 2**32 + 1])
def test_sendto_may_name_no_address_in_either_half_of_its_argument(machine: str, address: int) -> None:
    assert verdict(machine, SENDTO[machine], arguments=(3, 8, 1, 0, address, 16)) == REFUSED
    assert verdict(machine, SENDTO[machine], arguments=(3, address, address, address, 0, address)) == ALLOWED


@MACHINES
@pytest.mark.parametrize("which", range(len(VALUES)))
def test_a_bounded_call_is_allowed_with_known_values_of_its_argument_only(machine: str, which: int) -> None:
    number, position = list(PERMITTED_WITH[machine].items())[which]
    for value in (*range(1024), 2**31, 2**32 - 1, 2**32 - 15, -7 % 2**32):
        others = [2**64 - 1] * 6
        others[position] = value
        expected = ALLOWED if value in VALUES[which] else REFUSED
        assert verdict(machine, number, arguments=tuple(others)) == expected, value
        others[position] = value + 2**32  # of which the kernel takes the lower half
        assert verdict(machine, number, arguments=tuple(others)) == expected, value


@MACHINES
def test_arguments_of_other_calls_change_nothing(machine: str) -> None:
    for arguments in ((0,) * 6, (2**64 - 1,) * 6):
        assert {verdict(machine, number, arguments=arguments) for number in PERMITTED[machine]} == {ALLOWED}
        assert {verdict(machine, number, arguments=arguments) for number in forbidden(machine).values()} == {REFUSED}


@MACHINES
@pytest.mark.parametrize("architecture", [0x40000003, 0x40000028, 0xC00000B7, 0xC000003E, 1])
def test_a_call_of_another_architecture_ends_the_process(machine: str, architecture: int) -> None:
    if architecture != ARCHITECTURE[machine]:
        assert {verdict(machine, number, architecture) for number in range(512)} == {KILLED}


@MACHINES
def test_the_filter_of_a_machine_is_its_own(machine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: machine)
    monkeypatch.setattr(sys, "platform", "linux")
    assert seccomp.program() == seccomp.filter_for(machine)


@pytest.mark.parametrize(
    ("system", "machine", "words"),
    [
        ("darwin", "x86_64", 2**63 - 1),
        ("linux", "riscv64", 2**63 - 1),
        ("linux", "x86_64", 2**31 - 1),
    ],
)
def test_a_machine_whose_numbers_are_not_known_has_no_filter(
    system: str, machine: str, words: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(platform, "machine", lambda: machine)
    monkeypatch.setattr(sys, "maxsize", words)
    assert seccomp.program() is None


class Kernel:
    """Answers the system call that puts a filter on, and notes what it is given."""

    def __init__(self, answer: int) -> None:
        self.answer = answer
        self.given: tuple[int, ...] = ()

    def prctl(self, option: int, mode: int, argument: Any, *rest: int) -> int:
        self.given = (option, mode, argument._obj.length, *rest)
        return self.answer


def test_a_filter_is_put_on_whole() -> None:
    kernel: Any = Kernel(0)
    seccomp.restrict(kernel, seccomp.filter_for("x86_64"))
    assert kernel.given == (22, 2, len(instructions("x86_64")), 0, 0)


def test_a_kernel_that_refuses_is_an_error() -> None:
    kernel: Any = Kernel(-1)
    ctypes.set_errno(errno.EINVAL)
    with pytest.raises(OSError, match="Invalid argument"):
        seccomp.restrict(kernel, seccomp.filter_for("x86_64"))
