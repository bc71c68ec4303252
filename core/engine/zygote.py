"""A fresh interpreter with torch imported and warm that forks a worker on request: `python -m core.engine.zygote FD`.

It never sees a recipe. Over its control socket it receives `F` with a socket, which the forked worker serves, and
answers with the worker's process id; or `K` and a process id, and kills that worker. When the control socket closes,
because the server ended however it ended, the zygote kills its workers and exits.
"""

import gc
import os
import signal
import socket
import sys
import traceback
from collections.abc import Callable
from typing import NoReturn

from core.engine.channel import PID, READY
from core.engine.confinement import confine
from core.engine.worker import prepare, prepare_rest, serve

_QUIET_SECONDS, _REAP_SECONDS = 0.2, 1.0


def main(control: socket.socket) -> None:
    """Serve the control socket until it closes."""
    prepare()
    _freeze()
    workers: set[int] = set()
    later = [prepare_rest, _freeze]
    try:
        control.sendall(READY)
        while _serve_one(control, workers, later):
            _reap(workers)
    except (BrokenPipeError, ConnectionResetError):  # the server ended in the middle of something
        pass
    for pid in tuple(workers):
        _kill(workers, pid)


def _serve_one(control: socket.socket, workers: set[int], later: list[Callable[[], None]]) -> bool:
    """Carry out the next message, or what can wait for a quiet moment; False once the control socket is closed."""
    control.settimeout(_QUIET_SECONDS if later else _REAP_SECONDS)
    try:
        message, descriptors, _, _ = socket.recv_fds(control, 1 + PID.size, 1)
    except TimeoutError:
        while later:
            later.pop(0)()
        return True
    if message[:1] == b"F" and descriptors:
        workers.add(pid := _fork(control, descriptors[0]))
        control.sendall(PID.pack(pid))
    elif message[:1] == b"K":
        _kill(workers, PID.unpack(message[1:])[0])
    return bool(message)


def _freeze() -> None:
    """Keep the collector away from what exists, so that forks go on sharing its memory."""
    gc.collect()
    gc.freeze()


def _fork(control: socket.socket, descriptor: int) -> int:
    zygote = os.getpid()
    pid = os.fork()
    if pid == 0:
        _become_worker(control, descriptor, zygote)
    os.close(descriptor)
    return pid


def _become_worker(control: socket.socket, descriptor: int, zygote: int) -> NoReturn:
    try:
        control.close()
        confine(zygote)
        serve(socket.socket(fileno=descriptor))
    except BaseException:
        traceback.print_exc()
        raise
    finally:
        os._exit(0)  # a worker must never return into the zygote's loop


def _kill(workers: set[int], pid: int) -> None:
    """Only an unreaped worker of ours: its process id cannot have been given to another process yet."""
    if pid in workers:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)  # no worker takes its place before it is gone
        workers.discard(pid)


def _reap(workers: set[int]) -> None:
    for pid in tuple(workers):
        if os.waitpid(pid, os.WNOHANG)[0]:
            workers.discard(pid)


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])))
