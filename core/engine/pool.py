"""The server's side: a bounded pool of workers by (recipe, before, after), and answers kept by request."""

import atexit
import contextlib
import os
import sys
import threading
import time
import weakref
from dataclasses import dataclass
from typing import Any, TypeVar

from cachetools import LRUCache

from ..questions.base import Request
from ..recipe.recipe import Recipe
from . import channel, ending
from .channel import Most
from .errors import GARBLED, EngineError, ended, too_long, worker_error
from .jail import isolation
from .jail.isolation import Isolation
from .jail.limits import WITH_CODE, code_places
from .processes.forking import Forking
from .processes.launch import Launcher, LaunchError
from .processes.spawning import Spawning
from .residents import Resident, Residents
from .sparing import Sparing
from .visitor import NOBODY, Visitor

Reply = TypeVar("Reply")

_RECORD_BYTES = 4096  # what a record without arrays takes, about
#: How much may come from where a person's code runs: parsed, a head takes twenty times as much memory.
_REPLY_TO_OPEN, _CODE_HEAD = Most(head=2**20, arrays=0), 4 * 2**20


def forks() -> bool:
    """Whether workers are forked here, and can be jailed; PARAMSCOPE_LAUNCHER=spawn asks for the portable way."""
    return sys.platform == "linux" and os.environ.get("PARAMSCOPE_LAUNCHER") != "spawn"


def launcher(*, jailed: bool = True) -> Launcher:
    """The launcher of this platform."""
    if not forks():
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
        idle_seconds: float = 120.0,
        time_limit: float | None = None,
        code_time_limit: float | None = None,
        cache_bytes: int = 64 * 2**20,
        source: Launcher | None = None,
        loopback: bool = False,
    ) -> None:
        self.time_limit = time_limit or float(os.environ.get("PARAMSCOPE_TIME_LIMIT", "20"))
        self.code_time_limit = code_time_limit or float(os.environ.get("PARAMSCOPE_CODE_TIME_LIMIT", "5"))
        self._setting, self._loopback = isolation.setting(), loopback
        self._launcher = source or launcher(jailed=self._setting != "local" or not loopback)
        self._catalog = Residents(self._launcher, workers)
        self._code = Residents(self._launcher, code_workers or code_places(), runs_code=True)
        self._lock = threading.Lock()
        self._answers: LRUCache[Any, tuple[Any, int]] = LRUCache(cache_bytes, getsizeof=lambda sized: sized[1])
        self._closed = threading.Event()
        self._generation = 0
        kinds = (self._catalog, self._code)  # all that the thread is given: nothing may keep a lost engine alive
        expiring = (kinds, self._closed, idle_seconds)
        threading.Thread(target=ending.expire, args=expiring, name="paramscope-idle-workers", daemon=True).start()
        self._lost = weakref.finalize(self, ending.end_apart, None if source else self._launcher, kinds, self._closed)
        self._lost.atexit = False
        atexit.register(_close, weakref.ref(self))
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
        for _ in range(2):
            with contextlib.suppress(channel.ChannelError):  # the worker ended: a fresh one starts from the recipe
                return self._exchange(span, request, residents, patience, visitor)
        raise EngineError(
            "the process that computes this ended twice without an answer; undo the last step or make the model smaller"
        )

    def reload(self) -> None:
        """Start over with the operator's files as they are now: fresh processes, no answer kept."""
        self._launcher.restart()
        with self._lock:
            self._answers.clear()
            self._generation += 1
        self._end_unused()
        self._launcher.start()

    def close(self) -> None:
        """End every worker; the engine cannot be used afterwards."""
        self._lost.detach()
        ending.end(self._launcher, (self._catalog, self._code), self._closed)

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
        try:
            with residents.place(span.key, visitor, self.time_limit, waiting) as resident:
                cached: Reply | None = self._cached(key)  # somebody else may have asked the same meanwhile
                if cached is not None:
                    return cached
                head, arrays = _talk(residents, resident, span, request, limit, waiting)
        except channel.DeadlineError:
            raise EngineError(too_long(limit, runs_code=residents.runs_code)) from None
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

    def _end_unused(self, seconds: float = 0.0) -> None:
        ending.end_unused((self._catalog, self._code), seconds)

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


def _close(reference: "weakref.ref[Engine]") -> None:
    engine = reference()
    if engine is not None:
        engine.close()


def _talk(
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
    if residents.runs_code:
        waiting = _giving_way(residents, resident, waiting)
    deadline = time.monotonic() + limit
    try:
        if fresh:
            channel.send(connection, {"open": [span.recipe.to_json(), span.before, span.after]}, None, deadline)
            head, _ = channel.receive(connection, deadline, waiting, _REPLY_TO_OPEN)
            if "error" in head:
                raise worker_error(head, len(span.recipe.steps))
        fields, _ = channel.pack(request)
        channel.send(connection, {"request": type(request).__name__, "fields": fields}, None, deadline)
        return channel.receive(connection, deadline, waiting, _most(request, residents))
    except channel.ChannelError as error:
        if residents.runs_code and fresh and (how := residents.ending(resident)) is not None:
            raise EngineError(ended(how) if isinstance(error, channel.ClosedError) else GARBLED) from error
        raise  # no code is at fault, as far as is known: once more


def _most(request: Request[Any], residents: Residents) -> Most:
    """How much an answer may hold; where a person's code runs it is not to be trusted with more than it could have."""
    if residents.runs_code:
        return Most(head=_CODE_HEAD, arrays=min(request.reply_bytes, WITH_CODE.memory))
    return Most(arrays=request.reply_bytes)


def _giving_way(residents: Residents, resident: Resident, waiting: channel.Waiting | None) -> channel.Waiting:
    """`waiting` for somebody's code, which must not keep others from theirs."""
    started = time.monotonic()

    def wait(seconds: float) -> None:
        residents.give_way(resident, time.monotonic() - started)
        if waiting:
            waiting(seconds)

    return wait


def _since_now(waiting: channel.Waiting | None) -> channel.Waiting | None:
    """`waiting`, told the seconds since this call whichever part of a request it waits in."""
    started = time.monotonic()
    return waiting and (lambda _seconds: waiting(time.monotonic() - started))
