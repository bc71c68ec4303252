"""Workers spawned as interpreters of their own: the launcher where forking is unsafe or absent."""

import contextlib
import hmac
import math
import secrets
import socket
import subprocess
import threading
import time
from dataclasses import dataclass

from .. import channel
from ..channel import ChannelError
from . import launch
from .launch import FAILED, START_SECONDS, LaunchError, Worker

_TOKEN_SECONDS = 5.0


class Spawning:
    """Workers that are interpreters of their own: about 2 s to start, so one is started ahead or kept idle."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: list[Worker] = []
        self._starting: list[_Starting] = []
        self._processes: dict[int, subprocess.Popen[bytes]] = {}
        self._closed = False

    def start(self) -> None:
        """Start the spare worker, without waiting for it."""
        with self._lock, contextlib.suppress(LaunchError):
            if self._lacks_spare():
                self._starting.append(self._spawn())

    def launch(self, waiting: channel.Waiting | None = None, *, runs_code: bool = False) -> Worker:
        """An idle worker, or the next that comes up; for code always a fresh one."""
        with self._lock:
            if self._idle and not runs_code:  # one that has served others is none for code that could look around
                return self._idle.pop()
            starting = self._starting.pop() if self._starting else self._spawn()
        try:
            worker = Worker(starting.process.pid, starting.accept(waiting))
        except LaunchError:
            self._end(starting)
            raise
        except BaseException:  # `waiting` gave up; what has started already serves the next who asks
            with self._lock:
                becomes_spare = self._lacks_spare()
                if becomes_spare:
                    self._starting.append(starting)
            if not becomes_spare:
                self._end(starting)
            raise
        starting.listener.close()
        return worker

    def release(self, worker: Worker, *, reusable: bool) -> None:
        """Keep a reusable worker for the next recipe, kill any other."""
        with self._lock:
            if reusable and self._lacks_spare():
                self._idle.append(worker)
                return
            process = self._processes.pop(worker.pid, None)
        worker.connection.close()
        _kill(process)
        self.start()

    def slow_down(self, worker: Worker) -> None:
        """Nothing: not every platform can."""

    def processor_seconds(self, worker: Worker) -> float:  # noqa: ARG002 (not every platform tells)
        """Unknown."""
        return math.inf

    def queued_seconds(self, worker: Worker) -> float:  # noqa: ARG002 (not every platform tells)
        """Unknown."""
        return 0.0

    def held_bytes(self, worker: Worker) -> int:  # noqa: ARG002 (not every platform tells)
        """Unknown."""
        return 0

    def pause(self, worker: Worker) -> bool:  # noqa: ARG002 (not every platform can)
        """Not here: all compute together."""
        return False

    def resume(self, worker: Worker) -> None:
        """Nothing to do: none was paused."""

    def ending(self, worker: Worker) -> int | None:
        """Kill the worker if it still runs; how it ended."""
        with self._lock:
            process = self._processes.get(worker.pid)
        self.release(worker, reusable=False)
        return None if process is None else process.returncode

    def jail(self, waiting: channel.Waiting | None = None) -> dict[str, bool]:  # noqa: ARG002 (known at once)
        """None: a spawned worker is an ordinary process."""
        return {}

    def restart(self) -> None:
        """End every worker; the next launch starts another."""
        with self._lock:
            starting, idle, processes = self._starting, self._idle, self._processes
            self._starting, self._idle, self._processes = [], [], {}
        for process in processes.values():
            _kill(process)
        for one in starting:
            one.listener.close()
        for worker in idle:
            worker.connection.close()

    def close(self) -> None:
        """End every worker, for good."""
        with self._lock:
            self._closed = True
        self.restart()

    def _lacks_spare(self) -> bool:
        return not self._closed and not self._starting and not self._idle

    def _spawn(self) -> "_Starting":
        if self._closed:
            raise LaunchError("the server is ending")
        with launch.system_resources(), contextlib.ExitStack() as undo:
            listener = undo.enter_context(socket.create_server(("127.0.0.1", 0)))
            token = secrets.token_hex(16).encode()
            process = subprocess.Popen(
                launch.interpreter("spawned", str(listener.getsockname()[1])),
                env=launch.environment(),
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                start_new_session=True,
            )
            undo.pop_all()
        self._processes[process.pid] = process
        assert process.stdin is not None, "asked for a pipe"  # noqa: S101 (for the checker)
        with contextlib.suppress(OSError):
            process.stdin.write(token + b"\n")
            process.stdin.flush()
        return _Starting(process, listener, token)

    def _end(self, starting: "_Starting") -> None:
        with self._lock:
            self._processes.pop(starting.process.pid, None)
        starting.listener.close()
        _kill(starting.process)


@dataclass(frozen=True, eq=False)
class _Starting:
    """A spawned process that is not connected yet, where it will connect, and how it shows who it is."""

    process: subprocess.Popen[bytes]
    listener: socket.socket
    token: bytes

    def accept(self, waiting: channel.Waiting | None) -> socket.socket:
        """The connection the process makes; raises LaunchError."""
        started = time.monotonic()
        self.listener.settimeout(channel.TICK)
        while self.process.poll() is None and time.monotonic() < started + START_SECONDS:
            with contextlib.suppress(OSError, ChannelError):  # nobody yet, or somebody else on this machine
                connection, _ = self.listener.accept()
                if self._is_ours(connection):
                    return connection
            if waiting:
                waiting(time.monotonic() - started)
        raise LaunchError(FAILED)

    def _is_ours(self, connection: socket.socket) -> bool:
        with contextlib.ExitStack() as undo:
            undo.callback(connection.close)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            ours = hmac.compare_digest(launch.exactly(connection, len(self.token), _TOKEN_SECONDS), self.token)
            if ours:
                undo.pop_all()
        return ours


def _kill(process: subprocess.Popen[bytes] | None) -> None:
    if process is not None:
        process.kill()
        with process:  # closes its standard input, waits for its end
            pass
