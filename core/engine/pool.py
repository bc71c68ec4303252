"""The server's side: a bounded pool of workers by (recipe, before, after), and answers kept by request."""

import contextlib
import os
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from cachetools import LRUCache

from core.engine import channel
from core.engine.forking import Forking
from core.engine.launch import Launcher, LaunchError, Worker
from core.engine.spawning import Spawning
from core.recipe import Recipe
from core.requests import Request

Reply = TypeVar("Reply")

_PATIENCE = 0.05
_RECORD_BYTES = 4096  # what a record without arrays takes, about


class EngineError(Exception):
    """A request that has no answer; its text is one sentence for the person who asked.

    Attributes:
        line: of a person's code, where that is at fault; printed: what the code printed before it failed.
    """

    line: int | None = None
    printed: str = ""


class StepFailedError(EngineError):
    """A step of the recipe cannot be carried out; `index` counts from 0."""

    def __init__(self, index: int, reason: str) -> None:
        super().__init__(f"step {index + 1} cannot be carried out: {reason}")
        self.index = index
        self.reason = reason


def launcher() -> Launcher:
    """The launcher of this platform; PARAMSCOPE_LAUNCHER=spawn asks for the portable one."""
    spawn = os.environ.get("PARAMSCOPE_LAUNCHER") == "spawn"
    return Forking() if sys.platform == "linux" and not spawn else Spawning()


@dataclass(frozen=True)
class Span:
    """What a worker materializes: a recipe at two moments, each a number of steps carried out."""

    recipe: Recipe
    before: int
    after: int

    @property
    def key(self) -> tuple[str, int, int]:
        """Equal for spans that give the same models."""
        return self.recipe.prefix(max(self.before, self.after)).to_json(), self.before, self.after


