"""Workers forked by a zygote: the launcher on Linux."""

import contextlib
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

from core.engine import channel
from core.engine.channel import PID, READY, ChannelError
from core.engine.launch import FAILED, ROOT, START_SECONDS, LaunchError, Worker, environment, exactly, system_resources

#: A fork takes some 10 ms and an orderly end some 100 ms; a zygote silent for that long is stuck.
_PROMPT_SECONDS = 10.0


class Forking:
    """Workers forked by a zygote process in about 10 ms; a zygote that died is started anew."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._ready = self._closed = False

    def start(self) -> None:
        """Start the zygote, without waiting until torch is imported there."""
        with self._lock, contextlib.suppress(LaunchError):
            self._ensure()

    def launch(self, waiting: channel.Waiting | None = None) -> Worker:
        """Fork a worker."""
        with _held(self._lock, waiting):
            try:
                return self._fork(waiting)
            except ChannelError:  # the zygote is gone: once more with a new one
                self._forget()
            try:
                return self._fork(waiting)
            except ChannelError as error:
                raise LaunchError(FAILED) from error

    def release(self, worker: Worker, *, reusable: bool) -> None:  # noqa: ARG002 (a forked worker serves one recipe only)
        """Close the connection, which ends an idle worker, and kill a busy one."""
        worker.connection.close()
        with self._lock, contextlib.suppress(OSError):
            if self._control is not None:
                self._control.settimeout(_PROMPT_SECONDS)
                self._control.sendall(b"K" + PID.pack(worker.pid))

    def restart(self) -> None:
        """End the zygote and its workers; the next launch starts another."""
        with self._lock:
            self._forget()

    def close(self) -> None:
        """End the zygote, which ends its workers."""
        with self._lock:
            self._closed = True
            self._forget()

    def _ensure(self) -> socket.socket:
        if self._closed:
            raise LaunchError("the server is ending")
        if self._control is None:
            with system_resources(), contextlib.ExitStack() as undo:
                ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
                undo.callback(ours.close)
                with theirs:
                    self._process = subprocess.Popen(
                        [sys.executable, "-m", "core.engine.zygote", str(theirs.fileno())],
                        cwd=ROOT,
                        env=environment(),
                        pass_fds=[theirs.fileno()],
                        stdin=subprocess.DEVNULL,
                        stdout=subprocess.DEVNULL,
                        start_new_session=True,  # Ctrl-C in the server's terminal is the server's business
                    )
                undo.pop_all()
            self._control, self._ready = ours, False
        return self._control

    def _fork(self, waiting: channel.Waiting | None) -> Worker:
        control = self._ensure()
        if not self._ready:
            self._ready = exactly(control, len(READY), START_SECONDS, waiting) == READY
        with contextlib.ExitStack() as undo:
            with system_resources():
                ours, theirs = socket.socketpair()
            undo.callback(ours.close)
            undo.callback(self._forget)  # interrupted before the answer, question and answer would no longer pair up
            with theirs:
                _hand_over(control, theirs)
            (pid,) = PID.unpack(exactly(control, PID.size, _PROMPT_SECONDS))
            undo.pop_all()
        return Worker(pid, ours)

    def _forget(self) -> None:
        if self._control is not None:
            self._control.close()
        if self._process is not None:
            try:
                self._process.wait(_PROMPT_SECONDS if self._ready else 0)  # a ready one ends its workers and itself
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._control = self._process = None


def _hand_over(control: socket.socket, theirs: socket.socket) -> None:
    try:
        control.settimeout(_PROMPT_SECONDS)
        socket.send_fds(control, [b"F"], [theirs.fileno()])
    except OSError as error:
        raise ChannelError(str(error)) from error


@contextlib.contextmanager
def _held(lock: threading.Lock, waiting: channel.Waiting | None) -> Iterator[None]:
    """With the lock held; `waiting` is called as long as another thread has it."""
    started = time.monotonic()
    while not lock.acquire(timeout=channel.TICK):
        if waiting:
            waiting(time.monotonic() - started)
    try:
        yield
    finally:
        lock.release()
