"""Turns at the processors, on a clock that the test turns: who computes, who is paused, and for how long."""

import math

import pytest

from core.engine.channel import DeadlineError
from core.engine.fairness.ledger import Charge, Ledger
from core.engine.fairness.turns import MOST_PAUSED, PausedTooLongError, Run, Turns
from core.engine.visitor import NOBODY, Visitor
from tests.engine.made_up import Clock, Workers

TICK = 0.05


class Machine:
    """So many processors on which what is not paused computes at the same pace."""

    def __init__(self, processors: int, at_a_time: int | None = None) -> None:
        self.processors, self.clock, self.workers = processors, Clock(), Workers()
        self.workers.close()  # nobody talks to them
        self.ledger = Ledger(self.clock)
        self.turns = Turns(self.workers, self.ledger, at_a_time or processors, self.clock)
        self.runs: list[Run] = []

    def begin(self, visitor: Visitor, limit: float = 5.0) -> Run:
        worker = self.workers.launch()
        self.workers.computed_by[worker.pid] = 7.0  # for somebody before
        self.runs.append(self.turns.begin(worker, visitor, limit))
        return self.runs[-1]

    def go_on(self) -> None:
        """For a tick."""
        computing = [run for run in self.runs if run.worker.pid not in self.workers.paused]
        self.clock.now += TICK
        share = TICK * min(1, self.processors / len(computing))
        for pid in (run.worker.pid for run in computing):
            self.workers.computed_by[pid] += share
            self.workers.queued_by[pid] = self.workers.queued_by.get(pid, 0.0) + TICK - share
        for run in tuple(self.runs):
            self.turns.tick(run)

    def go_on_for(self, seconds: float) -> None:
        """For so long."""
        until = self.clock.now + seconds
        while self.clock.now < until:
            self.go_on()

    def end(self, run: Run) -> None:
        self.runs.remove(run)
        self.turns.end(run)


def visitor(name: object) -> Visitor:
    return Visitor(str(name), f"address of {name}")


def test_short_work_is_never_paused() -> None:
    machine = Machine(2)
    for name in range(20):
        machine.begin(visitor(name))
    machine.go_on_for(20 * TICK)
    assert machine.workers.paused == machine.workers.slowed == []


def test_of_long_work_as_much_computes_as_there_are_processors_and_all_get_their_turns() -> None:
    machine = Machine(2)
    runs = [machine.begin(visitor(name), limit=60) for name in range(6)]
    machine.go_on_for(100 * TICK)
    assert len(machine.workers.paused) == 4
    consumed = [run.consumed for run in runs]
    assert max(consumed) - min(consumed) < 1.5
    assert sum(consumed) == pytest.approx(2 * 100 * TICK, rel=0.1), "no processor is idle"


def test_one_alone_is_not_paused_and_a_pause_ends_with_the_work_that_caused_it() -> None:
    machine = Machine(1)
    first = machine.begin(visitor("a"), limit=60)
    machine.go_on_for(40 * TICK)
    assert machine.workers.paused == []
    second = machine.begin(visitor("b"), limit=60)
    machine.go_on_for(20 * TICK)
    assert machine.workers.paused == [first.worker.pid], "who has had less goes first"
    machine.end(second)
    assert machine.workers.paused == []


def until_it_has(machine: Machine, run: Run, consumed: float) -> float:
    """Seconds until then; raises if the work is stopped at its limit."""
    begun = machine.clock.now
    while run.consumed < consumed:
        machine.go_on()
    return machine.clock.now - begun


def test_two_seconds_of_computing_are_done_soon_however_many_loop_that_did_before() -> None:
    machine = Machine(2)
    for number in range(30):
        machine.ledger.add(visitor(f"loop {number}"), 15)
        machine.begin(visitor(f"loop {number}"), limit=math.inf)
    machine.go_on_for(10)
    assert until_it_has(machine, machine.begin(visitor("newcomer")), 1.8) < 4


