"""The workers of one kind that live at a time, by what they materialize; the one unused for longest goes first.

A place goes through the states that `place` shows. Who finds neither their place nor a free or an unused one waits in a
line until a place is left or ended, and goes when it is their turn (`fairness.line`). Some places are kept from long
work, so that short work finds one.
"""

import contextlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ..recipe.cost import FREE, Cost
from .channel import Waiting
from .errors import CrowdedError, StepFailedError
from .fairness import yielding
from .fairness.ledger import Ledger
from .fairness.line import CROWDED, Line, Waiter
from .fairness.turns import PausedTooLongError, Run, Turns
from .fairness.yielding import Places, Working
from .jail.limits import HELD_WITH_CODE
from .memory import Guard
from .place import Resident, State, has_share, held_by_long, most_long
from .processes.launch import Launcher, Worker
from .visitor import Visitor

#: How often each who waits looks.
_LOOK_SECONDS = 0.05
#: What is expected to take longer, or has, is long work.
_LONG_SECONDS = 1.0
#: So many work at a time even where memory hardly allows it.
_LEAST = 2
_NO_MEMORY = "this server's memory is short right now; wait a few seconds and try again, or take a smaller model"


class Residents:
    """At most so many workers at a time.

    Args:
        launcher: where they come from.
        most: how many, where memory allows it.
        runs_code: a stranger's code runs in them, so that none serves twice.
        turns: shares out the processors; by default these residents have them to themselves.
        guard: tells what memory there is.
        relieve: ends workers that nobody uses, where memory is short; by default those of this kind.
    """

    def __init__(
        self,
        launcher: Launcher,
        most: int,
        *,
        runs_code: bool = False,
        turns: Turns | None = None,
        guard: Guard | None = None,
        relieve: Callable[[], None] | None = None,
    ) -> None:
        self._launcher = launcher
        self._most = most
        self.runs_code = runs_code
        self._turns = turns or Turns(launcher, Ledger())
        self._most_long = most_long(most, self._turns.at_a_time)
        self._guard = guard or Guard()
        self._relieve = relieve or self.end_unused
        self._line = Line()
        self._changed = threading.Condition()  # of the line and of every place; its lock guards them
        self._places: OrderedDict[Any, Resident] = OrderedDict()

    def workers(self) -> list[Worker]:
        """The live ones, the one used last at the end."""
        with self._changed:
            return [resident.worker for resident in self._places.values() if resident.worker]

    def __len__(self) -> int:
        return len(self._places)

    @contextmanager
    def place(
        self, key: Any, visitor: Visitor, seconds: float, waiting: Waiting | None, cost: Cost = FREE
    ) -> Iterator[Resident]:
        """The place of `key`, held by the caller alone, for a visitor; ended when anything goes wrong there.

        Raises:
            CrowdedError: all places were busy for so many seconds, or too many wait for one already.
        """
        resident = self._waited_for(key, visitor, seconds, waiting, cost)
        try:
            yield resident
        except BaseException as error:  # also what `waiting` raises: the worker is in the middle of something
            self._end(key, reusable=isinstance(error, StepFailedError))
            raise
        if resident.is_spent:
            self._end(key, reusable=False)
        else:
            self._leave(resident)

    @contextmanager
    def at_work(self, resident: Resident, limit: float, waiting: Waiting | None) -> Iterator[Waiting]:
        """While the worker of a place that the caller holds works for so many seconds at most; what to call meanwhile.

        Raises:
            DeadlineError: it has worked for longer, the time apart in which others went first.
            EngineError: it gives way to others, or memory is short; when called.
        """
        assert resident.worker is not None, "launched by the caller"  # noqa: S101 (for the checker)
        run = resident.run = self._turns.begin(resident.worker, resident.visitor, limit)

        def wait(seconds: float) -> None:
            try:
                self._turns.tick(run)
            except PausedTooLongError:
                raise yielding.others_first(run, runs_code=self.runs_code) from None
            self._give_way(resident, run)
            if self._guard.is_short() and self._is_to_blame(run):
                raise yielding.memory_short(runs_code=self.runs_code)
            if waiting:
                waiting(seconds)

        try:
            yield wait
        finally:
            resident.run = None
            self._turns.end(run)

    def computed(self, resident: Resident) -> float:
        """Seconds of a processor that the work in a place has had so far."""
        return 0.0 if resident.run is None else self._turns.computed(resident.run)

    def launch(self, resident: Resident, waiting: Waiting | None) -> Worker:
        """A fresh worker in a place that the caller holds; raises LaunchError."""
        resident.worker = self._launcher.launch(waiting, runs_code=self.runs_code)
        return resident.worker

    def has_worker(self, key: Any) -> bool:
        """Whether a worker holds what `key` names, or will soon."""
        with self._changed:
            resident = self._places.get(key)
            return resident is not None and resident.worker is not None

    def keys(self) -> list[Any]:
        """What the places are for, the one used last at the end."""
        with self._changed:
            return [*self._places]

    def renew(self, resident: Resident) -> None:
        """End the worker of a place that the caller holds; the next is a fresh one."""
        worker, resident.worker, resident.opened = resident.worker, None, False
        if worker is not None:
            self._launcher.release(worker, reusable=False)

    def ending(self, resident: Resident) -> int | None:
        """How the worker of a place that the caller holds has ended, as `Launcher.ending` says."""
        worker, resident.worker = resident.worker, None
        return None if worker is None else self._launcher.ending(worker)

    def end_unused(self, seconds: float = 0.0) -> None:
        """End what has not been used for so long."""
        while (key := self._hold_longest_unused(time.monotonic() - seconds)) is not None:
            self._end(key, reusable=False)

    def _give_way(self, resident: Resident, run: Run) -> None:
        with self._changed:
            resident.long |= run.consumed > _LONG_SECONDS
            if not len(self._line) or resident.state is not State.HELD:
                return
            work = Working(run, resident.long)
            blocked = [waiter for waiter in self._line.waiting() if self._is_blocked(waiter)]
            if not yielding.must_leave(work, self._all_places(), blocked, runs_code=self.runs_code):
                return
            resident.state = State.LEAVING
        raise yielding.others_first(run, runs_code=self.runs_code)

    def _all_places(self) -> Places:
        places = self._places.values()
        at_work = [Working(each.run, each.long) for each in places if each.run and each.state is State.HELD]
        leaving = sum(each.state is State.LEAVING for each in places)
        return Places(at_work, self._most - len(places), leaving)

    def _is_blocked(self, waiter: Waiter) -> bool:
        """Whether it lacks a place, and not only its own, which somebody else asks about."""
        own = self._places.get(waiter.key)
        return (own is None or not own.busy) and not self._could_go(waiter)

    def _is_to_blame(self, run: Run) -> bool:
        """Whether memory is short also without what is not used, and this is the largest that works."""
        self._relieve()
        return self._guard.is_short() and self._turns.is_largest(run)

    def _waited_for(self, key: Any, visitor: Visitor, seconds: float, waiting: Waiting | None, cost: Cost) -> Resident:
        """The place of `key`, once it can be had; raises as `place` does, and whatever `waiting` raises."""
        with self._changed:
            waiter = self._line.join(key, visitor, cost)
        started = time.monotonic()
        try:
            while (resident := self._take(waiter)) is None:
                with self._changed:
                    if not waiter.queues:
                        self._line.queue(waiter)
                    self._changed.wait(_LOOK_SECONDS)
                waited = time.monotonic() - started
                if waiting:
                    waiting(waited)
                if not (has_memory := self._has_memory(waiter)):
                    self._relieve()
                if waited > seconds:
                    raise CrowdedError(CROWDED if has_memory else _NO_MEMORY)
        finally:
            with self._changed:
                self._line.leave(waiter)
        return resident

    def _take(self, waiter: Waiter) -> Resident | None:
        """The place that somebody waits for, now held by the caller, if it can be had at once and it is their turn.

        Where need be, one unused is ended. Who takes a place leaves the line in the same moment: nobody else makes
        place for them any more.
        """
        while True:
            with self._changed:
                self._look(waiter)
                if not self._could_go(waiter) or not self._line.is_next(waiter, self._could_go):
                    return None
                resident = self._places.get(waiter.key)
                if resident is not None or self._has_new_place(waiter):
                    return self._taken(resident or self._places.setdefault(waiter.key, Resident()), waiter)
                unused = self._hold_longest_unused(time.monotonic())
            if unused is None:
                return None
            self._end(unused, reusable=True)

    def _taken(self, resident: Resident, waiter: Waiter) -> Resident:
        resident.state, resident.used = State.HELD, time.monotonic()
        resident.visitor, resident.long, resident.memory = waiter.visitor, waiter.long, self._memory(waiter)
        self._places.move_to_end(waiter.key)
        self._line.leave(waiter)
        self._changed.notify_all()  # whose turn comes next may find another
        return resident

    def _look(self, waiter: Waiter) -> None:
        charge = self._turns.ledger.charge(waiter.visitor)
        long = charge.is_much or waiter.cost.seconds > _LONG_SECONDS
        share = has_share(self._places.values(), waiter.visitor, self._most)
        self._line.look(waiter, charge, long=long, has_share=share)

    def _could_go(self, waiter: Waiter) -> bool:
        """Whether a place for it can be had now, were it its turn."""
        own = self._places.get(waiter.key)
        if own is not None and own.busy:
            return False
        if waiter.long and held_by_long(self._places.values()) >= self._most_long:
            return False
        if own is not None or self._has_new_place(waiter):
            return True
        return any(not each.busy for each in self._places.values())

    def _has_new_place(self, waiter: Waiter) -> bool:
        return len(self._places) < self._most and self._has_memory(waiter)

    def _has_memory(self, waiter: Waiter) -> bool:
        """Whether there is memory for one more worker that takes all it may, and those at work do so, too."""
        with self._changed:
            at_work = [each.memory for each in self._places.values() if each.busy]
        if len(at_work) < _LEAST:
            return not self._guard.is_short()
        return self._guard.has_room(sum(at_work) + self._memory(waiter))

    def _memory(self, waiter: Waiter) -> int:
        return HELD_WITH_CODE if self.runs_code else waiter.cost.memory

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
