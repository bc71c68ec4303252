"""Work that had its share ends for who finds no place: whose it is, whose not, and what the visitor is told."""

import contextlib
from collections.abc import Iterator

import pytest

from core.engine.channel import DeadlineError, Waiting
from core.engine.errors import CrowdedError, StoppedError
from core.engine.fairness.ledger import Ledger
from core.engine.fairness.line import Waiter
from core.engine.fairness.turns import Turns
from core.engine.place import Resident, State
from core.engine.residents import Residents
from core.engine.visitor import Visitor
from core.recipe.cost import FREE
from tests.engine.made_up import Clock, Workers

ANNA, BEN, CLEO = (Visitor(name, f"{name}'s address") for name in ("anna", "ben", "cleo"))


class Room:
    """Residents whose work computes on a clock that a test turns."""

    def __init__(self, most: int, *, runs_code: bool, at_a_time: int = 9) -> None:
        self.workers, self.clock = Workers(), Clock()
        self.ledger = Ledger(self.clock)
        turns = Turns(self.workers, self.ledger, at_a_time, self.clock)
        self.residents = Residents(self.workers, most, runs_code=runs_code, turns=turns)
        self.stack = contextlib.ExitStack()

    def at_work(self, visitor: Visitor, key: str = "", limit: float = 20) -> tuple[Resident, Waiting]:
        """A place with a worker that has computed nothing yet, and what its thread calls meanwhile."""
        resident = self.stack.enter_context(self.residents.place(key or visitor.session, visitor, 1, None))
        self.workers.computed_by[self.residents.launch(resident, None).pid] = 0.0
        return resident, self.stack.enter_context(self.residents.at_work(resident, limit, None))

    def queued(self, visitor: Visitor, key: str = "waiting") -> Waiter:
        """Somebody who has looked for a place in vain."""
        waiter = self.residents._line.join(key, visitor, FREE)
        assert self.residents._take(waiter) is None
        self.residents._line.queue(waiter)
        return waiter

    def compute(self, seconds: float, *residents: Resident, wall: float | None = None) -> None:
        self.clock.now += seconds if wall is None else wall
        for resident in residents:
            assert resident.worker is not None
            self.workers.computed_by[resident.worker.pid] += seconds


@pytest.fixture
def code() -> Iterator[Room]:
    yield from room(runs_code=True)


@pytest.fixture
def catalog() -> Iterator[Room]:
    yield from room(runs_code=False)


def room(*, runs_code: bool) -> Iterator[Room]:
    made = Room(2, runs_code=runs_code)
    yield made
    with contextlib.suppress(Exception):
        made.stack.close()
    made.workers.close()


