"""The pool: never more workers than allowed, the least used goes first, unused ones go, and a close ends everything."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from core.engine.errors import EngineError
from core.engine.pool import Engine
from core.engine.processes.forking import Forking
from core.questions.model import GetOverview, GetPrinted
from core.questions.tensor import GetChanges, GetValues
from tests.engines import (
    ENDLESS,
    Gate,
    GiveUp,
    aside,
    drawn,
    engine_from,
    fresh_engine,
    shared_zygote,
    whole,
    workers,
    zygote,
)
from tests.processes import children, comes_true, descriptors, end, running


@pytest.fixture
def forking() -> Forking:
    return shared_zygote()


def sockets() -> set[str]:
    """This process's sockets, each by a number that is never given twice."""
    return {target for target in descriptors(os.getpid()).values() if target.startswith("socket:")}


def busy(engine: Engine, gate: Gate) -> None:
    """Ask what takes for ever, until told to give up."""
    with pytest.raises(GiveUp):
        engine.ask(whole(ENDLESS), GetOverview(), gate)


class TestTheBound:
    def test_holds_however_many_ask(self, forking: Forking) -> None:
        with engine_from(forking, workers=3, time_limit=60) as engine:
            engine.ask(drawn(0), GetOverview())
            parent, over = zygote(engine), threading.Event()

            def watch() -> int:
                most, before = 0, set[int]()
                while not over.wait(0.005):
                    now = children(parent)
                    most, before = max(most, len(now & before)), now  # what runs in two looks ran in between
                return most

            with aside(watch) as watched:
                with ThreadPoolExecutor(12) as pool:
                    answers = list(pool.map(lambda seed: engine.ask(drawn(seed % 24), GetPrinted()), range(96)))
                over.set()
                most = watched.result(120)
            assert len(answers) == 96
            assert 2 <= most <= 3
            assert len(workers(engine)) <= 3

    def test_the_one_unused_for_longest_goes_first(self, forking: Forking) -> None:
        with engine_from(forking, workers=2) as engine:
            engine.ask(drawn(1), GetOverview())
            engine.ask(drawn(2), GetOverview())
            first, second = workers(engine)
            engine.ask(drawn(1), GetChanges())
            engine.ask(drawn(3), GetOverview())
            assert workers(engine)[0] == first
            assert second not in workers(engine)
            assert end([second])
            assert running(first)

    def test_who_finds_all_busy_waits(self, forking: Forking) -> None:
        with engine_from(forking, workers=1, time_limit=60) as engine:
            first, second = Gate(), Gate()
            with aside(lambda: busy(engine, first)) as given_up:
                assert first.waited.wait(120)
                with aside(lambda: engine.ask(drawn(1), GetOverview(), second)) as answered:
                    assert second.waited.wait(120)
                    assert not answered.done()
                    first.give_up.set()
                    assert answered.result(120).counts.unique == 49
                given_up.result(120)

    def test_who_waits_too_long_is_told(self, forking: Forking) -> None:
        with engine_from(forking, workers=1, time_limit=60) as engine:
            gate = Gate()
            with aside(lambda: busy(engine, gate)) as given_up:
                assert comes_true(lambda: workers(engine) and gate.waited.is_set())
                engine.time_limit = 0.2
                with pytest.raises(EngineError, match=r"^too many models are being computed right now; wait"):
                    engine.ask(drawn(1), GetOverview())
                gate.give_up.set()
                given_up.result(120)

    def test_who_waits_may_give_up(self, forking: Forking) -> None:
        with engine_from(forking, workers=1, time_limit=60) as engine:
            first, second = Gate(), Gate()
            with aside(lambda: busy(engine, first)) as given_up:
                assert comes_true(lambda: workers(engine))
                second.give_up.set()
                with pytest.raises(GiveUp):
                    engine.ask(drawn(1), GetOverview(), second)
                assert all(running(pid) for pid in workers(engine)), "the other's worker is not to blame"
                first.give_up.set()
                given_up.result(120)

    def test_a_kept_answer_waits_for_nobody(self, forking: Forking) -> None:
        with engine_from(forking, workers=1, time_limit=60) as engine:
            kept = engine.ask(drawn(1), GetOverview())
            gate = Gate()
            with aside(lambda: busy(engine, gate)) as given_up:
                assert gate.waited.wait(120)
                nobody = Gate()
                assert engine.ask(drawn(1), GetOverview(), nobody) is kept
                assert not nobody.waited.is_set()
                gate.give_up.set()
                given_up.result(120)


class TestUnusedWorkers:
    def test_end_after_a_while(self, forking: Forking) -> None:
        with engine_from(forking, idle_seconds=0.4) as engine:
            engine.ask(drawn(1), GetOverview())
            ended = workers(engine)
            assert end(ended)
            assert comes_true(lambda: workers(engine) == [])
            assert len(engine.ask(drawn(1), GetChanges())) == 4

    def test_stay_as_long_as_they_are_used(self, forking: Forking) -> None:
        with engine_from(forking, idle_seconds=3600, cache_bytes=0) as engine:
            engine.ask(drawn(1), GetOverview())
            used = workers(engine)
            for _ in range(3):
                for place in engine._catalog._places.values():
                    place.used -= 50  # as if so many seconds had passed
                engine._end_unused(60)
                engine.ask(drawn(1), GetOverview())
                assert workers(engine) == used
            for place in engine._catalog._places.values():
                place.used -= 61
            engine._end_unused(60)
            assert workers(engine) == []


class TestAnswersKept:
    def test_take_no_more_than_the_bound(self, forking: Forking) -> None:
        with engine_from(forking, cache_bytes=10 * 4096) as engine:
            for seed in range(20):
                engine.ask(drawn(seed), GetOverview())
            assert 1 <= len(engine._answers) <= 10

    def test_tell_moments_models_and_requests_apart(self, forking: Forking) -> None:
        with engine_from(forking) as engine:
            values = {
                engine.ask(drawn(seed), GetValues(name)).values.tobytes()
                for seed in (1, 2)
                for name in ("0.weight", "2.weight")
            }
            assert len(values) == 4


class TestClosing:
    def test_ends_idle_and_busy_workers_and_the_zygote(self) -> None:
        before = sockets()
        with fresh_engine(time_limit=60) as engine:
            engine.ask(drawn(1), GetOverview())
            gate = Gate()
            with aside(lambda: engine.ask(whole(ENDLESS), GetOverview(), gate)) as ended:
                assert comes_true(lambda: len(workers(engine)) == 2 and gate.waited.is_set())
                pids = {zygote(engine), *workers(engine)}
                ours = sockets() - before
                assert len(ours) == 3, "one for the zygote, one for each worker"
                engine.close()
                with pytest.raises(EngineError, match="the server is ending"):
                    ended.result(120)
            assert end(pids)
            with pytest.raises(EngineError, match="the server is ending"):
                engine.ask(drawn(2), GetOverview())
            assert not any(running(pid) for pid in pids)
        assert not ours & sockets()

    def test_while_the_zygote_still_imports_torch_ends_it(self) -> None:
        with fresh_engine() as engine:
            pid = zygote(engine)
            assert running(pid)
        assert end([pid])

    def test_twice_is_no_trouble(self) -> None:
        with fresh_engine() as engine:
            engine.close()
