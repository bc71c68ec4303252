"""A worker in hand: it is handed out at once, another follows, and none is kept of processes that ended."""

import os
import signal
from collections.abc import Iterator

import pytest

from core.engine.pool import Engine
from core.engine.processes.forking import Forking
from core.engine.sparing import Sparing, _alive
from core.questions.model import GetOverview
from core.questions.tensor import GetCards
from core.recipe.steps import Custom
from tests.engines import ENDLESS, drawn, engine_from, shared_zygote
from tests.processes import comes_true, end, running
from tests.sameness import assert_same


@pytest.fixture
def sparing() -> Iterator[Sparing]:
    spares = Sparing(shared_zygote())
    yield spares
    spares._let_go()
    for timer in spares._timers:
        timer.join(30)


def in_hand(sparing: Sparing, *, runs_code: bool = False) -> int:
    assert comes_true(lambda: runs_code in sparing._spares, 30)
    return sparing._spares[runs_code].pid


def test_the_second_asked_for_was_ready_and_a_third_follows(sparing: Sparing) -> None:
    first = sparing.launch()
    ready = in_hand(sparing)
    second = sparing.launch()
    assert second.pid == ready != first.pid
    assert in_hand(sparing) not in (first.pid, second.pid)
    for worker in (first, second):
        sparing.release(worker, reusable=False)


def test_code_gets_a_worker_of_its_own_kind(sparing: Sparing) -> None:
    sparing.release(sparing.launch(runs_code=True), reusable=False)
    in_hand(sparing, runs_code=True)
    assert False not in sparing._spares


def test_what_it_answers_is_what_a_fresh_one_answers(sparing: Sparing) -> None:
    code = "def f(m):\n    if isinstance(m, nn.Linear):\n        nn.init.normal_(m.weight)"
    for span in (drawn(3), drawn(4, Custom(code, "f", seed=5))):
        request = GetCards(("0.weight", "2.bias"))
        with engine_from(shared_zygote(), cache_bytes=0) as plain:
            expected = plain.ask(span, request)
        with engine_from(sparing, cache_bytes=0) as engine:
            engine.ask(drawn(9), GetOverview())
            in_hand(sparing)
            found = engine.ask(span, request)
        assert_same(found, expected)


def test_what_takes_long_to_replay_ahead_is_given_up_once(sparing: Sparing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.engine.sparing._AHEAD_SECONDS", 0.2)
    sparing.expect(ENDLESS)
    sparing.release(sparing.launch(runs_code=True), reusable=False)
    assert comes_true(lambda: sparing._in_vain == ENDLESS, 30)
    assert comes_true(lambda: not sparing._making, 5)
    assert not sparing._spares
    sparing.release(sparing.launch(runs_code=True), reusable=False)
    in_hand(sparing, runs_code=True)


def test_one_that_died_is_not_handed_out(sparing: Sparing) -> None:
    sparing.release(sparing.launch(), reusable=False)
    dead = in_hand(sparing)
    spare = sparing._spares[False]
    os.kill(dead, signal.SIGKILL)
    assert comes_true(lambda: not _alive(spare), 5)
    worker = sparing.launch()
    assert worker.pid != dead
    assert running(worker.pid)
    sparing.release(worker, reusable=False)


def test_none_is_kept_over_a_restart_and_none_outlives_the_end() -> None:
    engine = Engine(source=Sparing(Forking()))
    launcher = engine._launcher
    assert isinstance(launcher, Sparing)
    try:
        engine.ask(drawn(1), GetOverview())
        old = in_hand(launcher)
        engine.reload()
        assert end([old], 10)
        assert not launcher._spares
        engine.ask(drawn(2), GetOverview())
        last = in_hand(launcher)
        assert last != old
    finally:
        engine.close()
    assert end([last], 10)
