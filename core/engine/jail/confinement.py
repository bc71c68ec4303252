"""What a worker gives up before it serves, for good: files, network, other processes, more than its share.

Every forked worker is jailed, whatever it will be asked: one rule, nothing to forget. Whatever it needs later must be
imported before, in the zygote.
"""

import contextlib
import ctypes
import os
import socket
from collections.abc import Collection
from dataclasses import dataclass

from . import landlock, limits, privileges, seccomp
from .limits import Limits
from .parent_death import end_with

_PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 4, 38
#: The number of a worker's only open file beyond the standard three, which lead nowhere.
_CONNECTION = 3
#: What can be left out of a jail: then nothing is left of it but its bounds.
LAYERS = ("privileges", "landlock", "seccomp")


@dataclass(frozen=True)
class Jail:
    """The parts of a jail that this machine has, prepared once, so that a fork only puts them on."""

    libc: ctypes.CDLL
    drops_privileges: bool
    landlock: int
    seccomp: bytes | None

    @classmethod
    def prepared(cls, without: Collection[str] = ()) -> "Jail":
        """The jail of this machine, `without` those of its `LAYERS`."""
        libc = ctypes.CDLL(None, use_errno=True)
        libc.prctl.argtypes = [ctypes.c_int, ctypes.c_ulong, ctypes.c_void_p, ctypes.c_ulong, ctypes.c_ulong]
        libc.syscall.argtypes = [ctypes.c_long, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_uint]
        libc.syscall.restype = ctypes.c_long
        return cls(
            libc,
            "privileges" not in without,
            0 if "landlock" in without else landlock.version(libc),
            None if "seccomp" in without else seccomp.program(),
        )

    def enter(self, parent: int, connection: int, bounds: Limits) -> socket.socket:
        """Go in, for good. What the kernel lacks is left out; the self-test tells whether the rest holds.

        Args:
            parent: process id this worker was forked by; when that one is gone already, the worker ends here.
            connection: the descriptor of a socket, the one file to keep.
            bounds: what the worker may use.

        Returns:
            The connection.
        """
        only_file = _keep_only(connection)
        os.environ.clear()
        limits.limit(bounds)
        if self.drops_privileges:
            privileges.drop(self.libc)
        end_with(parent)  # only now: who becomes another user is no longer told
        self.libc.prctl(_PR_SET_DUMPABLE, 0, None, 0, 0)
        self.libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, None, 0, 0)
        if self.landlock:
            with contextlib.suppress(OSError):
                landlock.restrict(self.libc, self.landlock)
        if self.seccomp:
            limits.close_files()
            with contextlib.suppress(OSError):
                seccomp.restrict(self.libc, self.seccomp)
        return only_file


def _keep_only(connection: int) -> socket.socket:
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in range(3):
        os.dup2(nowhere, standard)
    os.dup2(connection, _CONNECTION)
    os.closerange(_CONNECTION + 1, os.sysconf("SC_OPEN_MAX"))
    return socket.socket(fileno=_CONNECTION)