@dataclass(eq=False)
class _Resident:
    """A worker's place in the pool; its lock is held by whoever talks to the worker."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    worker: Worker | None = None
    used: float = field(default_factory=time.monotonic)


class Engine:
    """Answers requests about spans; safe to use from many threads.

    Args:
        workers: how many may live at once.
        idle_seconds: an unused worker is ended after that long.
        time_limit: seconds a request may take, the replay that opens a span included, before its worker is killed.
        cache_bytes: about how much memory kept answers may take.
        source: where workers come from; by default the platform's launcher.
    """

    def __init__(
        self,
        workers: int = 12,
        idle_seconds: float = 120.0,
        time_limit: float | None = None,
        cache_bytes: int = 64 * 2**20,
        source: Launcher | None = None,
    ) -> None:
        self.time_limit = time_limit or float(os.environ.get("PARAMSCOPE_TIME_LIMIT", "20"))
        self._workers = workers
        self._idle_seconds = idle_seconds
        self._launcher = source or launcher()
        self._lock = threading.Condition(threading.RLock())
        self._residents: OrderedDict[Any, _Resident] = OrderedDict()
        self._answers: LRUCache[Any, tuple[Any, int]] = LRUCache(cache_bytes, getsizeof=lambda kept: kept[1])
        self._closed = threading.Event()
        threading.Thread(target=self._expire, name="paramscope-idle-workers", daemon=True).start()
        self._launcher.start()

    def ask(self, span: Span, request: Request[Reply], waiting: channel.Waiting | None = None) -> Reply:
        """The answer to `request` about `span`; from the cache when it was given before.

        Args:
            span: what to measure.
            request: which measurement.
            waiting: called about every 50 ms while the answer is awaited, with the seconds so far; may raise, and
                then the worker is killed if it was at work for this request.

        Raises:
            StepFailedError: a step of the recipe does not fit.
            EngineError: any other reason, as a sentence.
        """
        key = (span.key, request)
        kept: Reply | None = self._kept(key)
        if kept is not None:
            return kept
        patience = _since_now(waiting)
        for _ in range(2):
            with contextlib.suppress(channel.ChannelError):  # the worker ended: a fresh one starts from the recipe
                return self._exchange(span, request, patience)
        raise EngineError(
            "the process that computes this ended twice without an answer; undo the last step or make the model smaller"
        )

    def close(self) -> None:
        """End every worker; the engine cannot be used afterwards."""
        self._closed.set()
        self._launcher.close()
        self._end_unused()

    def _exchange(self, span: Span, request: Request[Reply], waiting: channel.Waiting | None) -> Reply:
        key = (span.key, request)
        try:
            with self._resident(span.key, waiting) as resident:
                kept: Reply | None = self._kept(key)  # somebody else may have asked the same while this one waited
                if kept is not None:
                    return kept
                head, arrays = self._talk(resident, span, request, waiting)
        except channel.DeadlineError:
            raise EngineError(
                f"this took longer than {self.time_limit:g} seconds and was stopped; nothing was changed, "
                "try fewer training steps or a smaller model"
            ) from None
        except LaunchError as error:
            raise EngineError(str(error)) from error
        if "error" in head:
            raise _failure(head)
        try:
            answer: Reply = channel.unpack(request.reply, head.get("value"), arrays)
        except ValueError as error:
            raise EngineError(f"the answer to {type(request).__name__} has not the form it should") from error
        self._keep(key, answer, sum(array.nbytes for array in arrays))
        return answer

    def _talk(
        self, resident: _Resident, span: Span, request: Request[Reply], waiting: channel.Waiting | None
    ) -> tuple[dict[str, Any], list[Any]]:
        new = resident.worker is None
        worker = resident.worker = resident.worker or self._launcher.launch(waiting)
        deadline = time.monotonic() + self.time_limit
        if new:
            channel.send(worker.connection, {"open": [span.recipe.to_json(), span.before, span.after]}, None, deadline)
            head, _ = channel.receive(worker.connection, deadline, waiting)
            if "error" in head:
                raise _failure(head)
        fields, _ = channel.pack(request)
        channel.send(worker.connection, {"request": type(request).__name__, "fields": fields}, None, deadline)
        return channel.receive(worker.connection, deadline, waiting)

    @contextmanager
    def _resident(self, key: Any, waiting: channel.Waiting | None) -> Iterator[_Resident]:
        """The place of `key` in the pool, held by the caller alone; given up when anything goes wrong there."""
        resident = self._take(key, waiting)
        try:
            yield resident
        except BaseException as error:  # also what `waiting` raises: the worker is in the middle of something
            self._end(key, resident, reusable=isinstance(error, StepFailedError))
            raise
        finally:
            self._leave(resident)

    def _take(self, key: Any, waiting: channel.Waiting | None) -> _Resident:
        started = time.monotonic()
        while True:
            with self._lock:
                resident = self._residents.get(key)
                if resident is None and len(self._residents) < self._workers:
                    resident = self._residents[key] = _Resident()
                if resident is not None and resident.lock.acquire(blocking=False):
                    self._residents.move_to_end(key)
                    return resident
                unused = self._unused(time.monotonic()) if resident is None else None
                if unused is None:
                    self._lock.wait(_PATIENCE)
            if unused is not None:
                self._end(*unused, reusable=True)
                self._leave(unused[1])
                continue
            waited = time.monotonic() - started
            if waiting:
                waiting(waited)
            if waited > self.time_limit:
                raise EngineError("too many models are being computed right now; wait a few seconds and try again")

    def _leave(self, resident: _Resident) -> None:
        resident.used = time.monotonic()
        resident.lock.release()
        with self._lock:
            self._lock.notify_all()

    def _unused(self, since: float) -> tuple[Any, _Resident] | None:
        """The resident unused for longest, now held by the caller, if it is free and unused since then."""
        with self._lock:
            for key, resident in self._residents.items():
                if resident.used <= since and resident.lock.acquire(blocking=False):
                    return key, resident
        return None

    def _end(self, key: Any, resident: _Resident, *, reusable: bool) -> None:
        """End the worker of a resident that the caller holds, and only then make its place free."""
        if resident.worker is not None:
            self._launcher.release(resident.worker, reusable=reusable)
            resident.worker = None
        with self._lock:
            if self._residents.get(key) is resident:
                del self._residents[key]

    def _end_unused(self, seconds: float = 0.0) -> None:
        while (unused := self._unused(time.monotonic() - seconds)) is not None:
            self._end(*unused, reusable=True)
            self._leave(unused[1])

    def _expire(self) -> None:
        while not self._closed.wait(min(5.0, self._idle_seconds / 2)):
            self._end_unused(self._idle_seconds)

    def _kept(self, key: Any) -> Any:
        with self._lock:
            kept = self._answers.get(key)
        return None if kept is None else kept[0]

    def _keep(self, key: Any, answer: Any, nbytes: int) -> None:
        size = _RECORD_BYTES + nbytes
        with self._lock:
            if size < self._answers.maxsize // 4:
                self._answers[key] = (answer, size)


def _failure(head: dict[str, Any]) -> EngineError:
    """What a worker says went wrong."""
    reason = str(head["error"])
    error = StepFailedError(int(head["step"]), reason) if "step" in head else EngineError(reason)
    error.line, error.printed = head.get("line"), str(head.get("printed", ""))
    return error


def _since_now(waiting: channel.Waiting | None) -> channel.Waiting | None:
    """`waiting`, told the seconds since this call whichever part of a request it waits in."""
    started = time.monotonic()
    return waiting and (lambda _seconds: waiting(time.monotonic() - started))
