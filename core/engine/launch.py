"""How a worker comes to life: forked by a zygote on Linux, spawned as an interpreter of its own elsewhere."""

import contextlib
import hmac
import os
import secrets
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from core.engine import channel
from core.engine.channel import PID, READY

_ROOT = Path(__file__).resolve().parents[2]
_START_SECONDS = 120.0
#: One thread a worker: many run side by side, and results must not depend on the machine's cores.
_ENVIRONMENT = {
    "LANG": "C.UTF-8",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}
#: Windows cannot start Python without the first, macOS and Linux find no shared libraries without the others.
_INHERITED = ("SYSTEMROOT", "PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")


class LaunchError(Exception):
    """No worker can be had; one sentence that says why."""


@dataclass(frozen=True, eq=False)
class Worker:
    """A live worker: its process id and the connection it serves."""

    pid: int
    connection: socket.socket


class Launcher(Protocol):
    """A source of workers."""

    def start(self) -> None:
        """Make ready, so that the next launch is fast; safe to call again."""

    def launch(self, waiting: channel.Waiting | None = None) -> Worker:
        """A fresh worker; raises LaunchError."""

    def release(self, worker: Worker, *, reusable: bool) -> None:
        """Take a worker back: killed, unless it is `reusable` and this launcher reuses workers."""

    def close(self) -> None:
        """End everything this launcher started."""


def launcher() -> Launcher:
    """The launcher of this platform; PARAMSCOPE_LAUNCHER=spawn asks for the portable one."""
    spawn = os.environ.get("PARAMSCOPE_LAUNCHER") == "spawn"
    return Forking() if sys.platform == "linux" and not spawn else Spawning()


def _environment() -> dict[str, str]:
    """Nothing of the server's own environment but what an interpreter needs to start."""
    return _ENVIRONMENT | {name: os.environ[name] for name in _INHERITED if name in os.environ}


