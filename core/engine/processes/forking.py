"""Workers forked by a zygote: the launcher on Linux."""

import contextlib
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Collection, Iterator, Sequence

from .. import channel
from ..channel import ChannelError
from ..jail.probes import PROBES
from . import accounting, orders
from .launch import (
    FAILED,
    START_SECONDS,
    LaunchError,
    Worker,
    environment,
    exactly,
    interpreter,
    system_resources,
)
from .orders import NUMBER, READY

#: A fork takes some 10 ms and an orderly end some 100 ms; a zygote silent for that long is stuck.
_PROMPT_SECONDS = 10.0
#: One that was stopped by a signal and not let go on for that long will not answer either.
_STOPPED_SECONDS = 1.0
#: A worker may have to wait until all that it could need is imported.
_FORK_SECONDS = 60.0
#: Who closed its connection and runs on for that long did so on purpose.
_ENDING_SECONDS = 1.0


class Forking:
    """Workers forked by a zygote process in about 10 ms, each in a jail; a zygote that died is started anew.

    Args:
        without: layers of the jail to leave out, of `jail.confinement.LAYERS`.
    """

    def __init__(self, without: Sequence[str] = ()) -> None:
        self._without = without
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._orders: socket.socket | None = None
        self._ready = self._closed = False
        self._probes: dict[str, bool] = {}

    def start(self) -> None:
        """Start the zygote, without waiting until torch is imported there."""
        with self._lock, contextlib.suppress(LaunchError):
            self._ensure()

    def launch(self, waiting: channel.Waiting | None = None, *, runs_code: bool = False) -> Worker:
        """Fork a worker."""
        return self._launch(orders.CODE_WORKER if runs_code else orders.WORKER, waiting)

    def _launch(self, kind: bytes, waiting: channel.Waiting | None) -> Worker:
        with _lock_awaited(self._lock, waiting):
            try:
                return self._fork(kind, waiting)
            except ChannelError:  # the zygote is gone: once more with a new one
                self._forget()
            try:
                return self._fork(kind, waiting)
            except ChannelError as error:
                raise LaunchError(FAILED) from error

    def jail(self, waiting: channel.Waiting | None = None) -> dict[str, bool]:
        """Each probe of the self-test, run in a jailed worker, and whether it was refused; kept once known."""

        def wait(seconds: float) -> None:
            self._check_open()
            if waiting:
                waiting(seconds)

        if not self._probes:
            worker = self._launch(orders.TEST, wait)
            refused: Collection[str] = ()
            with contextlib.suppress(ChannelError, channel.DeadlineError):  # then none held
                head, _ = channel.receive(worker.connection, time.monotonic() + _PROMPT_SECONDS, wait)
                refused = head["refused"]
            self.release(worker, reusable=False)
            self._probes = {name: name in refused for name in PROBES}
        return self._probes

    def _check_open(self) -> None:
        if self._closed:
            raise LaunchError("the server is ending")

    def release(self, worker: Worker, *, reusable: bool) -> None:  # noqa: ARG002 (a forked worker serves one recipe only)
        """Close the connection, which ends an idle worker, and kill a busy one."""
        worker.connection.close()
        with self._lock, contextlib.suppress(OSError):
            self._say(orders.KILL, worker)

    def slow_down(self, worker: Worker) -> None:
        """Make it nice; by the zygote, which can act as its user, where the system refuses that to this process."""
        try:
            os.setpriority(os.PRIO_PROCESS, worker.pid, orders.NICE)
        except PermissionError:
            with self._lock, contextlib.suppress(OSError):
                self._say(orders.SLOW, worker)
        except OSError:
            pass  # gone

    def processor_seconds(self, worker: Worker) -> float:
        """What the kernel counts for it, in user and system mode."""
        return accounting.processor_seconds(worker.pid)

    def queued_seconds(self, worker: Worker) -> float:
        """What the kernel counts as waiting for a processor."""
        return accounting.queued_seconds(worker.pid)

    def held_bytes(self, worker: Worker) -> int:
        """What the kernel counts."""
        return accounting.held_bytes(worker.pid)

    def pause(self, worker: Worker) -> bool:
        """Stop it by a signal; no wait for the zygote, which may be busy."""
        return self._signal(worker, signal.SIGSTOP)

    def resume(self, worker: Worker) -> None:
        """Let it go on, by a signal."""
        self._signal(worker, signal.SIGCONT)

    def _signal(self, worker: Worker, number: signal.Signals) -> bool:
        zygote = self._process
        return zygote is not None and accounting.signal_child(worker.pid, zygote.pid, number)

    def ending(self, worker: Worker) -> int | None:
        """Close the connection and ask how the worker ended; 0 where it had to be killed."""
        worker.connection.close()
        until = time.monotonic() + _ENDING_SECONDS
        while (status := self._asked_ending(worker)) == orders.RUNNING and time.monotonic() < until:
            time.sleep(0.01)  # where processors are short, even dying takes its time
        if status == orders.RUNNING:
            self.release(worker, reusable=False)
            return 0
        return None if status == orders.UNKNOWN else os.waitstatus_to_exitcode(status)

    def _asked_ending(self, worker: Worker) -> int:
        with self._lock:
            try:
                if (zygote := self._say(orders.ENDING, worker)) is None:
                    return orders.UNKNOWN
                (status,) = NUMBER.unpack(self._answer(zygote, NUMBER.size, _PROMPT_SECONDS))
            except (OSError, ChannelError):  # the zygote is gone, and took its workers along
                self._forget()
                return orders.UNKNOWN
        return int(status)

    def restart(self) -> None:
        """End the zygote and its workers; the next launch starts another."""
        with self._lock:
            self._forget()

    def close(self) -> None:
        """End the zygote, which ends its workers."""
        self._closed = True  # a self-test under way then gives up the lock
        with self._lock:
            self._forget()

    def _say(self, what: bytes, worker: Worker) -> socket.socket | None:
        if self._orders is not None:
            self._orders.settimeout(_PROMPT_SECONDS)
            self._orders.sendall(what + NUMBER.pack(worker.pid))
        return self._orders

    def _ensure(self) -> socket.socket:
        self._check_open()
        if self._orders is None:
            with system_resources(), contextlib.ExitStack() as undo:
                ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
                undo.callback(ours.close)
                with theirs:
                    self._process = subprocess.Popen(
                        interpreter("zygote", str(theirs.fileno()), *self._without),
                        env=environment(),
                        pass_fds=[theirs.fileno()],
                        stdin=subprocess.DEVNULL,
                        stdout=subprocess.DEVNULL,
                        start_new_session=True,  # Ctrl-C in the server's terminal is the server's business
                    )
                undo.pop_all()
            self._orders, self._ready = ours, False
        return self._orders

    def _fork(self, kind: bytes, waiting: channel.Waiting | None) -> Worker:
        zygote = self._ensure()
        if not self._ready:
            self._ready = self._answer(zygote, len(READY), START_SECONDS, waiting) == READY
        with contextlib.ExitStack() as undo:
            with system_resources():
                ours, theirs = socket.socketpair()
            undo.callback(ours.close)
            undo.callback(self._forget)  # interrupted before the answer, question and answer would no longer pair up
            with theirs:
                _hand_over(zygote, kind, theirs)
            (pid,) = NUMBER.unpack(self._answer(zygote, NUMBER.size, _FORK_SECONDS))
            undo.pop_all()
        return Worker(pid, ours)

    def _answer(
        self, zygote: socket.socket, count: int, seconds: float, waiting: channel.Waiting | None = None
    ) -> bytes:
        """As `exactly`; a zygote that was stopped by a signal is given up after a second."""
        stopped = time.monotonic()

        def wait(since: float) -> None:
            nonlocal stopped
            if not self._stands_still():
                stopped = time.monotonic()
            if time.monotonic() - stopped > _STOPPED_SECONDS:
                raise ChannelError("the zygote was stopped")
            if waiting:
                waiting(since)

        return exactly(zygote, count, seconds, wait)

    def _stands_still(self) -> bool:
        return self._process is not None and accounting.stands_still(self._process.pid)

    def _forget(self) -> None:
        if self._orders is not None:
            self._orders.close()
        if self._process is not None:
            try:  # a ready one ends its workers and itself
                self._process.wait(_PROMPT_SECONDS if self._ready and not self._stands_still() else 0)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._orders = self._process = None


def _hand_over(zygote: socket.socket, kind: bytes, theirs: socket.socket) -> None:
    try:
        zygote.settimeout(_PROMPT_SECONDS)
        socket.send_fds(zygote, [kind], [theirs.fileno()])
    except OSError as error:
        raise ChannelError(str(error)) from error


@contextlib.contextmanager
def _lock_awaited(lock: threading.Lock, waiting: channel.Waiting | None) -> Iterator[None]:
    """With the lock held; `waiting` is called as long as another thread has it."""
    started = time.monotonic()
    while not lock.acquire(timeout=channel.TICK):
        if waiting:
            waiting(time.monotonic() - started)
    try:
        yield
    finally:
        lock.release()
