"""A launcher whose workers are made up, and a clock that goes when it is told to: no process, no waiting."""

import socket
from collections.abc import Callable

from core.engine import channel
from core.engine.processes.launch import Worker


class Clock:
    """The time, in seconds."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Workers:
    """A launcher of workers that are nothing but a number."""

    def __init__(self) -> None:
        self.connection, self.other_end = socket.socketpair()
        self.launched = 0
        self.with_code: list[bool] = []
        self.at_release: Callable[[], None] = lambda: None
        self.released: list[tuple[int, bool]] = []
        self.slowed: list[int] = []
        self.computed = 99.0
        self.computed_by: dict[int, float] = {}
        self.queued_by: dict[int, float] = {}
        self.held_by: dict[int, int] = {}
        self.paused: list[int] = []
        self.can_pause = True
        self.refuses_release = False

    def launch(self, waiting: channel.Waiting | None = None, *, runs_code: bool = False) -> Worker:
        self.launched += 1
        self.with_code.append(runs_code)
        return Worker(self.launched, self.connection)

    def release(self, worker: Worker, *, reusable: bool) -> None:
        self.at_release()
        self.released.append((worker.pid, reusable))
        if self.refuses_release:
            raise OSError("gone already")

    def slow_down(self, worker: Worker) -> None:
        self.slowed.append(worker.pid)

    def processor_seconds(self, worker: Worker) -> float:
        return self.computed_by.get(worker.pid, self.computed)

    def queued_seconds(self, worker: Worker) -> float:
        return self.queued_by.get(worker.pid, 0.0)

    def held_bytes(self, worker: Worker) -> int:
        return self.held_by.get(worker.pid, 0)

    def pause(self, worker: Worker) -> bool:
        self.paused += [worker.pid] if self.can_pause else []
        return self.can_pause

    def resume(self, worker: Worker) -> None:
        self.paused.remove(worker.pid)

    def ending(self, worker: Worker) -> int | None:
        return worker.pid

    def start(self) -> None:
        """Nothing to make ready."""

    def restart(self) -> None:
        """Nothing to start over with."""

    def close(self) -> None:
        self.connection.close()
        self.other_end.close()

    def jail(self, waiting: channel.Waiting | None = None) -> dict[str, bool]:
        return {}
