"""A worker's place, and what can be said of all places together.

A key (a recipe at two moments) has at most one place, and there are only so many places. A place goes through these
states; whoever holds it is one thread, which alone talks to its worker, launches it or ends it:

                 take (places are free)            leave
      no place ───────────────────────────▶ HELD ─────────▶ UNUSED
          ▲                                 │ │ ▲              │
          │                                 │ │ └──────────────┘
          ├───── end: anything is wrong ────┘ │   take: to ask about the same key, or to end it
          │                                   │   (another key needs the place, or it was unused for long)
          │       it has had its fair share,  │
          │       and others find no place    ▼
          └───── end ───────────────────── LEAVING

A worker is launched by the first who holds a place and ended by the last, so that an UNUSED place always has one.
"""

import time
from collections.abc import Collection
from dataclasses import dataclass, field
from enum import Enum

from .fairness.turns import Run
from .processes.launch import Worker
from .visitor import NOBODY, Visitor

#: Of all places, the part that one session holds where others wait, that one client does, and that no long work takes.
_SESSION_PART, _CLIENT_PART, _KEPT_PART = 4, 2, 4
#: Of long work, so much for each processor has a place; more would only stand there paused.
_LONG_A_PROCESSOR = 2


class State(Enum):
    """Where a place is in the picture above."""

    UNUSED = "its worker waits for the next question about its recipe"
    HELD = "one thread has it"
    LEAVING = "one thread has it, and is about to end it for somebody who waits"


@dataclass(eq=False)
class Resident:
    """A worker's place.

    Attributes:
        worker: None until the first who holds the place has launched one.
        opened: whether the worker has materialized what the place is for.
        used: when it was last taken or left, on the monotonic clock.
        visitor: who holds it, or did; long: whether that is long work; memory: bytes it may take.
        run: the worker's work, while it is at work.
        is_spent: whether the worker ends when the place is left.
    """

    state: State = State.HELD
    worker: Worker | None = None
    opened: bool = False
    used: float = field(default_factory=time.monotonic)
    visitor: Visitor = NOBODY
    long: bool = False
    memory: int = 0
    run: Run | None = None
    is_spent: bool = False

    @property
    def busy(self) -> bool:
        """Whether somebody has it."""
        return self.state is not State.UNUSED


def has_share(places: Collection[Resident], visitor: Visitor, most: int) -> bool:
    """Whether a visitor holds as many places as one session, or one client, may where others wait."""
    held = [each.visitor for each in places if each.busy]
    of_session = sum(each.session == visitor.session for each in held) if visitor.session else 0
    of_client = sum(each.client == visitor.client for each in held) if visitor.client else 0
    return of_session >= max(1, most // _SESSION_PART) or of_client >= max(1, most // _CLIENT_PART)


def most_long(most: int, at_a_time: int) -> int:
    """How many of so many places long work may take, of which so much computes at a time."""
    return min(most - most // _KEPT_PART, max(2, _LONG_A_PROCESSOR * at_a_time))


def held_by_long(places: Collection[Resident]) -> int:
    """How many places long work holds."""
    return sum(each.long for each in places if each.busy)
