"""A worker gives up what root may do: every capability and, where the server runs as root, the user and its groups.

With them goes the right to start processes: the last part of the jail that does not depend on Landlock or seccomp.
"""

import contextlib
import ctypes
import os
from collections.abc import Callable

#: The user and group "nobody", which own nothing.
NOBODY = 65534
_PR_CAPBSET_DROP, _PR_CAP_AMBIENT, _CLEAR_ALL = 24, 47, 4
#: `capset` for 64 capabilities: the version of its structure, and the structure's three masks of two halves each.
_VERSION, _MASKS = 0x20080522, 6
_CAPABILITIES = range(64)


def drop(libc: ctypes.CDLL) -> None:
    """Give everything up, for good. What a container does not let go of stays; the self-test tries what is left."""
    import resource  # not on Windows, where the server imports the files beside this one

    for capability in _CAPABILITIES:  # while root may; the kernel refuses numbers that it does not know
        libc.prctl(_PR_CAPBSET_DROP, capability, None, 0, 0)
    libc.prctl(_PR_CAP_AMBIENT, _CLEAR_ALL, None, 0, 0)
    if os.geteuid() == 0:
        with contextlib.suppress(OSError):
            os.setgroups([])
        with contextlib.suppress(OSError):
            os.setresgid(NOBODY, NOBODY, NOBODY)
        with contextlib.suppress(OSError):
            os.setresuid(NOBODY, NOBODY, NOBODY)
    header, nothing = (ctypes.c_uint32 * 2)(_VERSION, 0), (ctypes.c_uint32 * _MASKS)()
    libc.capset(header, nothing)
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))


def act_on_worker(act: Callable[[], object]) -> None:
    """Do something to a worker's process: as oneself, or as its user where that is refused; with one thread only.

    Root in a container often has not the capability to act on another user's processes, but that to become the user.
    """
    try:
        act()
    except PermissionError:
        os.seteuid(NOBODY)
        try:
            act()
        finally:
            os.seteuid(0)
