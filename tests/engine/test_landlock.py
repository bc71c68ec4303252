"""The rights that are given up, for each version of Landlock, asked of a kernel made up for it."""

import ctypes
import errno
import os
from typing import Any

import pytest

from core.engine.jail import landlock

#: Bits of `<linux/landlock.h>`: on files everything up to making a symbolic link, then refer, truncate and ioctl.
FILES_1, REFER, TRUNCATE, IOCTL = 0b1_1111_1111_1111, 1 << 13, 1 << 14, 1 << 15
TCP = 0b11
SCOPES = 0b11
CREATE, RESTRICT = 444, 446


class Kernel:
    """Answers Landlock's system calls, and notes what it is asked."""

    def __init__(self, *, known: int = 9, creates: bool = True, restricts: bool = True) -> None:
        self.known, self.creates, self.restricts = known, creates, restricts
        self.rules: tuple[int, ...] = ()
        self.restricted = False
        self.descriptor = -1

    def syscall(self, number: int, argument: Any, size: int, flags: int) -> int:
        if number == CREATE and argument is None:
            assert (size, flags) == (0, 1)
            return self.known
        if number == CREATE:
            assert flags == 0
            self.rules = tuple((ctypes.c_uint64 * (size // 8)).from_buffer(argument._obj))
            if not self.creates:
                return -1
            self.descriptor = os.open(os.devnull, os.O_RDONLY)
            return self.descriptor
        assert (number, argument, size, flags) == (RESTRICT, self.descriptor, 0, 0)
        self.restricted = self.restricts
        return 0 if self.restricts else -1


@pytest.mark.parametrize(
    ("known", "rules"),
    [
        (1, (FILES_1,)),
        (2, (FILES_1 | REFER,)),
        (3, (FILES_1 | REFER | TRUNCATE,)),
        (4, (FILES_1 | REFER | TRUNCATE, TCP)),
        (5, (FILES_1 | REFER | TRUNCATE | IOCTL, TCP)),
        (6, (FILES_1 | REFER | TRUNCATE | IOCTL, TCP, SCOPES)),
        (9, (FILES_1 | REFER | TRUNCATE | IOCTL, TCP, SCOPES)),
    ],
)
def test_every_right_that_a_version_knows_is_given_up(known: int, rules: tuple[int, ...]) -> None:
    kernel: Any = Kernel()
    landlock.restrict(kernel, known)
    assert kernel.rules == rules
    assert kernel.restricted
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(kernel.descriptor)


@pytest.mark.parametrize(("creates", "restricts"), [(False, True), (True, False)])
def test_a_kernel_that_refuses_is_an_error(creates: bool, restricts: bool) -> None:
    kernel: Any = Kernel(creates=creates, restricts=restricts)
    ctypes.set_errno(errno.EPERM)
    with pytest.raises(OSError, match="not permitted"):
        landlock.restrict(kernel, 1)
    assert not kernel.restricted
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(kernel.descriptor)


@pytest.mark.parametrize(("answer", "version"), [(7, 7), (1, 1), (-1, 0)])
def test_a_kernel_without_it_has_version_0(answer: int, version: int) -> None:
    kernel: Any = Kernel(known=answer)
    assert landlock.version(kernel) == version
