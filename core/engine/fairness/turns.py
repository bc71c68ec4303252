"""Whose turn at a processor it is: short work computes at once, of long work as much at a time as there are processors.

Work that has computed for longer than a short run takes turns with other long work: who has had least lately goes
first, and the others are stopped by a signal until it is their turn again. Neither that time nor the time in which a
processor was wanted and busy counts against their limit. Where a platform cannot stop a process all compute together.
"""

import math
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from ..channel import DeadlineError
from ..processes.launch import Launcher, Worker
from ..visitor import Visitor
from .ledger import NOTHING, Charge, Ledger

#: So much computing is a short run; less, for a visitor who has had much lately.
_SHORT_SECONDS, _SHORT_AFTER_MUCH = 0.25, 0.05
#: Who has begun a turn keeps it for so long.
_TURN_SECONDS = 0.2
#: How often each is measured.
_LOOK_SECONDS = 0.09
#: Work that has had more is most likely endless: it comes last, and then the oldest first, so that it ends some time.
_ENDLESS_SECONDS = 2.0
#: Work that did not get its turn for so long in all is given up.
MOST_PAUSED = 60.0
#: What was stopped at its limit counts so often again: who repeats it waits longest.
_STOPPED_AGAIN = 2.0


def processors() -> int:
    """How many this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class PausedTooLongError(Exception):
    """It never came to be the turn of this work: others went first."""


@dataclass(eq=False)
class Run:
    """A worker at work for a visitor's request.

    Attributes:
        limit: seconds it may take, the time apart in which it was kept from computing.
        base, queued_base: what the worker had computed, and waited for a processor, before.
        wall: seconds since; consumed: in which it has computed; active: that count against the limit.
        history: what its visitor has had beside this; long: it takes turns now; slowed: others go first to a processor.
        paused_since: when it was stopped, None while it computes; paused: for how long in all, before that.
        turn_since: when its turn began; looked: when it was measured last.
    """

    worker: Worker
    visitor: Visitor
    limit: float
    started: float
    base: float
    queued_base: float
    consumed: float = 0.0
    active: float = 0.0
    wall: float = 0.0
    history: Charge = NOTHING
    long: bool = False
    slowed: bool = False
    paused_since: float | None = None
    paused: float = 0.0
    turn_since: float | None = None
    looked: float = -math.inf

    @property
    def standing(self) -> tuple[int, int]:
        """What its visitor has had with this work; of what is most likely endless it no longer matters how long."""
        return self.history.plus(min(self.consumed, _ENDLESS_SECONDS)).rank

    def paused_until(self, now: float) -> float:
        """For how long it was stopped in all."""
        return self.paused + (0.0 if self.paused_since is None else now - self.paused_since)


class Turns:
    """The turns of all workers of an engine; safe to use from many threads.

    Args:
        launcher: stops workers and lets them go on.
        ledger: is told what each visitor consumes.
        at_a_time: how much long work computes at once.
        now: a clock.
    """

    def __init__(
        self,
        launcher: Launcher,
        ledger: Ledger,
        at_a_time: int | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._launcher, self.ledger, self._now = launcher, ledger, now
        self.at_a_time = at_a_time or processors()
        self._lock = threading.Lock()
        self._runs: list[Run] = []

    def begin(self, worker: Worker, visitor: Visitor, limit: float) -> Run:
        """A worker starts to work on a request."""
        base, queued = self._launcher.processor_seconds(worker), self._launcher.queued_seconds(worker)
        run = Run(worker, visitor, limit, self._now(), base, queued)
        with self._lock:
            self._runs.append(run)
        return run

    def tick(self, run: Run) -> None:
        """Called now and then while it works.

        Raises:
            DeadlineError: it has taken longer than its limit.
            PausedTooLongError: others went first for too long.
        """
        if self._now() - run.looked < _LOOK_SECONDS:
            return  # many are at work, and each look reads what the kernel counts
        with self._lock:
            run.looked = self._now()
            self._measure(run)
            if not run.long and run.consumed > (_SHORT_AFTER_MUCH if run.history.is_much else _SHORT_SECONDS):
                run.long, run.turn_since = True, self._now()
            if run.long and not run.slowed and (run.history.is_much or run.consumed > _ENDLESS_SECONDS):
                run.slowed = True
                self._launcher.slow_down(run.worker)
            self._share_out()
        if run.active > run.limit:
            self.ledger.add(run.visitor, _STOPPED_AGAIN * run.consumed)
            raise DeadlineError
        if run.paused_until(self._now()) > MOST_PAUSED:
            raise PausedTooLongError

    def end(self, run: Run) -> None:
        """It has answered, or is about to be ended; whose turn it becomes goes on at once."""
        with self._lock:
            self._runs.remove(run)
            self._measure(run)
            self._go_on(run)
            self._share_out()

    def computed(self, run: Run) -> float:
        """Seconds of a processor it has had so far."""
        with self._lock:
            self._measure(run)
        return run.consumed

    def is_largest(self, run: Run) -> bool:
        """Whether no other at work holds more memory."""
        with self._lock:
            workers = [each.worker for each in self._runs]
        mine = self._launcher.held_bytes(run.worker)
        return all(self._launcher.held_bytes(worker) <= mine for worker in workers)

    def _measure(self, run: Run) -> None:
        now = self._now()
        run.wall = now - run.started
        wall = run.wall - run.paused_until(now)
        consumed = self._launcher.processor_seconds(run.worker) - run.base
        if not math.isfinite(consumed):  # not told here, or the worker is gone
            consumed = wall if math.isinf(run.base) else run.consumed
        self.ledger.add(run.visitor, max(0.0, consumed - run.consumed))
        run.consumed = max(run.consumed, consumed)
        run.history = self.ledger.charge(run.visitor).plus(-run.consumed)
        queued = self._launcher.queued_seconds(run.worker) - run.queued_base
        run.active = max(run.active, wall - max(0.0, queued), min(wall, run.consumed))

    def _share_out(self) -> None:
        """Let go on whose turn it is, and stop the other long work."""
        now = self._now()
        by_turn = sorted((run for run in self._runs if run.long), key=lambda run: _place_in_turn(run, now))
        for run in by_turn[self.at_a_time :]:
            if run.paused_since is None and self._launcher.pause(run.worker):
                run.paused_since, run.turn_since = now, None
        for run in by_turn[: self.at_a_time]:
            self._go_on(run)

    def _go_on(self, run: Run) -> None:
        if run.paused_since is not None:
            now = self._now()
            run.paused, run.paused_since, run.turn_since = run.paused_until(now), None, now
            self._launcher.resume(run.worker)


def _place_in_turn(run: Run, now: float) -> tuple[bool, tuple[int, int], bool, float]:
    keeps = run.turn_since is not None and now - run.turn_since < _TURN_SECONDS
    endless = run.consumed > _ENDLESS_SECONDS
    return not keeps, run.standing, endless, run.started if endless else run.consumed
