"""When work that has had its fair share ends for somebody who waits, and what its visitor is told."""

from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import OVERDUE, CrowdedError, EngineError, StoppedError
from .line import Waiter
from .turns import Run

#: Work that takes longer than this gives way to others who find no place.
_FAIR_SECONDS = 1.0
#: Or does nothing, though it could, for longer than this.
_IDLE_SECONDS = 3.0
#: A replay without code ends for others only where they have had so much less: it would be done some time.
_MUCH_LESS = 5.0
_OTHERS = (
    "this was stopped after {:.0f} seconds of computing since others wait for their turn; nothing was changed, "
    "try again in a few seconds, or with fewer training steps or a smaller model"
)
_CODE_MEMORY = "the code was stopped since this server's memory runs short; make it need less, or run it again later"
_MEMORY = (
    "this was stopped since this server's memory runs short; wait a few seconds and try again, or take a smaller model"
)


@dataclass(frozen=True)
class Working:
    """Work in a place, and whether it is long."""

    run: Run
    long: bool

    @property
    def has_had_its_share(self) -> bool:
        """Whether it can be asked to go: never a short run, however long it has to wait for a processor."""
        return self.run.wall > _FAIR_SECONDS and (self.run.long or self.run.active > _IDLE_SECONDS)

    @property
    def badness(self) -> tuple[tuple[int, int], float]:
        """Who has had most goes first."""
        return self.run.standing, self.run.consumed


@dataclass(frozen=True)
class Places:
    """Of all places: who works, how many are free, and how many are being ended."""

    at_work: Sequence[Working]
    free: int
    leaving: int


def must_leave(work: Working, places: Places, blocked: Sequence[Waiter], *, runs_code: bool) -> bool:
    """Whether this work, of all, is to end for one of those who find no place."""
    if not work.has_had_its_share:
        return False
    before = [waiter for waiter in blocked if _goes_before(waiter, work, runs_code=runs_code)]
    short = sum(not waiter.long for waiter in before)
    # A free place is none for long work, which finds only so many; long work that ends makes one.
    long = len(before) - short if work.long else 0
    if max(0, short - places.free) + long <= places.leaving:
        return False
    others = [other for other in places.at_work if other.run is not work.run and other.has_had_its_share]
    return not any(other.badness > work.badness for other in others)


def _goes_before(waiter: Waiter, work: Working, *, runs_code: bool) -> bool:
    if runs_code:
        mine, theirs = waiter.charge.rank, work.run.history.rank
        return mine < theirs if waiter.long else mine <= theirs  # endless ones do not chase each other
    has_had, itself = waiter.charge, work.run.consumed
    client, session = work.run.history.client + itself, work.run.history.session + itself
    if has_had.client + _MUCH_LESS <= client:
        return True
    return has_had.client <= client and has_had.session + _MUCH_LESS <= session


def others_first(run: Run, *, runs_code: bool) -> EngineError:
    """For whoever's work has ended for others: it is not at fault."""
    return StoppedError(OVERDUE) if runs_code else CrowdedError(_OTHERS.format(run.consumed))


def memory_short(*, runs_code: bool) -> EngineError:
    """For whoever's work was the largest when memory ran short."""
    return StoppedError(_CODE_MEMORY) if runs_code else CrowdedError(_MEMORY)
