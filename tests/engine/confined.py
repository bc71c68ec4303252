"""A process in the jail tells what it finds there: `python -m tests.engine.confined WHAT [LAYER_LEFT_OUT..]`.

It needs no zygote and no torch, so that a test has its answer in half a second. WHAT is "facts", "probes", "orphan"
(its parent has ended already) or "refused" (by a kernel that has no Landlock and no filter after all).
"""

import ctypes
import fcntl
import json
import os
import resource
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from core.engine.jail.confinement import Jail
from core.engine.jail.limits import Limits

ROOT = Path(__file__).parents[2]
BOUNDS = Limits(memory=300 * 2**20, processor_seconds=7, first_to_go=True)
_PR_GET_PDEATHSIG, _PR_GET_DUMPABLE, _PR_GET_NO_NEW_PRIVS = 2, 3, 39


def told(what: str, *without: str) -> dict[str, Any]:
    """What a process tells from the jail without those layers, and what the kernel says of it meanwhile."""
    command = [sys.executable, "-m", "tests.engine.confined", what, *without]
    environment = {**os.environ, "PARAMSCOPE_SECRET": "what only the server knows"}
    run = subprocess.run(
        command, cwd=ROOT, env=environment, input="", capture_output=True, text=True, check=True, timeout=60
    )
    found: dict[str, Any] = json.loads(run.stdout)
    return found


def main(what: str, without: list[str]) -> None:
    """Fork a child into the jail, and print what it tells."""
    from core.engine import channel  # before the fork: in the jail no file can be read
    from core.engine.jail import selftest

    ours, theirs = socket.socketpair()
    spare = os.dup2(os.open(os.devnull, os.O_RDONLY), 900)  # a file with a high number, as a busy server has
    jail, parent = Jail.prepared(without), os.getpid()
    if what == "refused":
        jail = replace(jail, libc=cast("ctypes.CDLL", _Refusing()), landlock=1)
    if (pid := os.fork()) == 0:
        try:
            before = _address_space()
            connection = jail.enter(parent + (what == "orphan"), theirs.fileno(), BOUNDS)
            if what == "probes":
                selftest.tell(connection, parent)
            else:
                channel.send(
                    connection,
                    {"address space before": before, **(_facts(jail) if {"landlock", "seccomp"} <= {*without} else {})},
                )
            connection.recv(1)  # until it has been looked at
        finally:
            os._exit(7)
    theirs.close()
    os.close(spare)
    try:
        head, _ = channel.receive(ours)
        seen = {name: (Path("/proc") / str(pid) / name).read_text() for name in ("limits", "status")}
    except channel.ClosedError:
        head, seen = {}, {}
    ours.close()
    _, status = os.waitpid(pid, 0)
    print(json.dumps({**head, **seen, "exit code": os.waitstatus_to_exitcode(status)}))


class _Refusing:
    """A C library through which the kernel refuses everything."""

    @staticmethod
    def prctl(*_: object) -> int:
        return -1

    @staticmethod
    def capset(*_: object) -> int:
        return -1

    @staticmethod
    def syscall(*_: object) -> int:
        return -1


def _facts(jail: Jail) -> dict[str, Any]:
    """What can be asked from inside where both layers are left out."""
    signal = ctypes.c_int()
    jail.libc.prctl(_PR_GET_PDEATHSIG, ctypes.cast(ctypes.byref(signal), ctypes.c_void_p).value, None, 0, 0)
    return {
        "dumpable": jail.libc.prctl(_PR_GET_DUMPABLE, 0, None, 0, 0),
        "no new privileges": jail.libc.prctl(_PR_GET_NO_NEW_PRIVS, 0, None, 0, 0),
        "signal at the parent's death": signal.value,
        "environment": dict(os.environ),
        "out-of-memory score": Path("/proc/self/oom_score_adj").read_text().strip(),
        "files": {number: _target(number) for number in range(1024) if _target(number) is not None},
        "standard files": [_access(number) for number in range(3)],
        "memory": resource.getrlimit(resource.RLIMIT_AS),
        "processor": resource.getrlimit(resource.RLIMIT_CPU),
    }


def _target(number: int) -> str | None:
    try:
        return str(Path(f"/proc/self/fd/{number}").readlink())
    except OSError:
        return None


def _access(number: int) -> str:
    """Whether a file may be read, written, or both."""
    return {os.O_RDONLY: "r", os.O_WRONLY: "w", os.O_RDWR: "rw"}[fcntl.fcntl(number, fcntl.F_GETFL) & os.O_ACCMODE]


def _address_space() -> int:
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
