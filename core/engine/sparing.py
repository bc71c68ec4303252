"""Workers made ready ahead: a person waits for the recipe alone, not for the fork and its first page faults."""

import contextlib
import socket
import threading
import time

from ..questions.base import Request
from ..questions.model import GetOverview, GetPreview
from ..questions.tensor import GetCards
from ..questions.theory import GetTheory
from ..recipe.recipe import Recipe
from ..recipe.schemes.table import SCHEMES
from ..recipe.steps import Custom, Initialize, Subtree
from . import channel
from .handing_on import HandingOn
from .processes.launch import Launcher, LaunchError, Worker

#: After a launch: processors belong to what was asked for.
_AFTER_SECONDS = 0.3
_WARM_SECONDS = 20.0
_NAMES = ("0.weight", "0.bias")
#: What a page asks of most workers; answering it once brings a fork's memory into being. Both are our own examples:
#: nothing of a visitor's is ever in a spare.
_RECIPE = Recipe("mlp", steps=(Initialize("xavier_uniform", Subtree("0", "Linear")),))
_CODE_RECIPE = Recipe("mlp", steps=(Custom("def init(m):\n    m is nn.init.normal_", "init"),))
_REQUESTS: tuple[Request[object], ...] = (
    GetOverview(),
    GetPreview(next(iter(SCHEMES)), Subtree()),
    GetCards(_NAMES),
    GetTheory(_NAMES),
)


class Sparing:
    """A launcher that keeps one warm worker of each kind in hand; in all else it is its `source`.

    Args:
        source: where workers come from.
        hands_on: whether workers without code take one recipe after another, see `HandingOn`.
    """

    def __init__(self, source: Launcher, *, hands_on: bool = False) -> None:
        self._source = source
        self._lock = threading.Lock()
        self._spares: dict[bool, Worker] = {}
        self._handing_on = HandingOn(source, wanted=hands_on)
        self._timers: dict[bool, threading.Timer] = {}
        self._making: set[bool] = set()
        self._generation = 0  # of the source's processes: another once they ended
        self.start, self.ending, self.jail = source.start, source.ending, source.jail
        self.processor_seconds, self.queued_seconds = source.processor_seconds, source.queued_seconds
        self.held_bytes, self.pause, self.resume = source.held_bytes, source.pause, source.resume

    def launch(self, waiting: channel.Waiting | None = None, *, runs_code: bool = False) -> Worker:
        """The worker in hand, or a fresh one where there is none; another is made ready soon."""
        while (worker := self._taken(runs_code)) is not None and not _alive(worker):
            self._source.release(worker, reusable=False)
        worker = worker or self._launched(waiting, runs_code)
        self._make_soon(runs_code)
        return worker

    def _taken(self, runs_code: bool) -> Worker | None:
        worker = None if runs_code else self._handing_on.take()
        with self._lock:
            return worker or self._spares.pop(runs_code, None)

    def _launched(self, waiting: channel.Waiting | None, runs_code: bool) -> Worker:
        worker = self._source.launch(waiting, runs_code=runs_code)
        if not runs_code:
            self._handing_on.launched(worker)
        return worker

    def release(self, worker: Worker, *, reusable: bool) -> None:
        """Keep a reusable worker for the next recipe, for a moment, if it is fit for one; kill any other."""
        if reusable and self._handing_on.keep(worker):
            self._make_soon(False)
        else:
            self._source.release(worker, reusable=False)

    def slow_down(self, worker: Worker) -> None:
        """As the source does; such a worker is not handed on."""
        self._handing_on.slowed(worker)
        self._source.slow_down(worker)

    def _make_soon(self, runs_code: bool) -> None:
        """Once nobody has launched anything for a moment: where many do, a fork ahead keeps others from theirs."""
        with self._lock:
            for kind in {runs_code, *(kind for kind, timer in self._timers.items() if timer.is_alive())}:
                if (pending := self._timers.get(kind)) is not None:
                    pending.cancel()
                timer = self._timers[kind] = threading.Timer(_AFTER_SECONDS, self._make, (kind, self._generation))
                timer.daemon = True
                timer.start()

    def restart(self) -> None:
        """End every process; no worker of theirs is kept in hand."""
        self._let_go()
        self._source.restart()

    def close(self) -> None:
        """End everything, for good."""
        self._let_go()
        self._source.close()
        for timer in list(self._timers.values()):
            timer.join(_WARM_SECONDS)

    def _make(self, runs_code: bool, generation: int) -> None:
        for worker in () if runs_code else self._handing_on.take_all():  # nobody was in a hurry to have it
            self._source.release(worker, reusable=False)
        with self._lock:
            if runs_code in self._spares or runs_code in self._making or generation != self._generation:
                return
            self._making.add(runs_code)
        try:
            with contextlib.suppress(LaunchError):
                worker = self._launched(None, runs_code)
                ready = _answers_all(worker, _messages(runs_code=runs_code), _WARM_SECONDS)
                with self._lock:
                    wanted = ready and generation == self._generation
                    if wanted:
                        self._spares[runs_code] = worker
                if not wanted:
                    self._source.release(worker, reusable=False)
        finally:
            with self._lock:
                self._making.discard(runs_code)

    def _let_go(self) -> None:
        with self._lock:
            spares, self._spares = [*self._spares.values(), *self._handing_on.take_all()], {}
            self._generation += 1
            for timer in self._timers.values():
                timer.cancel()
        for worker in spares:
            worker.connection.close()  # which ends it


def _alive(worker: Worker) -> bool:
    """Whether its connection is open; it never speaks unasked."""
    try:
        worker.connection.settimeout(0)
        return bool(worker.connection.recv(1, socket.MSG_PEEK))
    except BlockingIOError:
        return True
    except OSError:
        return False


def _messages(*, runs_code: bool) -> list[dict[str, object]]:
    """What a spare is told."""
    if runs_code:
        return [{"run": [_CODE_RECIPE.to_json(), 0, 1]}]
    messages: list[dict[str, object]] = [{"open": [_RECIPE.to_json(), 0, 1]}]
    for request in _REQUESTS:
        fields, _ = channel.pack(request)
        messages.append({"request": type(request).__name__, "fields": fields})
    return messages


def _answers_all(worker: Worker, messages: list[dict[str, object]], seconds: float) -> bool:
    """Whether the worker has answered each message in time."""
    deadline = time.monotonic() + seconds
    try:
        for message in messages:
            channel.send(worker.connection, message, None, deadline)
            channel.receive(worker.connection, deadline)
    except (channel.ChannelError, channel.DeadlineError):
        return False
    return True
