"""The workers of one kind that live at a time, by what they materialize; the one unused for longest goes first."""

import threading
import time
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from .channel import Waiting
from .errors import OVERDUE, EngineError, StepFailedError
from .processes.launch import Launcher, Worker

_PATIENCE = 0.05
#: A short run of code goes at the pace of everything else, so that endless ones elsewhere do not keep it.
_YOUNG_SECONDS = 0.25
#: Of its fair seconds, the part in which it really computed; without that, how often it may have them.
_FAIR_SHARE, _PATIENT = 0.25, 3
_CROWDED = "too many models are being computed right now; wait a few seconds and try again"


@dataclass(eq=False)
class Resident:
    """A worker's place; its lock is held by whoever talks to the worker.

    Attributes:
        worker: None as long as nothing was launched here.
        used: when it was last taken or left, on the monotonic clock.
        leaving: it has had its fair share, and makes place for others; slowed: they go first to a processor.
    """

    lock: threading.Lock = field(default_factory=threading.Lock)
    worker: Worker | None = None
    used: float = field(default_factory=time.monotonic)
    leaving: bool = False
    slowed: bool = False


class Residents:
    """At most `most` workers at a time.

    Args:
        launcher: where they come from.
        most: how many may live at once.
        runs_code: whether a stranger's code runs in them.
        fair_seconds: who is at work for longer than that, and not only in the queue for a processor, has to make place
            once others find none.
        queue: how many may wait for a place.
    """

    def __init__(
        self,
        launcher: Launcher,
        most: int,
        *,
        runs_code: bool = False,
        fair_seconds: float = float("inf"),
        queue: int = 100,
    ) -> None:
        self._launcher = launcher
        self._most = most
        self.runs_code = runs_code
        self._fair_seconds = fair_seconds
        self._queue = queue
        self._waiting = self._leaving = 0
        self._lock = threading.Condition(threading.RLock())
        self._places: OrderedDict[Any, Resident] = OrderedDict()

    def workers(self) -> list[Worker]:
        """The live ones, the one used last at the end."""
        with self._lock:
            return [resident.worker for resident in self._places.values() if resident.worker]

    def __len__(self) -> int:
        return len(self._places)

    @contextmanager
    def place(self, key: Any, seconds: float, waiting: Waiting | None) -> Iterator[Resident]:
        """The place of `key`, held by the caller alone; given up when anything goes wrong there.

        Raises:
            EngineError: all places were busy for so many seconds, or too many wait for one already.
        """
        resident = self._take(key, seconds, waiting)
        try:
            yield resident
        except BaseException as error:  # also what `waiting` raises: the worker is in the middle of something
            self._end(key, resident, reusable=isinstance(error, StepFailedError))
            raise
        finally:
            self._leave(resident)

    def launch(self, resident: Resident, waiting: Waiting | None) -> Worker:
        """A fresh worker in a place that the caller holds; raises LaunchError."""
        resident.worker = self._launcher.launch(waiting, runs_code=self.runs_code)
        return resident.worker

    def give_way(self, resident: Resident, seconds: float) -> None:
        """Somebody's code has been at work for so long: others go first, and some time it must end.

        Raises:
            EngineError: it has had its share, and others find no place.
        """
        if seconds > self._fair_seconds and self._makes_place(resident, seconds):
            raise EngineError(OVERDUE)
        if seconds > _YOUNG_SECONDS and resident.worker is not None and not resident.slowed:
            self._launcher.slow_down(resident.worker)
            resident.slowed = True

    def _makes_place(self, resident: Resident, seconds: float) -> bool:
        with self._lock:
            free = self._most - len(self._places)  # a place just left, that who waits for it has not seen yet
            if self._waiting <= self._leaving + free or resident.worker is None:
                return False
            used = self._launcher.processor_seconds(resident.worker)
            if used < _FAIR_SHARE * self._fair_seconds and seconds < _PATIENT * self._fair_seconds:
                return False  # it got less than its share, since many are at work
            resident.leaving = True
            self._leaving += 1
            return True

    def ending(self, resident: Resident) -> int | None:
        """How the worker of a place that the caller holds has ended, as `Launcher.ending` says."""
        worker, resident.worker = resident.worker, None
        return None if worker is None else self._launcher.ending(worker)

    def end_unused(self, seconds: float = 0.0) -> None:
        """End what has not been used for so long."""
        while (unused := self._unused(time.monotonic() - seconds)) is not None:
            self._end(*unused, reusable=True)
            self._leave(unused[1])

    def _take(self, key: Any, seconds: float, waiting: Waiting | None) -> Resident:
        if (resident := self._taken(key)) is not None:
            return resident
        with self._lock:
            if self._waiting >= self._queue:
                raise EngineError(_CROWDED)
            self._waiting += 1
        started = time.monotonic()
        try:
            while (resident := self._taken(key, queued=True)) is None:
                with self._lock:
                    self._lock.wait(_PATIENCE)
                waited = time.monotonic() - started
                if waiting:
                    waiting(waited)
                if waited > seconds:
                    raise EngineError(_CROWDED)
        except BaseException:
            with self._lock:
                self._waiting -= 1
            raise
        return resident

    def _taken(self, key: Any, *, queued: bool = False) -> Resident | None:
        """The place of `key` if it can be had now, where need be that of one who is not at work.

        Who has queued for it leaves the queue in the same moment: nobody else makes place for them any more.
        """
        while True:
            with self._lock:
                resident = self._places.get(key)
                if resident is None and len(self._places) < self._most:
                    resident = self._places[key] = Resident()
                if resident is not None:
                    if not resident.lock.acquire(blocking=False):
                        return None
                    self._places.move_to_end(key)
                    self._waiting -= queued
                    resident.used = time.monotonic()
                    return resident
                unused = self._unused(time.monotonic())
                if unused is None:
                    return None
            self._end(*unused, reusable=True)
            self._leave(unused[1])

    def _leave(self, resident: Resident) -> None:
        resident.used = time.monotonic()
        resident.lock.release()
        with self._lock:
            self._lock.notify_all()

    def _unused(self, since: float) -> tuple[Any, Resident] | None:
        """The resident unused for longest, now held by the caller, if it is free and unused since then."""
        with self._lock:
            for key, resident in self._places.items():
                if resident.used <= since and resident.lock.acquire(blocking=False):
                    return key, resident
        return None

    def _end(self, key: Any, resident: Resident, *, reusable: bool) -> None:
        """End the worker of a resident that the caller holds, and only then make its place free."""
        if resident.worker is not None:
            self._launcher.release(resident.worker, reusable=reusable and not self.runs_code)
            resident.worker = None
        with self._lock:
            self._leaving -= resident.leaving
            resident.leaving = False
            if self._places.get(key) is resident:
                del self._places[key]
