"""The workers of one kind that live at a time, by what they materialize; the one unused for longest goes first.

A key (a recipe at two moments) has at most one place, and there are only so many places. A place goes through these
states; whoever holds it is one thread, which alone talks to its worker, launches it or ends it:

                 take (places are free)            leave
      no place ───────────────────────────▶ HELD ─────────▶ UNUSED
          ▲                                 │ │ ▲              │
          │                                 │ │ └──────────────┘
          ├───── end: anything is wrong ────┘ │   take: to ask about the same key, or to end it
          │                                   │   (another key needs the place, or it was unused for long)
          │       it has had its fair share,  │
          │       and others find no place    ▼
          └───── end ───────────────────── LEAVING

A worker is launched by the first who holds a place and ended by the last, so that an UNUSED place always has one.
Who finds neither their place nor a free or an unused one waits in a queue until a place is left or ended.
"""

import contextlib
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from .channel import Waiting
from .errors import OVERDUE, CrowdedError, EngineError, StepFailedError
from .processes.launch import Launcher, Worker
from .visitor import Visitor

#: How many may wait for a place, and how often each of them looks.
_LONGEST_QUEUE, _LOOK_SECONDS = 100, 0.05
#: A short run of code goes at the pace of everything else, so that endless ones elsewhere do not keep it.
_YOUNG_SECONDS = 0.25
#: A person's code that is at work for longer than this gives way to others who find no place.
_FAIR_SECONDS = 1.0
#: Of its fair seconds, the part in which it really computed; without that, how often it may have them.
_FAIR_SHARE, _PATIENT = 0.25, 3
_CROWDED = "too many models are being computed right now; wait a few seconds and try again"


class State(Enum):
    """Where a place is in the picture above."""

    UNUSED = "its worker waits for the next question about its recipe"
    HELD = "one thread has it"
    LEAVING = "one thread has it, and is about to end it for somebody who waits"


@dataclass(eq=False)
class Resident:
    """A worker's place.

    Attributes:
        worker: None until the first who holds the place has launched one.
        used: when it was last taken or left, on the monotonic clock.
        slowed: others go first to a processor.
        is_spent: its worker ends when the place is left.
    """

    state: State = State.HELD
    worker: Worker | None = None
    used: float = field(default_factory=time.monotonic)
    slowed: bool = False
    is_spent: bool = False


