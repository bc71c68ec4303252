"""The server's side: a bounded pool of workers by (recipe, before, after), and answers kept by request."""

import contextlib
import sys
import threading
import time
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any, TypeVar

from cachetools import LRUCache

from ..questions.base import Request
from ..recipe.recipe import Recipe
from . import channel, descriptors
from .channel import Most
from .errors import GARBLED, EngineError, StoppedError, ended, stopped_before, too_long, worker_error
from .fairness.ledger import Ledger
from .fairness.stops import Stops
from .fairness.timings import Timings
from .fairness.turns import MOST_PAUSED, Turns
from .jail import isolation
from .jail.isolation import Isolation
from .jail.limits import MOST_CODE_PLACES, WITH_CODE
from .memory import Guard
from .place import Resident
from .processes.forking import Forking
from .processes.launch import Launcher, LaunchError
from .processes.spawning import Spawning
from .residents import Residents
from .settings import settings
from .sparing import Sparing
from .visitor import NOBODY, Visitor

Reply = TypeVar("Reply")

_RECORD_BYTES = 4096  # what a record without arrays takes, about
#: How much may come from where a person's code runs: parsed, a head takes twenty times as much memory.
_REPLY_TO_OPEN, _CODE_HEAD = Most(head=2**20, arrays=0), 4 * 2**20


def launcher(*, jailed: bool = True) -> Launcher:
    """The launcher of this platform; PARAMSCOPE_LAUNCHER=spawn asks for the portable one, which has no jail."""
    if sys.platform != "linux" or settings().spawns:
        return Spawning()
    return Sparing(Forking(() if jailed else ("landlock", "seccomp")))


@dataclass(frozen=True)
class Span:
    """What a worker materializes: a recipe at two moments, each a number of steps carried out."""

    recipe: Recipe
    before: int
    after: int

    @property
    def reached(self) -> Recipe:
        """The recipe as far as it is replayed."""
        return self.recipe.prefix(max(self.before, self.after))

    @property
    def key(self) -> tuple[str, int, int]:
        """Equal for spans that give the same models."""
        return self.reached.to_json(), self.before, self.after


