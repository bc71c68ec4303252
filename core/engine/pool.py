"""The server's side: a bounded pool of workers by (recipe, before, after), and answers kept by request."""

import atexit
import sys
import threading
import time
import weakref
from functools import partial
from typing import Any, TypeVar

from cachetools import LRUCache

from ..code.command_line import from_environment
from ..questions.base import Request
from . import channel, descriptors, ending, replies, talking
from .channel import Most
from .code_runs import Asked, CodeRuns
from .errors import EngineError, LostError, worker_error
from .fairness.ledger import Ledger
from .fairness.stops import Stops
from .fairness.timings import Timings
from .fairness.turns import Turns
from .jail import isolation
from .jail.confinement import LAYERS
from .jail.isolation import Isolation
from .jail.limits import MOST_CODE_PLACES
from .left import Left
from .memory import Guard
from .place import Resident
from .processes.forking import Forking
from .processes.launch import Launcher, LaunchError
from .processes.spawning import Spawning
from .residents import Residents
from .settings import settings
from .span import Span
from .sparing import Sparing
from .talking import Message
from .visitor import NOBODY, Visitor

Reply = TypeVar("Reply")

_RECORD_BYTES = 4096  # what a record without arrays takes, about
_ATTEMPTS = 2


def forks() -> bool:
    """Whether workers are forked here, and can be jailed; PARAMSCOPE_LAUNCHER=spawn asks for the portable way."""
    return sys.platform == "linux" and not settings().spawns


def launcher(*, jailed: bool = True) -> Launcher:
    """The launcher of this platform."""
    if not forks():
        return Spawning()
    return Sparing(Forking(() if jailed else LAYERS), hands_on=not from_environment())


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
        self._setting, self._loopback = given.code, loopback
        self._launcher = source or launcher(jailed=self._setting != "local" or not loopback)
        turns, guard, kinds = Turns(self._launcher, Ledger()), Guard(), list[Residents]()
        for most, runs_code in ((workers, False), (code_workers or MOST_CODE_PLACES, True)):
            relieve = partial(ending.end_unused, kinds)
            kinds.append(
                Residents(self._launcher, most, runs_code=runs_code, turns=turns, guard=guard, relieve=relieve)
            )
        self._catalog, self._code = kinds
        self._timings, self._stops = Timings(), Stops()
        self._runs = CodeRuns(self._code, self._timings, self._stops)
        self._lock = threading.Lock()
        self._answers: LRUCache[Any, tuple[Any, int]] = LRUCache(cache_bytes, getsizeof=lambda sized: sized[1])
        self._closed = threading.Event()
        self._generation = 0
        expiring = (kinds, self._closed, idle_seconds)  # nothing that would keep a lost engine alive
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
            StoppedError: this code was stopped before; `again` lets it run.
            LostError: its process cannot be started, or ended for a reason that is not known.
            EngineError: any other reason, as a sentence.
        """
        cached: Reply | None = self._cached(self._key(span, request))
        if cached is not None:
            return cached
        patience = _since_now(waiting)
        if (span.reached.runs_code or request.reads_code) and (isolated := self.isolation(patience)).mode == "off":
            raise EngineError(isolated.sentence)
        self._stops.check(span.reached, request)
        for _ in range(_ATTEMPTS):
            try:
                return self._exchange(span, request, patience, visitor)
            except LaunchError as error:
                raise LostError(str(error)) from error
            except channel.ChannelError:
                continue  # a worker ended: fresh ones start from the recipe
        raise LostError(
            "the process that computes this ended twice without an answer; undo the last step or make the model smaller"
        )

    def again(self, span: Span) -> None:
        """Let run again what was stopped: a person asked for it."""
        self._stops.forget(span.reached)

    def other(self, span: Span) -> int | None:
        """After how many steps code left something else than when it ran before, of what a span shows; else None.

        What is said of such moments comes from several runs of their code.
        """
        return self._runs.sameness.other(span.recipe, span.before, span.after)

    def reload(self) -> None:
        """Start over with the operator's files as they are now: fresh processes, no answer kept."""
        self._launcher.restart()
        with self._lock:
            self._answers.clear()
            self._generation += 1
        self._runs.forget()
        self._stops.clear()
        self._end_unused()
        self._launcher.start()

    def close(self) -> None:
        """End every worker; the engine cannot be used afterwards."""
        self._lost.detach()
        ending.end(self._launcher, (self._catalog, self._code), self._closed)

    def _exchange(
        self, span: Span, request: Request[Reply], waiting: channel.Waiting | None, visitor: Visitor
    ) -> Reply:
        """The answer, from a process in which no person's code ever ran, unless only such code can compute it."""
        span = span.seen_by(request, self._catalog.keys())
        asked = Asked(visitor, self.time_limit, self.code_time_limit, waiting)
        runs_code = span.reached.runs_code and not self._catalog.has_worker(span.key)
        left = self._runs.left(span.recipe, span.before, span.after, asked) if runs_code else None
        cost = self._timings.check(span.reached, self.time_limit)
        cost = cost if left is None else cost.with_copies(left.held)
        with self._catalog.place(span.key, visitor, self.time_limit, waiting, cost) as resident:
            cached: Reply | None = self._cached(self._key(span, request))  # somebody else may have asked the same
            if cached is not None:
                return cached
            if resident.worker is None and left is None and span.reached.runs_code:
                raise channel.ClosedError("the worker ended before it was asked")
            opening = [] if resident.worker else [_opening(span, left)]
            messages = [*opening, talking.question(request, Most(arrays=request.reply_bytes))]
            reply = self._talk(resident, messages, span, request, waiting)
        if "elsewhere" in reply.head:
            reply = self._runs.ask(span.recipe.prefix(span.after), request, asked)
        if "error" in reply.head:
            raise worker_error(reply.head, len(span.recipe.steps))
        answer = replies.read(request, reply.head.get("value"), list(reply.arrays), span.after)
        self._cache(self._key(span, request), answer, sum(array.nbytes for array in reply.arrays))
        return answer

    def _talk(
        self,
        resident: Resident,
        messages: list[Message],
        span: Span,
        request: Request[Any],
        waiting: channel.Waiting | None,
    ) -> talking.Reply:
        with self._stops.keeping(span.reached, request, resident, self.time_limit, runs_code=False):
            return talking.talk(
                self._catalog,
                resident,
                messages,
                talking.Terms(self.time_limit, waiting, len(span.recipe.steps)),
                opened=lambda seconds: self._timings.learn(span.reached, seconds),
            )

    def _end_unused(self, seconds: float = 0.0) -> None:
        ending.end_unused((self._catalog, self._code), seconds)

    def _key(self, span: Span, request: Request[Any]) -> Any:
        return self._generation, span.known_by(request), request

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


def _opening(span: Span, left: Left | None) -> Message:
    """A fresh worker's recipe, and what its code left where it has any."""
    head: dict[str, Any] = {"open": [span.recipe.to_json(), span.before, span.after]}
    if left is None:
        return Message(head)
    return Message({**head, "handed": left.reply.head.get("value")}, left.reply.arrays)


def _since_now(waiting: channel.Waiting | None) -> channel.Waiting | None:
    """`waiting`, told the seconds since this call whichever part of a request it waits in."""
    started = time.monotonic()
    return waiting and (lambda _seconds: waiting(time.monotonic() - started))