class Residents:
    """At most `most` workers at a time; `runs_code`: a stranger's code runs in them, so that none serves twice."""

    def __init__(self, launcher: Launcher, most: int, *, runs_code: bool = False) -> None:
        self._launcher = launcher
        self._most = most
        self.runs_code = runs_code
        self._queue = 0
        self._changed = threading.Condition()  # of the queue and of every place; its lock guards them
        self._places: OrderedDict[Any, Resident] = OrderedDict()

    def workers(self) -> list[Worker]:
        """The live ones, the one used last at the end."""
        with self._changed:
            return [resident.worker for resident in self._places.values() if resident.worker]

    def __len__(self) -> int:
        return len(self._places)

    @contextmanager
    def place(self, key: Any, visitor: Visitor, seconds: float, waiting: Waiting | None) -> Iterator[Resident]:  # noqa: ARG002 (fairness by visitor follows)
        """The place of `key`, held by the caller alone, for a visitor; ended when anything goes wrong there.

        Raises:
            CrowdedError: all places were busy for so many seconds, or too many wait for one already.
        """
        resident = self._take(key) or self._queued(key, seconds, waiting)
        try:
            yield resident
        except BaseException as error:  # also what `waiting` raises: the worker is in the middle of something
            self._end(key, reusable=isinstance(error, StepFailedError))
            raise
        if resident.is_spent:
            self._end(key, reusable=False)
        else:
            self._leave(resident)

    def launch(self, resident: Resident, waiting: Waiting | None) -> Worker:
        """A fresh worker in a place that the caller holds; raises LaunchError."""
        resident.worker = self._launcher.launch(waiting, runs_code=self.runs_code)
        return resident.worker

    def has_worker(self, key: Any) -> bool:
        """Whether a worker holds what `key` names, or will soon."""
        with self._changed:
            resident = self._places.get(key)
            return resident is not None and resident.worker is not None

    def renew(self, resident: Resident) -> None:
        """End the worker of a place that the caller holds; the next is a fresh one."""
        worker, resident.worker, resident.slowed = resident.worker, None, False
        if worker is not None:
            self._launcher.release(worker, reusable=False)

    def ending(self, resident: Resident) -> int | None:
        """How the worker of a place that the caller holds has ended, as `Launcher.ending` says."""
        worker, resident.worker = resident.worker, None
        return None if worker is None else self._launcher.ending(worker)

    def end_unused(self, seconds: float = 0.0) -> None:
        """End what has not been used for so long."""
        while (key := self._hold_longest_unused(time.monotonic() - seconds)) is not None:
            self._end(key, reusable=True)

    def give_way(self, resident: Resident, seconds: float) -> None:
        """Somebody's code has been at work for so long: others go first, and some time it must end.

        Raises:
            EngineError: it has had its share, and others find no place.
        """
        if seconds > _FAIR_SECONDS and self._is_wanted_by_others(resident, seconds):
            raise EngineError(OVERDUE)
        if seconds > _YOUNG_SECONDS and resident.worker is not None and not resident.slowed:
            self._launcher.slow_down(resident.worker)
            resident.slowed = True

    def _is_wanted_by_others(self, resident: Resident, seconds: float) -> bool:
        """Whether somebody waits for whom no place is coming free; this one then is LEAVING."""
        with self._changed:
            free = self._most - len(self._places)  # places just ended, that who waits for them has not seen yet
            leaving = sum(other.state is State.LEAVING for other in self._places.values())
            if self._queue <= leaving + free or resident.worker is None:
                return False
            computed = self._launcher.processor_seconds(resident.worker)
            if computed < _FAIR_SHARE * _FAIR_SECONDS and seconds < _PATIENT * _FAIR_SECONDS:
                return False  # it got less than its share, since many are at work
            resident.state = State.LEAVING
            return True

    def _queued(self, key: Any, seconds: float, waiting: Waiting | None) -> Resident:
        """The place of `key`, once it can be had; raises as `place` does, and whatever `waiting` raises."""
        with self._changed:
            if self._queue >= _LONGEST_QUEUE:
                raise CrowdedError(_CROWDED)
            self._queue += 1
        started = time.monotonic()
        try:
            while (resident := self._take(key, from_queue=True)) is None:
                with self._changed:
                    self._changed.wait(_LOOK_SECONDS)
                waited = time.monotonic() - started
                if waiting:
                    waiting(waited)
                if waited > seconds:
                    raise CrowdedError(_CROWDED)
        except BaseException:
            with self._changed:
                self._queue -= 1
            raise
        return resident

    def _take(self, key: Any, *, from_queue: bool = False) -> Resident | None:
        """The place of `key`, now held by the caller, if it can be had at once; where need be, one unused is ended.

        Who has queued for it leaves the queue in the same moment: nobody else makes place for them any more.
        """
        while True:
            with self._changed:
                resident = self._places.get(key)
                if resident is not None and resident.state is not State.UNUSED:
                    return None
                if resident is not None or len(self._places) < self._most:
                    resident = resident or self._places.setdefault(key, Resident())
                    resident.state, resident.used = State.HELD, time.monotonic()
                    self._places.move_to_end(key)
                    self._queue -= from_queue
                    return resident
                unused = self._hold_longest_unused(time.monotonic())
            if unused is None:
                return None
            self._end(unused, reusable=True)

    def _hold_longest_unused(self, since: float) -> Any | None:
        """The key of the place unused for longest, now held by the caller, if there is one unused since then."""
        with self._changed:
            for key, resident in self._places.items():
                if resident.state is State.UNUSED and resident.used <= since:
                    resident.state = State.HELD
                    return key
        return None

    def _leave(self, resident: Resident) -> None:
        with self._changed:
            resident.state, resident.used = State.UNUSED, time.monotonic()
            self._changed.notify_all()

    def _end(self, key: Any, *, reusable: bool) -> None:
        """End the worker of a place that the caller holds, and only then make the place free."""
        with contextlib.ExitStack() as then:
            then.callback(self._free, key)
            if (worker := self._places[key].worker) is not None:
                self._launcher.release(worker, reusable=reusable and not self.runs_code)

    def _free(self, key: Any) -> None:
        with self._changed:
            del self._places[key]
            self._changed.notify_all()
