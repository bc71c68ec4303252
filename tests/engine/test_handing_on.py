"""A worker in which no person's code ran takes the next recipe, and nobody can tell; any other is ended."""

from collections.abc import Iterator

import pytest

from core.code.command_line import NamedFile, to_environment
from core.engine.handing_on import MOST
from core.engine.pool import Engine, launcher
from core.engine.processes.launch import Worker
from core.engine.sparing import Sparing
from core.questions.model import GetOverview
from core.questions.tensor import GetCards
from core.recipe.steps import Train
from tests.custom import good
from tests.engines import drawn, engine_from, shared_zygote, workers
from tests.processes import comes_true, running
from tests.sameness import assert_same


@pytest.fixture
def handing_on() -> Iterator[Sparing]:
    source = Sparing(shared_zygote(), hands_on=True)
    yield source
    source._let_go()
    for timer in source._timers.values():
        timer.join(120)


@pytest.fixture
def crowded(handing_on: Sparing) -> Iterator[Engine]:
    """An engine with one place, so that each recipe drives out the last."""
    with engine_from(handing_on, workers=1, cache_bytes=0) as engine:
        yield engine


def test_the_next_recipe_is_answered_by_the_same_process_as_by_a_fresh_one(crowded: Engine) -> None:
    request = GetCards(("0.weight", "2.bias"))
    used = set()
    for seed in range(4):
        span = drawn(seed, Train(2), model=("mlp", "shared_mlp")[seed % 2])
        found = crowded.ask(span, request)
        used.update(workers(crowded))
        with engine_from(shared_zygote(), cache_bytes=0) as plain:
            assert_same(found, plain.ask(span, request))
    assert len(used) == 1


def test_what_code_left_is_measured_in_a_process_that_goes_on_to_others(crowded: Engine) -> None:
    with engine_from(shared_zygote(), cache_bytes=0) as plain:
        for seed in range(3):
            span = good(seed)
            assert_same(crowded.ask(span, GetCards(("0.weight",))), plain.ask(span, GetCards(("0.weight",))))


def test_no_process_that_ran_code_goes_on(handing_on: Sparing) -> None:
    with engine_from(handing_on) as engine:
        engine.ask(good(1), GetOverview())
        used = [worker.pid for worker in engine._code.workers()]
    assert comes_true(lambda: not any(map(running, used)))
    assert all(worker.pid not in used for worker in handing_on._handing_on.take_all())


def test_none_goes_on_that_was_slowed_or_has_computed_for_long(
    handing_on: Sparing, monkeypatch: pytest.MonkeyPatch
) -> None:
    slowed, old, young = (handing_on.launch() for _ in range(3))
    handing_on.slow_down(slowed)
    seconds = {old: 5.0}
    monkeypatch.setattr(handing_on._source, "processor_seconds", lambda worker: seconds.get(worker, 0.1))
    for worker in (slowed, old, young):
        handing_on.release(worker, reusable=True)
    assert len(handing_on._handing_on) == 1
    assert handing_on.launch() is young
    handing_on.release(young, reusable=False)
    assert comes_true(lambda: not any(running(worker.pid) for worker in (slowed, old, young)))


def test_so_many_wait_and_none_that_died_is_handed_on(handing_on: Sparing) -> None:
    launched: list[Worker] = [handing_on.launch() for _ in range(MOST + 1)]
    for worker in launched:
        handing_on.release(worker, reusable=True)
    assert len(handing_on._handing_on) == MOST
    for worker in launched:
        worker.connection.close()
    fresh = handing_on.launch()
    assert fresh not in launched
    handing_on.release(fresh, reusable=False)


def test_what_is_not_used_any_more_ends_and_is_not_kept(handing_on: Sparing) -> None:
    with engine_from(handing_on) as engine:
        engine.ask(drawn(1), GetOverview())
        used = workers(engine)
        engine._end_unused()
    assert not len(handing_on._handing_on)
    assert comes_true(lambda: not any(map(running, used)))


def test_none_goes_on_where_an_operators_files_may_remember(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = launcher()
    assert isinstance(chosen, Sparing)
    assert chosen._handing_on._wanted
    for name, value in to_environment([NamedFile("model", "/nets.py", "Net")]).items():
        monkeypatch.setenv(name, value)
    chosen = launcher()
    assert isinstance(chosen, Sparing)
    assert not chosen._handing_on._wanted


def test_none_goes_on_that_kept_much_of_what_it_held(handing_on: Sparing, monkeypatch: pytest.MonkeyPatch) -> None:
    heavy, light = handing_on.launch(), handing_on.launch()
    held = handing_on.held_bytes
    monkeypatch.setattr(handing_on._source, "held_bytes", lambda worker: held(worker) + 2**27 * (worker is heavy))
    for worker in (heavy, light):
        handing_on.release(worker, reusable=True)
    assert handing_on.launch() is light
    handing_on.release(light, reusable=False)


def test_whoever_waits_for_a_recipe_waits_for_a_moment_only(handing_on: Sparing) -> None:
    worker = handing_on.launch()
    handing_on.release(worker, reusable=True)
    assert len(handing_on._handing_on) == 1
    assert comes_true(lambda: not len(handing_on._handing_on) and not running(worker.pid))
