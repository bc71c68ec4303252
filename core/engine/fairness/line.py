"""Who waits for a place, and who of them is next: the client that has had least lately, then the session.

Within one session what is short goes before what takes long, and then who came first. A visitor who holds a share of
the places already comes after all others, and has them all where nobody else waits.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ...recipe.cost import Cost
from ..errors import CrowdedError
from ..visitor import Visitor
from .ledger import NOTHING, Charge

#: How many may wait, of one session and of one client: forty students may sit behind one address.
_OF_ALL, _OF_SESSION, _OF_CLIENT = 100, 4, 60
#: Who has not looked for so long, since it is held up elsewhere, keeps nobody from a place.
_LOOKED_SECONDS = 0.5
CROWDED = "too many models are being computed right now; wait a few seconds and try again"
_TOO_MANY = "{} of your requests wait already; wait until they are done, or close a tab"

Rank = tuple[bool, tuple[int, int], bool, int]


@dataclass(eq=False)
class Waiter:
    """Somebody's request that has no place yet.

    Attributes:
        key: of the place it wants; cost: what it will take, as far as is known.
        order: the number in which it came.
        charge, long, rank: what its visitor has had, whether it counts as long work, and how early its turn is, when
            it last looked.
        looked: when that was; queues: whether it has found no place then.
    """

    key: Any
    visitor: Visitor
    cost: Cost
    order: int
    charge: Charge = NOTHING
    long: bool = False
    rank: Rank = (False, (0, 0), False, 0)
    looked: float = 0.0
    queues: bool = False


class Line:
    """All who wait for a place of one kind; whoever calls holds the lock of the places."""

    def __init__(self) -> None:
        self._waiters: list[Waiter] = []
        self._came = 0

    def __len__(self) -> int:
        return len(self._waiters)

    def join(self, key: Any, visitor: Visitor, cost: Cost) -> Waiter:
        """A new waiter, the last for now."""
        self._came += 1
        waiter = Waiter(key, visitor, cost, self._came)
        self._waiters.append(waiter)
        return waiter

    def leave(self, waiter: Waiter) -> None:
        """It has a place, or waits no more."""
        if waiter in self._waiters:
            self._waiters.remove(waiter)

    def queue(self, waiter: Waiter) -> None:
        """It has found no place at once and waits from now on.

        Raises:
            CrowdedError: too many do.
        """
        visitor = waiter.visitor
        others = [other.visitor for other in self._waiters if other.queues]
        if len(others) >= _OF_ALL:
            raise CrowdedError(CROWDED)
        of_session = sum(other.session == visitor.session for other in others) if visitor.session else 0
        of_client = sum(other.client == visitor.client for other in others) if visitor.client else 0
        if of_session >= _OF_SESSION or of_client >= _OF_CLIENT:
            raise CrowdedError(_TOO_MANY.format(max(of_session, of_client)))
        waiter.queues = True

    def look(self, waiter: Waiter, charge: Charge, *, long: bool, has_share: bool) -> None:
        """Find out anew how early its turn is."""
        waiter.charge, waiter.long, waiter.looked = charge, long, time.monotonic()
        waiter.rank = has_share, charge.rank, long, waiter.order

    def is_next(self, waiter: Waiter, could_go: Callable[[Waiter], bool]) -> bool:
        """Whether nobody whose turn is earlier could go."""
        since = time.monotonic() - _LOOKED_SECONDS
        earlier = (other for other in self._waiters if other.rank < waiter.rank and other.looked > since)
        return not any(could_go(other) for other in earlier)

    def waiting(self) -> list[Waiter]:
        """Those who have found no place."""
        return [waiter for waiter in self._waiters if waiter.queues]
