"""The server's side: a bounded pool of workers by (recipe, before, after), and answers kept by request."""

import os
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from cachetools import LRUCache

from core.engine import channel
from core.engine.launch import Launcher, LaunchError, Worker, launcher
from core.recipe import Recipe
from core.requests import Request

Reply = TypeVar("Reply")

_PATIENCE = 0.05
_RECORD_BYTES = 4096  # what a record without arrays takes, about


class EngineError(Exception):
    """A request that has no answer; its text is one sentence for the person who asked."""


class StepFailedError(EngineError):
    """A step of the recipe cannot be carried out; `index` counts from 0."""

    def __init__(self, index: int, reason: str) -> None:
        super().__init__(f"step {index + 1} cannot be carried out: {reason}")
        self.index = index
        self.reason = reason


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
        try:
            return self._exchange(span, request, waiting)
        except channel.ChannelError:
            pass  # the worker was killed for somebody who shared it, or ended: a fresh one starts from the recipe
        try:
            return self._exchange(span, request, waiting)
        except channel.ChannelError:
            raise EngineError(
                "the process that computes this ended twice without an answer; "
                "undo the last step or make the model smaller"
            ) from None

    def close(self) -> None:
        """End every worker; the engine cannot be used afterwards."""
        self._closed.set()
        self._launcher.close()

    def _exchange(self, span: Span, request: Request[Reply], waiting: channel.Waiting | None) -> Reply:
        key = (span.key, request)
        with self._resident(span.key, waiting) as resident:
            kept: Reply | None = self._kept(key)  # somebody else may have asked the same while this one waited
            if kept is not None:
                return kept
            try:
                head, arrays = self._talk(resident, span, request, waiting)
            except channel.DeadlineError:
                self._discard(span.key, resident)
                raise EngineError(
                    f"this took longer than {self.time_limit:g} seconds and was stopped; nothing was changed, "
                    "try fewer training steps or a smaller model"
                ) from None
            except LaunchError as error:
                self._discard(span.key, resident)
                raise EngineError(str(error)) from error
            except BaseException:  # also what `waiting` raises to give up: the worker is in the middle of something
                self._discard(span.key, resident)
                raise
            resident.used = time.monotonic()
        if "error" in head:
            raise EngineError(str(head["error"]))
        answer: Reply = channel.unpack(request.reply, head["value"], arrays)
        self._keep(key, answer, sum(array.nbytes for array in arrays))
        return answer

    def _talk(
        self, resident: _Resident, span: Span, request: Request[Reply], waiting: channel.Waiting | None
    ) -> tuple[dict[str, Any], list[Any]]:
        if resident.worker is None:
            resident.worker = self._launcher.launch(waiting)
            opening = {"open": [span.recipe.to_json(), span.before, span.after]}
            head, _ = self._round_trip(resident.worker, opening, waiting)
            if "step" in head:
                raise StepFailedError(int(head["step"]), str(head["error"]))
            if "error" in head:
                raise EngineError(str(head["error"]))
        fields, _ = channel.pack(request)
        return self._round_trip(resident.worker, {"request": type(request).__name__, "fields": fields}, waiting)

    def _round_trip(
        self, worker: Worker, message: dict[str, Any], waiting: channel.Waiting | None
    ) -> tuple[dict[str, Any], list[Any]]:
        channel.send(worker.connection, message)
        return channel.receive(worker.connection, time.monotonic() + self.time_limit, waiting)

    @contextmanager
    def _resident(self, key: Any, waiting: channel.Waiting | None) -> Iterator[_Resident]:
        """The place of `key` in the pool, held by the caller alone."""
        started = time.monotonic()
        while True:
            with self._lock:
                resident = self._residents.get(key)
                if resident is None and self._make_room():
                    resident = self._residents[key] = _Resident()
                if resident is not None and resident.lock.acquire(blocking=False):
                    self._residents.move_to_end(key)
                    break
                self._lock.wait(_PATIENCE)
            waited = time.monotonic() - started
            if waiting:
                waiting(waited)
            if waited > self.time_limit:
                raise EngineError("too many models are being computed right now; wait a few seconds and try again")
        try:
            yield resident
        finally:
            resident.lock.release()
            with self._lock:
                self._lock.notify_all()

    def _make_room(self) -> bool:
        """Whether one more worker may live, after ending the one unused for longest if need be."""
        if len(self._residents) < self._workers:
            return True
        for key, resident in self._residents.items():
            if resident.lock.acquire(blocking=False):
                self._discard(key, resident, reusable=True)
                resident.lock.release()
                return True
        return False

    def _discard(self, key: Any, resident: _Resident, *, reusable: bool = False) -> None:
        with self._lock:
            if self._residents.get(key) is resident:
                del self._residents[key]
        if resident.worker is not None:
            self._launcher.release(resident.worker, reusable=reusable)
            resident.worker = None

    def _expire(self) -> None:
        while not self._closed.wait(min(5.0, self._idle_seconds / 2)):
            with self._lock:
                for key, resident in list(self._residents.items()):
                    if time.monotonic() - resident.used > self._idle_seconds and resident.lock.acquire(blocking=False):
                        self._discard(key, resident, reusable=True)
                        resident.lock.release()

    def _kept(self, key: Any) -> Any:
        with self._lock:
            kept = self._answers.get(key)
        return None if kept is None else kept[0]

    def _keep(self, key: Any, answer: Any, nbytes: int) -> None:
        size = _RECORD_BYTES + nbytes
        with self._lock:
            if size < self._answers.maxsize // 4:
                self._answers[key] = (answer, size)
