"""Importing the operator's files for trial, in a child: one that hangs or crashes must not take the zygote along."""

import os
import signal
import time

from ..code.command_line import NamedFile
from ..code.importing import imported
from .jail.parent_death import end_with

_SECONDS = 30.0
_LOOK_SECONDS = 0.01


def broken(files: tuple[NamedFile, ...], seconds: float = _SECONDS) -> dict[NamedFile, str]:
    """The files whose import does not end, or ends the process, each with a sentence; call with one thread only."""
    reasons = {}
    for file in files:
        reason = _reason_not_to_import(file, seconds)
        if reason is not None:
            reasons[file] = f"{file.label} {reason}"
    return reasons


def _reason_not_to_import(file: NamedFile, seconds: float) -> str | None:
    parent = os.getpid()
    pid = os.fork()
    if pid == 0:
        try:
            end_with(parent)
            imported(file)
        except BaseException:  # said when it is imported in earnest
            os._exit(0)
        os._exit(0)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            code = os.waitstatus_to_exitcode(status)
            if code < 0:
                return f"crashes the process that imports it (signal {-code}); run it in a plain interpreter first"
            return f"ends the process that imports it with status {code}; take the call of exit out" if code else None
        time.sleep(_LOOK_SECONDS)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return f"was still being imported after {seconds:g} seconds; move long work into the function"