class Forking:
    """Workers forked by a zygote process in about 10 ms; a zygote that died is started anew."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._ready = False

    def start(self) -> None:
        """Start the zygote, without waiting until torch is imported there."""
        with self._lock:
            self._ensure()

    def launch(self, waiting: channel.Waiting | None = None) -> Worker:
        """Fork a worker."""
        ours, theirs = socket.socketpair()
        with theirs, contextlib.ExitStack() as undo:
            undo.callback(ours.close)
            with self._lock:
                try:
                    pid = self._fork(theirs, waiting)
                except OSError:  # the zygote is gone: once more with a new one
                    self._forget()
                    try:
                        pid = self._fork(theirs, waiting)
                    except OSError as error:
                        self._forget()
                        raise LaunchError(
                            "the process that runs PyTorch does not start; see the server's log"
                        ) from error
            undo.pop_all()
        return Worker(pid, ours)

    def release(self, worker: Worker, *, reusable: bool) -> None:  # noqa: ARG002 (a forked worker serves one recipe only)
        """Close the connection, which ends an idle worker, and kill a busy one."""
        worker.connection.close()
        with self._lock, contextlib.suppress(OSError):
            if self._control is not None:
                self._control.sendall(b"K" + PID.pack(worker.pid))

    def close(self) -> None:
        """End the zygote, which ends its workers."""
        with self._lock:
            self._forget()

    def _ensure(self) -> socket.socket:
        if self._control is None:
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            with theirs:
                self._process = subprocess.Popen(
                    [sys.executable, "-m", "core.engine.zygote", str(theirs.fileno())],
                    cwd=_ROOT,
                    env=_environment(),
                    pass_fds=[theirs.fileno()],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    start_new_session=True,  # Ctrl-C in the server's terminal is the server's business
                )
            self._control, self._ready = ours, False
        return self._control

    def _fork(self, theirs: socket.socket, waiting: channel.Waiting | None) -> int:
        control = self._ensure()
        if not self._ready:
            self._ready = _exactly(control, len(READY), waiting) == READY
        socket.send_fds(control, [b"F"], [theirs.fileno()])
        (pid,) = PID.unpack(_exactly(control, PID.size, None))
        return int(pid)

    def _forget(self) -> None:
        if self._control is not None:
            self._control.close()
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._control = self._process = None


class Spawning:
    """Workers that are interpreters of their own: about 2 s to start, so idle ones are kept and one stands ready."""

    def __init__(self, spare: int = 1) -> None:
        self._lock = threading.Lock()
        self._spare = spare
        self._idle: list[Worker] = []
        self._starting: list[tuple[subprocess.Popen[bytes], socket.socket, bytes]] = []
        self._processes: dict[int, subprocess.Popen[bytes]] = {}

    def start(self) -> None:
        """Start the spare worker, without waiting for it."""
        with self._lock:
            while len(self._starting) + len(self._idle) < self._spare:
                self._starting.append(self._spawn())

    def launch(self, waiting: channel.Waiting | None = None) -> Worker:
        """An idle worker, or the next that comes up."""
        with self._lock:
            if self._idle:
                return self._idle.pop()
            process, listener, token = self._starting.pop() if self._starting else self._spawn()
        try:
            worker = Worker(process.pid, _accept(process, listener, token, waiting))
        except BaseException:
            process.kill()
            process.wait()
            raise
        finally:
            listener.close()
        with self._lock:
            self._processes[process.pid] = process
        return worker

    def release(self, worker: Worker, *, reusable: bool) -> None:
        """Keep a reusable worker for the next recipe, kill any other."""
        with self._lock:
            if reusable and len(self._idle) < self._spare:
                self._idle.append(worker)
                return
            process = self._processes.pop(worker.pid, None)
        worker.connection.close()
        if process is not None:
            process.kill()
            process.wait()
        self.start()

    def close(self) -> None:
        """End every worker."""
        with self._lock:
            processes = [*self._processes.values(), *(process for process, _, _ in self._starting)]
            for _, listener, _ in self._starting:
                listener.close()
            self._processes, self._starting, self._idle = {}, [], []
        for process in processes:
            process.kill()
            process.wait()

    def _spawn(self) -> tuple[subprocess.Popen[bytes], socket.socket, bytes]:
        listener = socket.create_server(("127.0.0.1", 0))
        token = secrets.token_hex(16).encode()
        process = subprocess.Popen(
            [sys.executable, "-m", "core.engine.spawned", str(listener.getsockname()[1])],
            cwd=_ROOT,
            env=_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
        )
        assert process.stdin is not None, "asked for a pipe"  # noqa: S101 (for the checker)
        with process.stdin, contextlib.suppress(OSError):
            process.stdin.write(token + b"\n")
        return process, listener, token


def _accept(
    process: subprocess.Popen[bytes], listener: socket.socket, token: bytes, waiting: channel.Waiting | None
) -> socket.socket:
    started = time.monotonic()
    listener.settimeout(0.1)
    while process.poll() is None and time.monotonic() < started + _START_SECONDS:
        with contextlib.suppress(TimeoutError):
            connection, _ = listener.accept()
            connection.settimeout(5)
            if hmac.compare_digest(_exactly(connection, len(token), None), token):
                connection.settimeout(None)
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                return connection
            connection.close()  # somebody else on this machine
        if waiting:
            waiting(time.monotonic() - started)
    raise LaunchError("the process that runs PyTorch does not start; see the server's log")


def _exactly(connection: socket.socket, count: int, waiting: channel.Waiting | None) -> bytes:
    """`count` bytes, or OSError when the other side is gone or silent for too long."""
    started = time.monotonic()
    try:
        channel.await_bytes(connection, started + _START_SECONDS, waiting, started)
    except channel.DeadlineError as error:
        raise OSError("no answer") from error
    received = connection.recv(count)
    if len(received) != count:
        raise OSError("the other side closed the connection")
    return received
