"""Who is next for a place: fair by client, then by session, short work first; and how many may wait."""

import contextlib
import threading
import time
from collections.abc import Iterator

import pytest

from core.engine.errors import CrowdedError
from core.engine.fairness.ledger import Ledger
from core.engine.fairness.line import Waiter
from core.engine.fairness.turns import Turns
from core.engine.residents import Residents
from core.engine.visitor import NOBODY, Visitor
from core.recipe.cost import FREE, Cost
from tests.engine.made_up import Clock, Workers

ANNA, BEN = Visitor("anna", "anna's address"), Visitor("ben", "ben's address")
LONG = Cost((10.0,))


class Room:
    """Residents, of whose places some are held."""

    def __init__(self, most: int) -> None:
        self.workers, self.ledger = Workers(), Ledger(Clock())
        self.residents = Residents(self.workers, most, turns=Turns(self.workers, self.ledger, 2))
        self.held = contextlib.ExitStack()
        self.waiters: dict[str, Waiter] = {}

    def hold(self, visitor: Visitor, places: int, cost: Cost = FREE) -> None:
        for _ in range(places):
            key = f"held {len(self.residents)}"
            self.residents.launch(self.held.enter_context(self.residents.place(key, visitor, 0, None, cost)), None)

    def ask(self, name: str, visitor: Visitor, cost: Cost = FREE) -> bool:
        """Whether there is a place at once; if not, it queues."""
        waiter = self.waiters[name] = self.residents._line.join(name, visitor, cost)
        if self.residents._take(waiter) is not None:
            return True
        self.residents._line.queue(waiter)
        return False

    def free(self) -> list[str]:
        """End one place; who of those who wait has it then, whatever order they look in."""
        self.residents._end(next(iter(self.residents._places)), reusable=False)
        line = self.residents._line.waiting()
        for waiter in line:
            self.residents._look(waiter)
        return [waiter.key for waiter in reversed(line) if self.residents._take(waiter) is not None]


@pytest.fixture
def room() -> Iterator[Room]:
    made = Room(4)
    yield made
    with contextlib.suppress(KeyError):
        made.held.close()
    made.workers.close()


class TestWhoIsNext:
    def test_is_who_came_first_where_nobody_has_had_more(self, room: Room) -> None:
        room.hold(NOBODY, 4)
        assert not room.ask("first", ANNA)
        assert not room.ask("second", BEN)
        assert room.free() == ["first"]

    def test_is_the_client_that_has_had_least(self, room: Room) -> None:
        room.hold(NOBODY, 4)
        room.ledger.add(Visitor("another tab", ANNA.client), 30)
        room.ask("first", ANNA)
        room.ask("second", BEN)
        assert room.free() == ["second"]

    def test_is_of_one_client_the_session_that_has_had_least(self, room: Room) -> None:
        room.hold(NOBODY, 4)
        greedy, modest = Visitor("greedy", "school"), Visitor("modest", "school")
        room.ledger.add(greedy, 30)
        room.ask("first", greedy)
        room.ask("second", modest)
        assert room.free() == ["second"]

    def test_is_what_is_short_before_what_takes_long(self, room: Room) -> None:
        room.hold(NOBODY, 4)
        room.ask("replay", ANNA, LONG)
        room.ask("click", ANNA)
        assert room.free() == ["click"]

    def test_is_not_who_holds_a_share_already(self, room: Room) -> None:
        room.hold(ANNA, 1)
        room.hold(NOBODY, 3)
        room.ask("first", ANNA)
        room.ask("second", BEN)
        room.residents._places.move_to_end("held 0")
        assert room.free() == ["second"]

    def test_is_who_looks_and_not_who_is_held_up_elsewhere(self, room: Room) -> None:
        room.hold(NOBODY, 4)
        room.ask("first", ANNA)
        room.ask("second", BEN)
        room.residents._end("held 0", reusable=False)
        second = room.waiters["second"]
        assert room.residents._take(second) is None
        room.waiters["first"].looked -= 60
        assert room.residents._take(second) is not None


class TestPlaces:
    def test_are_all_for_one_who_is_alone(self, room: Room) -> None:
        room.hold(ANNA, 4)

    def test_are_not_all_for_long_work_so_that_a_click_finds_one(self, room: Room) -> None:
        room.hold(ANNA, 3, LONG)
        assert not room.ask("one more", ANNA, LONG)
        assert room.ask("click", BEN)

    def test_are_for_long_work_no_more_than_twice_the_processors(self) -> None:
        room = Room(24)
        room.hold(ANNA, 4, LONG)
        assert not room.ask("one more", BEN, LONG)
        room.hold(BEN, 19)
        assert room.ask("click", BEN)
        room.held.close()
        room.workers.close()

    def test_are_not_all_for_who_has_had_much(self, room: Room) -> None:
        room.ledger.add(ANNA, 10)
        room.hold(ANNA, 3)
        assert not room.ask("one more", ANNA)
        assert room.ask("click", BEN)

    def test_that_are_free_are_not_kept_from_who_is_next_by_who_can_have_none(self, room: Room) -> None:
        room.hold(NOBODY, 1)
        assert not room.ask("held 0", ANNA)
        assert room.ask("another", BEN)


class TestHowManyWait:
    def test_is_bounded_for_a_session_and_for_a_client_and_others_may_still_wait(self, room: Room) -> None:
        room.hold(NOBODY, 4)
        for number in range(4):
            room.ask(f"tab {number}", ANNA)
        with pytest.raises(CrowdedError, match=r"^4 of your requests wait already; wait until they are done"):
            room.ask("one more", ANNA)
        for number in range(56):
            room.ask(f"student {number}", Visitor(str(number), ANNA.client))
        with pytest.raises(CrowdedError, match=r"^60 of your requests wait already"):
            room.ask("one more student", Visitor("late", ANNA.client))
        room.ask("somebody else", BEN)

    def test_is_bounded_in_all(self, room: Room) -> None:
        room.hold(NOBODY, 4)
        for number in range(100):
            room.ask(str(number), Visitor(str(number), str(number)))
        with pytest.raises(CrowdedError, match=r"^too many models are being computed right now"):
            room.ask("one more", BEN)

    def test_is_not_counted_where_places_are_free(self) -> None:
        workers = Workers()
        residents = Residents(workers, 50)
        together = threading.Barrier(40)
        failed: list[Exception] = []

        def ask(number: int) -> None:
            together.wait()
            try:
                with residents.place(number, ANNA, 60, None) as resident:
                    residents.launch(resident, None)
                    time.sleep(0.05)
            except CrowdedError as error:
                failed.append(error)

        threads = [threading.Thread(target=ask, args=(number,)) for number in range(40)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not failed
        workers.close()
