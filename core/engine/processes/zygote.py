"""A fresh interpreter with torch imported and warm that forks jailed workers.

`python -m core.engine.processes.zygote FD [LAYER..]` starts it. It never sees a recipe. What it is asked over its
socket is in `core.engine.processes.orders`. When that socket closes, because the server ended however it ended,
the zygote kills its workers and exits. LAYERs of the jail are left out.
"""

import contextlib
import gc
import os
import select
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from typing import NoReturn

from ..jail import limits, selftest
from ..jail.confinement import Jail
from ..jail.privileges import act_on_worker
from . import orders
from .orders import NUMBER

_REAP_SECONDS = 1.0
_FIRST_SECONDS = 1.0
_WATCH_MILLISECONDS = 20


class Zygote:
    """What is asked over `server`, a socket, is carried out: workers are forked, killed and accounted for."""

    def __init__(self, server: socket.socket, jail: Jail) -> None:
        self._server = server
        self._jail = jail
        self._workers: dict[int, int | None] = {}  # and their wait statuses, once they have ended
        self._worker_wanted = self._complete = False

    def run(self) -> None:
        """Prepare, and serve until the socket closes."""
        gc.disable()  # its rounds take a quarter of the time that imports do; workers collect again
        with _ending_with_server(self._server):
            from .. import preparing

            preparing.first()
            _freeze()
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # the server ended in the middle of something
            self._serve()
        for pid in tuple(self._workers):
            self._kill(pid)

    def _serve(self) -> None:
        self._server.settimeout(_REAP_SECONDS)
        self._server.sendall(orders.READY)
        until = time.monotonic() + _FIRST_SECONDS
        # Who waits for the first worker need not wait until the rest is imported.
        while not self._worker_wanted and time.monotonic() < until:
            if not self._serve_one():
                return
        self._prepare_rest()
        while self._serve_one():
            self._reap()

    def _prepare_rest(self) -> None:
        if not self._complete:
            from .. import preparing

            with _ending_with_server(self._server):
                preparing.rest()
                _freeze()
            self._complete = True

    def _serve_one(self) -> bool:
        """Carry out the next message, if one comes soon; False once the socket is closed."""
        try:
            message, descriptors, _, _ = socket.recv_fds(self._server, 1 + NUMBER.size, 1)
        except TimeoutError:
            return True
        kind, rest = message[:1], message[1:]
        if descriptors:
            self._server.sendall(NUMBER.pack(self._fork(kind, descriptors[0])))
        elif kind == orders.SLOW:
            self._slow_down(NUMBER.unpack(rest)[0])
        elif kind == orders.KILL:
            self._kill(NUMBER.unpack(rest)[0])
        elif kind == orders.ENDING:
            self._server.sendall(NUMBER.pack(self._ending(NUMBER.unpack(rest)[0])))
        return bool(message)

    def _fork(self, kind: bytes, connection: int) -> int:
        if kind == orders.CODE_WORKER:
            self._prepare_rest()
        self._worker_wanted |= kind != orders.TEST
        zygote = os.getpid()
        pid = os.fork()
        if pid == 0:
            self._become_worker(kind, connection, zygote)
        os.close(connection)
        self._workers[pid] = None
        return pid

    def _become_worker(self, kind: bytes, connection: int, zygote: int) -> NoReturn:
        try:
            from ..preparing import NothingMore
            from ..worker import serve

            gc.enable()
            self._server.close()
            bounds = limits.WITH_CODE if kind == orders.CODE_WORKER else limits.WITHOUT_CODE
            served = self._jail.enter(zygote, connection, bounds)
            if self._jail.landlock or self._jail.seccomp:
                NothingMore(complete=self._complete, strangers=kind != orders.WORKER).install()
            if kind == orders.TEST:
                selftest.tell(served, zygote)
            else:
                serve(served)
        except MemoryError:  # not even a sentence can be made any more
            os._exit(orders.OUT_OF_MEMORY)
        except BaseException:
            traceback.print_exc()
            raise
        finally:
            os._exit(0)  # a worker must never return into the zygote's loop

    def _ending(self, pid: int) -> int:
        """The wait status of a worker that has ended by itself, `orders.RUNNING`, or `orders.UNKNOWN` if not ours."""
        self._reap()
        status = self._workers.get(pid, orders.UNKNOWN)
        if status is None:
            return orders.RUNNING
        self._workers.pop(pid, None)
        return status

    def _slow_down(self, pid: int) -> None:
        if self._workers.get(pid, orders.UNKNOWN) is None:
            with contextlib.suppress(OSError):
                act_on_worker(lambda: os.setpriority(os.PRIO_PROCESS, pid, orders.NICE))

    def _kill(self, pid: int) -> None:
        """Only an unreaped worker of ours: its process id cannot have been given to another process yet."""
        if self._workers.pop(pid, orders.UNKNOWN) is None:
            act_on_worker(lambda: os.kill(pid, signal.SIGKILL))
            os.waitpid(pid, 0)  # no worker takes its place before it is gone

    def _reap(self) -> None:
        for pid, status in self._workers.items():
            if status is None and (ended := os.waitpid(pid, os.WNOHANG))[0]:
                self._workers[pid] = ended[1]


@contextlib.contextmanager
def _ending_with_server(server: socket.socket) -> Iterator[None]:
    """In what takes seconds, a thread ends this process once the server has; it is gone before anything forks."""
    done = threading.Event()

    def watch() -> None:
        poll = select.poll()
        poll.register(server, select.POLLHUP)
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
    """Keep the collector away from what exists, so that forks go on sharing its memory.

    Collecting it first would take half a second, for a few megabytes that all of them share.
    """
    gc.freeze()


if __name__ == "__main__":
    Zygote(socket.socket(fileno=int(sys.argv[1])), Jail.prepared(without=sys.argv[2:])).run()
    os._exit(0)  # not waiting for a thread that an operator's file has started
