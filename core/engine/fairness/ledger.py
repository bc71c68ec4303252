"""What each visitor has had of the processors lately, so that who has had least goes first."""

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from cachetools import LRUCache

from ..visitor import Visitor

#: After so many seconds what was had counts half; so many accounts are kept.
_HALF_LIFE, _ACCOUNTS = 60.0, 4096
#: Who has had more than this lately is no longer served like a newcomer.
_MUCH_SECONDS = 2.0
#: Below the first, nobody has had anything worth a word; above, what is less than so many times as much is equal.
_LITTLE_SECONDS, _STEP = 0.25, 4.0


@dataclass(frozen=True)
class Charge:
    """Seconds of a processor that count for a client and for one of its sessions."""

    client: float
    session: float

    @property
    def rank(self) -> tuple[int, int]:
        """How much that is, in coarse steps: on a busy machine all have little, and a part of it still tells."""
        return _steps(self.client), _steps(self.session)

    @property
    def is_much(self) -> bool:
        """Whether the session has had so much that others go first wherever there is a choice."""
        return self.session >= _MUCH_SECONDS

    def plus(self, seconds: float) -> "Charge":
        """With so many seconds more; never less than nothing."""
        return Charge(max(0.0, self.client + seconds), max(0.0, self.session + seconds))


def _steps(seconds: float) -> int:
    return 0 if seconds < _LITTLE_SECONDS else 1 + int(math.log(seconds / _LITTLE_SECONDS, _STEP))


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