class TestCodeAtWork:
    def test_is_slowed_once_it_may_be_endless_and_stays_where_nobody_waits(self, code: Room) -> None:
        resident, wait = code.at_work(ANNA)
        code.compute(1.9, resident)
        wait(1.9)
        assert code.workers.slowed == []
        for seconds in (0.3, 10):
            code.compute(seconds, resident)
            wait(seconds)
        assert code.workers.slowed == [1]
        assert resident.state is State.HELD

    def test_of_who_has_had_much_is_slowed_as_soon_as_it_is_no_short_run(self, code: Room) -> None:
        code.ledger.add(ANNA, 10)
        resident, wait = code.at_work(ANNA)
        code.compute(0.1, resident)
        wait(0.1)
        assert code.workers.slowed == [1]

    def test_ends_for_who_waits_after_its_share(self, code: Room) -> None:
        resident, wait = code.at_work(ANNA)
        code.at_work(ANNA, "another")
        code.queued(BEN)
        code.compute(0.9, resident)
        wait(0.9)
        code.compute(0.2, resident)
        with pytest.raises(StoppedError, match=r"others wait for their turn, not for a fault of its own"):
            wait(1.1)
        assert resident.state is State.LEAVING

    def test_that_does_nothing_ends_after_some_seconds(self, code: Room) -> None:
        resident, wait = code.at_work(ANNA)
        code.at_work(ANNA, "another")
        code.queued(BEN)
        code.compute(0.1, resident, wall=2.9)
        wait(2.9)
        code.compute(0, resident, wall=0.2)
        with pytest.raises(StoppedError):
            wait(3.1)

    def test_that_waits_for_a_processor_is_a_short_run_still(self, code: Room) -> None:
        resident, wait = code.at_work(ANNA)
        code.at_work(ANNA, "another")
        code.queued(BEN)
        code.compute(0.1, resident, wall=30)
        assert resident.worker is not None
        code.workers.queued_by[resident.worker.pid] = 29.9
        wait(30)
        assert resident.state is State.HELD

    def test_does_not_end_for_who_has_had_more(self, code: Room) -> None:
        code.ledger.add(BEN, 20)
        resident, wait = code.at_work(ANNA)
        code.at_work(CLEO)
        code.queued(BEN)
        code.compute(2, resident)
        wait(2)
        assert resident.state is State.HELD

    def test_of_who_has_had_much_does_not_end_for_another_such(self, code: Room) -> None:
        for visitor in (ANNA, BEN, CLEO):
            code.ledger.add(visitor, 20)
        resident, wait = code.at_work(ANNA)
        code.at_work(CLEO)
        code.queued(BEN)
        code.compute(4, resident)
        wait(4)
        assert resident.state is State.HELD

    def test_ends_one_for_one_who_waits_and_of_two_the_one_whose_visitor_has_had_most(self, code: Room) -> None:
        code.ledger.add(CLEO, 20)
        (anna, anna_waits), (cleo, cleo_waits) = code.at_work(ANNA), code.at_work(CLEO)
        code.queued(BEN)
        code.compute(2, anna, cleo)
        cleos = code.residents._places["cleo"].run
        assert cleos is not None
        code.residents._turns.tick(cleos)
        anna_waits(2)
        with pytest.raises(StoppedError):
            cleo_waits(2)
        anna_waits(2)
        assert anna.state is State.HELD, "one is leaving already"

    def test_does_not_end_while_a_place_is_free_that_nobody_has_looked_at_yet(self, code: Room) -> None:
        resident, wait = code.at_work(ANNA)
        with code.residents.place("other", CLEO, 1, None):
            waiter = code.queued(BEN)
            code.compute(2, resident)
            code.residents._end("other", reusable=False)
            wait(2)
            code.residents._line.leave(waiter)
            code.residents._places["other"] = Resident()
        assert resident.state is State.HELD

    def test_does_not_end_for_who_waits_for_what_another_holds(self, code: Room) -> None:
        resident, wait = code.at_work(ANNA)
        code.at_work(CLEO)
        code.queued(BEN, "cleo")
        code.compute(2, resident)
        wait(2)
        assert resident.state is State.HELD


class TestAReplayAtWork:
    def test_stays_where_others_have_had_about_as_much(self, catalog: Room) -> None:
        resident, wait = catalog.at_work(ANNA)
        catalog.at_work(CLEO)
        catalog.queued(BEN)
        catalog.compute(4, resident)
        wait(4)
        assert resident.state is State.HELD

    def test_ends_for_who_has_had_much_less_and_no_code_is_blamed(self, catalog: Room) -> None:
        resident, wait = catalog.at_work(ANNA)
        catalog.at_work(CLEO)
        catalog.queued(BEN)
        catalog.compute(6, resident)
        with pytest.raises(CrowdedError, match=r"^this was stopped after 6 seconds of computing since others wait"):
            wait(6)

    def test_ends_for_another_client_whatever_tab_of_the_first_it_is(self, catalog: Room) -> None:
        tabs = [Visitor(f"tab {number}", "one address") for number in range(2)]
        works = [catalog.at_work(tab) for tab in tabs]
        catalog.queued(BEN)
        catalog.compute(3, *(resident for resident, _ in works))
        works[0][1](3)
        with pytest.raises(CrowdedError):
            works[1][1](3)


class TestTheLimit:
    def test_counts_neither_pauses_nor_what_was_before(self) -> None:
        room = Room(3, runs_code=True, at_a_time=1)
        (first, first_waits), (second, second_waits) = room.at_work(ANNA, limit=5), room.at_work(BEN, limit=5)
        room.compute(1, first, second)
        first_waits(1)
        second_waits(1)
        assert room.workers.paused == [2]
        for second_of_many in range(3):
            room.compute(1, first)
            second_waits(second_of_many)
        room.clock.now += 15
        second_waits(20)
        with pytest.raises(DeadlineError):
            first_waits(20)
        assert room.ledger.charge(ANNA).session > room.ledger.charge(BEN).session + 5
        room.stack.close()
        room.workers.close()