class Engine:
    """Answers requests about spans; safe to use from many threads.

    Args:
        workers: how many may live at once; `code_workers`: and how many in which code from a browser runs.
        idle_seconds: an unused worker is ended after that long.
        time_limit: seconds a request may take, the replay that opens a span included, before its worker is killed;
            `code_time_limit`: where code from a browser runs.
        cache_bytes: about how much memory kept answers may take.
        source: where workers come from; by default the platform's launcher.
        loopback: whether only this machine reaches the server: then, without a jail, code may run outside one.
    """

    def __init__(
        self,
        *,
        workers: int = 12,
        code_workers: int | None = None,
        idle_seconds: float = 90.0,
        time_limit: float | None = None,
        code_time_limit: float | None = None,
        cache_bytes: int = 64 * 2**20,
        source: Launcher | None = None,
        loopback: bool = False,
    ) -> None:
        descriptors.make_room()
        given = settings()
        self.time_limit = time_limit or given.time_limit
        self.code_time_limit = code_time_limit or given.code_time_limit
        self._idle_seconds = idle_seconds
        self._setting, self._loopback = given.code, loopback
        self._launcher = source or launcher(jailed=self._setting != "local" or not loopback)
        turns, guard = Turns(self._launcher, Ledger()), Guard()
        self._catalog, self._code = (
            Residents(self._launcher, most, runs_code=runs_code, turns=turns, guard=guard, relieve=self._end_unused)
            for most, runs_code in ((workers, False), (code_workers or MOST_CODE_PLACES, True))
        )
        self._timings, self._stops = Timings(), Stops()
        self._lock = threading.Lock()
        self._answers: LRUCache[Any, tuple[Any, int]] = LRUCache(cache_bytes, getsizeof=lambda sized: sized[1])
        self._closed = threading.Event()
        self._generation = 0
        threading.Thread(target=self._expire, name="paramscope-idle-workers", daemon=True).start()
        self._launcher.start()
        threading.Thread(target=self.isolation, name="paramscope-self-test", daemon=True).start()

    def isolation(self, waiting: channel.Waiting | None = None) -> Isolation:
        """How code from a browser is treated; known once the jail's self-test, begun with the engine, is done."""
        try:
            return isolation.decided(self._setting, self._launcher.jail(waiting), loopback=self._loopback)
        except LaunchError as error:
            return Isolation("off", str(error))

    def ask(
        self,
        span: Span,
        request: Request[Reply],
        waiting: channel.Waiting | None = None,
        visitor: Visitor = NOBODY,
    ) -> Reply:
        """The answer to `request` about `span`; from the cache when it was given before.

        Args:
            span: what to measure.
            request: which measurement.
            waiting: called about every 50 ms while the answer is awaited, with the seconds so far; may raise, and
                then the worker is killed if it was at work for this request.
            visitor: who asks.

        Raises:
            StepFailedError: a step of the recipe does not fit.
            CrowdedError: there is no place just now.
            StoppedError: this code was stopped before; `again` lets it run.
            EngineError: any other reason, as a sentence.
        """
        key = self._key(span, request)
        cached: Reply | None = self._cached(key)
        if cached is not None:
            return cached
        patience = _since_now(waiting)
        residents = self._catalog
        if span.reached.runs_code or request.reads_code:
            residents = self._code
            if (isolated := self.isolation(patience)).mode == "off":
                raise EngineError(isolated.sentence)
        if (stopped := self._stops.sentence(span.reached, _question(request))) is not None:
            raise (StoppedError if residents.runs_code else EngineError)(stopped)
        for _ in range(2):
            with contextlib.suppress(channel.ChannelError):  # the worker ended: a fresh one starts from the recipe
                return self._exchange(span, request, residents, patience, visitor)
        raise EngineError(
            "the process that computes this ended twice without an answer; undo the last step or make the model smaller"
        )

    def again(self, span: Span) -> None:
        """Let run again what was stopped: a person asked for it."""
        self._stops.forget(span.reached)

    def reload(self) -> None:
        """Start over with the operator's files as they are now: fresh processes, no answer kept."""
        self._launcher.restart()
        with self._lock:
            self._answers.clear()
            self._generation += 1
        self._stops.clear()
        self._end_unused()
        self._launcher.start()

    def close(self) -> None:
        """End every worker; the engine cannot be used afterwards."""
        self._closed.set()
        self._launcher.close()
        self._end_unused()

    def _exchange(
        self,
        span: Span,
        request: Request[Reply],
        residents: Residents,
        waiting: channel.Waiting | None,
        visitor: Visitor,
    ) -> Reply:
        key = self._key(span, request)
        limit = self.code_time_limit if residents.runs_code else self.time_limit
        cost = self._timings.check(span.reached, limit)
        resident = None
        try:
            with residents.place(span.key, visitor, self.time_limit, waiting, cost) as resident:
                cached: Reply | None = self._cached(key)  # somebody else may have asked the same meanwhile
                if cached is not None:
                    return cached
                head, arrays = self._talk(residents, resident, span, request, limit, waiting)
        except channel.DeadlineError:
            error = EngineError(too_long(limit, runs_code=residents.runs_code))
            self._keep_stop(span, request, resident, stopped_before(limit) if residents.runs_code else str(error))
            raise error from None
        except StoppedError as error:
            self._keep_stop(span, request, resident, str(error))
            raise
        except LaunchError as error:
            raise EngineError(str(error)) from error
        if "error" in head:
            raise worker_error(head, len(span.recipe.steps))
        try:
            answer: Reply = channel.unpack(request.reply, head.get("value"), arrays)
        except ValueError as error:
            raise EngineError(f"the answer to {type(request).__name__} has not the form it should") from error
        self._cache(key, answer, sum(array.nbytes for array in arrays))
        return answer

    def _talk(
        self,
        residents: Residents,
        resident: Resident,
        span: Span,
        request: Request[Any],
        limit: float,
        waiting: channel.Waiting | None,
    ) -> tuple[dict[str, Any], list[Any]]:
        """What the worker of a place says to a request; a fresh one opens the span first."""
        fresh = resident.worker is None
        connection = (resident.worker or residents.launch(resident, waiting)).connection
        deadline = time.monotonic() + limit + MOST_PAUSED  # the limit itself is kept by `at_work`
        try:
            with residents.at_work(resident, limit, waiting) as wait:
                if fresh:
                    channel.send(connection, {"open": [span.recipe.to_json(), span.before, span.after]}, None, deadline)
                    head, _ = channel.receive(connection, deadline, wait, _REPLY_TO_OPEN)
                    if "error" in head:
                        raise worker_error(head, len(span.recipe.steps))
                    self._timings.learn(span.reached, residents.computed(resident))
                    resident.opened = True
                fields, _ = channel.pack(request)
                channel.send(connection, {"request": type(request).__name__, "fields": fields}, None, deadline)
                return channel.receive(connection, deadline, wait, _most(request, residents))
        except channel.ChannelError as error:
            if residents.runs_code and fresh and (how := residents.ending(resident)) is not None:
                raise EngineError(ended(how) if isinstance(error, channel.ClosedError) else GARBLED) from error
            raise  # no code is at fault, as far as is known: once more

    def _keep_stop(self, span: Span, request: Request[Any], resident: Resident | None, sentence: str) -> None:
        """No view begins again by itself what was stopped: this question, or all of them if the replay was."""
        answering = resident is not None and resident.opened
        self._stops.keep(span.reached, _question(request) if answering else None, sentence)

    def _end_unused(self, seconds: float = 0.0) -> None:
        for residents in (self._catalog, self._code):
            residents.end_unused(seconds)

    def _expire(self) -> None:
        while not self._closed.wait(min(5.0, self._idle_seconds / 2)):
            self._end_unused(self._idle_seconds)

    def _key(self, span: Span, request: Request[Any]) -> Any:
        return self._generation, span.key, request

    def _cached(self, key: Any) -> Any:
        with self._lock:
            sized = self._answers.get(key)
        return None if sized is None else sized[0]

    def _cache(self, key: Any, answer: Any, nbytes: int) -> None:
        size = _RECORD_BYTES + nbytes
        with self._lock:
            if size < self._answers.maxsize // 4:
                self._answers[key] = (answer, size)


def _question(request: Request[Any]) -> Hashable:
    """What of a request tells whether it would begin the same work: its kind, and the code in it."""
    return type(request), channel.pack(request)[0]["code"] if request.reads_code else ""


def _most(request: Request[Any], residents: Residents) -> Most:
    """How much an answer may hold; where a person's code runs it is not to be trusted with more than it could have."""
    if residents.runs_code:
        return Most(head=_CODE_HEAD, arrays=min(request.reply_bytes, WITH_CODE.memory))
    return Most(arrays=request.reply_bytes)


def _since_now(waiting: channel.Waiting | None) -> channel.Waiting | None:
    """`waiting`, told the seconds since this call whichever part of a request it waits in."""
    started = time.monotonic()
    return waiting and (lambda _seconds: waiting(time.monotonic() - started))