def test_two_seconds_of_computing_are_done_even_if_all_loop_for_the_first_time() -> None:
    machine = Machine(2)
    loops = [machine.begin(visitor(f"loop {number}"), limit=math.inf) for number in range(30)]
    newcomer = machine.begin(visitor("newcomer"))
    assert until_it_has(machine, newcomer, 1.8) < 35
    assert newcomer.active < 5
    assert min(loop.consumed for loop in loops) > 1, "nobody starves"


def test_who_computes_a_little_now_and_then_goes_before_who_began_long_ago_and_never_ends() -> None:
    machine = Machine(2)
    for number in range(12):
        machine.begin(visitor(f"loop {number}"), limit=math.inf)
    machine.go_on_for(12)
    for _ in range(2):
        run = machine.begin(visitor("now and then"))
        assert until_it_has(machine, run, 0.8) < 2
        machine.end(run)


def test_of_many_endless_ones_the_first_is_stopped_before_all_are_old() -> None:
    machine = Machine(2)
    loops = [machine.begin(visitor(f"loop {number}"), limit=5) for number in range(30)]
    with pytest.raises(DeadlineError):
        machine.go_on_for(60)
    assert min(loop.consumed for loop in loops) < 3


def test_who_was_stopped_at_a_limit_comes_after_who_computed_as_long_and_was_not() -> None:
    machine = Machine(1, at_a_time=9)
    stopped, other = machine.begin(visitor("stopped"), limit=2), machine.begin(visitor("other"))
    with pytest.raises(DeadlineError):
        machine.go_on_for(10)
    assert stopped.consumed == pytest.approx(other.consumed, abs=0.1)
    had, others = (machine.ledger.charge(visitor(name)).session for name in ("stopped", "other"))
    assert had > 2 * others


def test_what_never_gets_its_turn_is_given_up() -> None:
    machine = Machine(1)
    machine.ledger.add(visitor("had much"), 1e6)
    late = machine.begin(visitor("had much"))
    machine.begin(visitor("other"), limit=math.inf)
    begun = machine.clock.now
    with pytest.raises(PausedTooLongError):
        machine.go_on_for(200)
    assert MOST_PAUSED < machine.clock.now - begun < MOST_PAUSED + 5
    assert late.active < 5


def test_where_nothing_can_be_paused_all_compute_and_the_limit_is_of_plain_time() -> None:
    machine = Machine(1)
    machine.workers.can_pause = False
    machine.workers.computed = math.inf
    runs = [machine.begin(visitor(name)) for name in range(3)]
    machine.workers.computed_by.clear()
    machine.runs.clear()
    unknown = [machine.turns.begin(run.worker, run.visitor, 5.0) for run in runs]
    machine.clock.now += 4
    for run in unknown:
        machine.turns.tick(run)
    assert [run.active for run in unknown] == [4, 4, 4]


class TestTheLedger:
    def test_forgets_half_in_a_minute(self) -> None:
        clock = Clock()
        ledger = Ledger(clock)
        ledger.add(Visitor("tab", "address"), 16)
        ledger.add(Visitor("another", "address"), 16)
        assert ledger.charge(Visitor("tab", "address")) == Charge(32, 16)
        clock.now += 60
        assert ledger.charge(Visitor("tab", "address")) == Charge(16, 8)
        assert ledger.charge(Visitor("new", "address")) == Charge(16, 0)

    def test_tells_a_little_from_less_where_all_have_little(self) -> None:
        assert [Charge(0, seconds).rank[1] for seconds in (0, 0.2, 0.5, 0.9, 1.1, 3, 5, 20)] == [0, 0, 1, 1, 2, 2, 3, 4]

    def test_has_no_account_of_nobody(self) -> None:
        ledger = Ledger()
        ledger.add(NOBODY, 100)
        assert ledger.charge(NOBODY).rank == (0, 0)

    def test_is_bounded(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("core.engine.fairness.ledger._ACCOUNTS", 10)
        ledger = Ledger()
        for number in range(100):
            ledger.add(Visitor(str(number), "address"), 1)
        assert len(ledger._accounts) <= 10
        assert ledger.charge(Visitor("new", "address")).client > 99
