"""What a worker gives up before it serves: the one place where a jail will stand."""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def confine(parent: int) -> None:
    """Tie this process's life to its parent's and give up what a measurement never needs.

    Workers run the catalog's own code only, so nothing more is taken from them yet; code from a browser will need
    resource limits, Landlock and seccomp, and this is where they go.

    Args:
        parent: process id the worker was forked by; when that one is gone already, the worker ends here.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(0)
