"""A fresh interpreter with torch imported and warm that forks a worker on request: `python -m core.engine.zygote FD`.

It never sees a recipe. Over its control socket it receives `F` with a socket, which the forked worker serves, and
answers with the worker's process id; or `K` and a process id, and kills that worker. When the control socket closes,
because the server ended however it ended, the zygote kills its workers and exits.
"""

import contextlib
import gc
import os
import select
import signal
import socket
import sys
import threading
import traceback
from collections.abc import Iterator
from typing import NoReturn

from core.engine.channel import PID, READY
from core.engine.confinement import confine

_REAP_SECONDS = 1.0
_WATCH_MILLISECONDS = 20


def main(control: socket.socket) -> None:
    """Serve the control socket until it closes."""
    with _ending_with_server(control):
        from core.engine.worker import prepare, prepare_rest  # imports torch

        prepare()
        _freeze()
    workers: set[int] = set()
    control.settimeout(_REAP_SECONDS)
    try:
        control.sendall(READY)
        _serve_one(control, workers)  # who waits for the first worker need not wait for the rest
        with _ending_with_server(control):
            prepare_rest()
            _freeze()
        while _serve_one(control, workers):
            _reap(workers)
    except (BrokenPipeError, ConnectionResetError):  # the server ended in the middle of something
        pass
    for pid in tuple(workers):
        _kill(workers, pid)


def _serve_one(control: socket.socket, workers: set[int]) -> bool:
    """Carry out the next message, if one comes soon; False once the control socket is closed."""
    try:
        message, descriptors, _, _ = socket.recv_fds(control, 1 + PID.size, 1)
    except TimeoutError:
        return True
    if message[:1] == b"F" and descriptors:
        workers.add(pid := _fork(control, descriptors[0]))
        control.sendall(PID.pack(pid))
    elif message[:1] == b"K":
        _kill(workers, PID.unpack(message[1:])[0])
    return bool(message)


@contextlib.contextmanager
def _ending_with_server(control: socket.socket) -> Iterator[None]:
    """In what takes seconds, a thread ends this process once the server has; it is gone before anything forks."""
    done = threading.Event()

    def watch() -> None:
        poll = select.poll()
        poll.register(control, select.POLLHUP)
        while not done.is_set():
            if poll.poll(_WATCH_MILLISECONDS):
                os._exit(0)  # takes the workers along

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


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
        from core.engine.worker import serve

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
