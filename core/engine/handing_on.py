"""Workers that go on to the next recipe: where many ask at once there is no time to make any ready.

No person's code ran in them, nor can: what they may still hold of the last recipe, nobody can look for. They wait for
a moment only.
"""

import threading
import weakref

from .processes.launch import Launcher, Worker

#: So many wait at a time, none that has computed for longer or holds so much more than when it came to life.
MOST = 4
_YOUNG_SECONDS, _MORE_BYTES = 1.0, 64 * 2**20


class HandingOn:
    """Those that wait; safe to use from many threads.

    Args:
        source: where they come from.
        wanted: whether any are kept. Not where an operator's files are imported: what such a file keeps from one build
            to the next would tell in the next one's numbers.
    """

    def __init__(self, source: Launcher, *, wanted: bool) -> None:
        self._source = source
        self._wanted = wanted
        self._lock = threading.Lock()
        self._waiting: list[Worker] = []
        self._at_first: weakref.WeakKeyDictionary[Worker, int] = weakref.WeakKeyDictionary()  # bytes that it held

    def __len__(self) -> int:
        return len(self._waiting)

    def launched(self, worker: Worker) -> None:
        """A worker in which no code will run has come to life."""
        if self._wanted:
            self._at_first[worker] = self._source.held_bytes(worker)

    def slowed(self, worker: Worker) -> None:
        """It stays slow for as long as it lives."""
        self._at_first.pop(worker, None)

    def keep(self, worker: Worker) -> bool:
        """Let one that nobody uses any more wait; whether it does."""
        held = self._at_first.get(worker)
        if held is None or self._source.processor_seconds(worker) >= _YOUNG_SECONDS:
            return False
        if self._source.held_bytes(worker) > held + _MORE_BYTES:
            return False
        with self._lock:
            kept = len(self._waiting) < MOST
            if kept:
                self._waiting.append(worker)
        return kept

    def take(self) -> Worker | None:
        """One that waits, the one that came last."""
        with self._lock:
            return self._waiting.pop() if self._waiting else None

    def take_all(self) -> list[Worker]:
        """All that wait."""
        with self._lock:
            waiting, self._waiting = self._waiting, []
        return waiting
