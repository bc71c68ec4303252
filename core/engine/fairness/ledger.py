"""What each visitor has had of the processors lately, so that who has had least goes first."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from cachetools import LRUCache

from ..visitor import Visitor

#: After so many seconds what was had counts half; so many accounts are kept.
_HALF_LIFE, _ACCOUNTS = 60.0, 4096
#: Who has had more than this lately is no longer served like a newcomer; what differs by less than a step is equal.
_MUCH_SECONDS, _STEP_SECONDS = 3.0, 8.0


@dataclass(frozen=True, order=True)
class Charge:
    """Seconds of a processor that count for a client and for one of its sessions: compared in this order."""

    client: float
    session: float

    @property
    def rank(self) -> tuple[int, int]:
        """In steps: one first run into a limit is none yet, a second one is."""
        return int(self.client / _STEP_SECONDS), int(self.session / _STEP_SECONDS)

    @property
    def is_much(self) -> bool:
        """Whether the session has had so much that others go first wherever there is a choice."""
        return self.session >= _MUCH_SECONDS


NOTHING = Charge(0.0, 0.0)


class Ledger:
    """Seconds of a processor by client and by session, less and less as time passes; safe to use from many threads.

    A visitor of whom nothing is known has no account: a test, a benchmark and the server itself are nobody's rivals.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._accounts: LRUCache[tuple[str, str], tuple[float, float]] = LRUCache(_ACCOUNTS)

    def add(self, visitor: Visitor, seconds: float) -> None:
        """Charge a visitor, and the client it comes from."""
        now = self._now()
        with self._lock:
            for account in _accounts(visitor):
                self._accounts[account] = (self._left(account, now) + seconds, now)

    def charge(self, visitor: Visitor) -> Charge:
        """What counts now."""
        now = self._now()
        with self._lock:
            found = {kind: self._left((kind, name), now) for kind, name in _accounts(visitor)}
        return Charge(found.get("client", 0.0), found.get("session", 0.0))

    def _left(self, account: tuple[str, str], now: float) -> float:
        seconds, then = self._accounts.get(account, (0.0, now))
        return float(seconds * 0.5 ** ((now - then) / _HALF_LIFE))


def _accounts(visitor: Visitor) -> list[tuple[str, str]]:
    if not visitor.session:
        return []
    return [("client", visitor.client), ("session", visitor.session)]
