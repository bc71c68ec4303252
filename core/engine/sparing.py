"""Workers made ready ahead: a person waits for the recipe alone, not for the fork and its first page faults.

Where many ask at once there is no time to make any ready. There, one that nobody uses any more takes the next recipe,
if no person's code ran in it, nor can: what it may still hold of the last one, nobody can look for.
"""

import contextlib
import socket
import threading
import time
import weakref

from ..questions.base import Request
from ..questions.model import GetOverview, GetPreview
from ..questions.tensor import GetCards
from ..questions.theory import GetTheory
from ..recipe.recipe import Recipe
from ..recipe.schemes.table import SCHEMES
from ..recipe.steps import Custom, Initialize, Subtree
from . import channel
from .processes.launch import Launcher, LaunchError, Worker

#: After a launch: processors belong to what was asked for.
_AFTER_SECONDS = 0.3
_WARM_SECONDS = 20.0
#: Handed on from one recipe to the next: so many wait for one at a time, and none that has computed for longer. What
#: one held may leave its memory in pieces.
_MOST_HANDED_ON, _YOUNG_SECONDS = 4, 1.0
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
        hands_on: whether workers without code take one recipe after another. Not where an operator's files are
            imported: what such a file keeps from one build to the next would tell in the next one's numbers.
    """

    def __init__(self, source: Launcher, *, hands_on: bool = False) -> None:
        self._source = source
        self._hands_on = hands_on
        self._lock = threading.Lock()
        self._spares: dict[bool, Worker] = {}
        self._handed_on: list[Worker] = []
        self._slowed: weakref.WeakSet[Worker] = weakref.WeakSet()
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
        worker = worker or self._source.launch(waiting, runs_code=runs_code)
        self._make_soon(runs_code)
        return worker

    def _taken(self, runs_code: bool) -> Worker | None:
        with self._lock:
            if self._handed_on and not runs_code:
                return self._handed_on.pop()
            return self._spares.pop(runs_code, None)

    def release(self, worker: Worker, *, reusable: bool) -> None:
        """Keep a reusable worker for the next recipe if it is young, kill any other."""
        if reusable and self._hands_on and worker not in self._slowed:
            young = self._source.processor_seconds(worker) < _YOUNG_SECONDS
            with self._lock:
                if young and len(self._handed_on) < _MOST_HANDED_ON:
                    self._handed_on.append(worker)
                    return
        self._source.release(worker, reusable=False)

    def slow_down(self, worker: Worker) -> None:
        """For as long as it lives: what is slowed is not handed on."""
        self._slowed.add(worker)
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
        with self._lock:
            if runs_code in self._spares or runs_code in self._making or generation != self._generation:
                return
            self._making.add(runs_code)
        try:
            with contextlib.suppress(LaunchError):
                worker = self._source.launch(runs_code=runs_code)
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
            spares, self._spares = [*self._spares.values(), *self._handed_on], {}
            self._handed_on = []
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
