"""Landlock: no file, no TCP, no signal to others, as far as this kernel's version of it reaches.

Never the only layer: UDP, fork and threads are beyond it. Three system calls without rules need no library.
"""

import ctypes
import os

_CREATE, _RESTRICT, _VERSION = 444, 446, 1
#: From which version on: rights on files, on TCP ports, and scopes (abstract sockets, signals).
_FILES = ((1, (1 << 13) - 1), (2, 1 << 13), (3, 1 << 14), (5, 1 << 15))
_NETWORK = ((4, 0b11),)
_SCOPES = ((6, 0b11),)


def version(libc: ctypes.CDLL) -> int:
    """The version of Landlock that this kernel has; 0 for none."""
    return max(0, int(libc.syscall(_CREATE, None, 0, _VERSION)))


def restrict(libc: ctypes.CDLL, known: int) -> None:
    """Give up, for good, every right that version `known` handles; raises OSError. Needs no_new_privs."""
    handled = [sum(bits for since, bits in rights if since <= known) for rights in (_FILES, _NETWORK, _SCOPES)]
    used = [bits for bits in handled if bits]  # an older kernel knows only a shorter structure
    rules = (ctypes.c_uint64 * len(used))(*used)
    descriptor = libc.syscall(_CREATE, ctypes.byref(rules), ctypes.sizeof(rules), 0)
    if descriptor < 0:
        raise _refusal()
    try:
        if libc.syscall(_RESTRICT, descriptor, 0, 0):
            raise _refusal()
    finally:
        os.close(descriptor)


def _refusal() -> OSError:
    return OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
