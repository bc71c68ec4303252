"""Workers in which code runs: one attempt, a place for everybody, nobody kept waiting by somebody's endless loop."""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from core.engine.errors import EngineError
from core.engine.pool import Engine
from core.engine.span import Span
from core.questions.code import GetReading
from core.questions.model import GetOverview
from core.questions.tensor import GetChanges, GetValues
from core.recipe.recipe import Recipe
from core.recipe.steps import Edit
from tests.custom import ENDLESS, GOOD, good, running
from tests.engines import Gate, GiveUp, aside, drawn, engine_from, shared_zygote, workers, zygote
from tests.processes import children, comes_true, end
from tests.sameness import assert_same


@pytest.fixture
def engine() -> Iterator[Engine]:
    with engine_from(shared_zygote(), time_limit=60, code_time_limit=30) as started:
        engine = started
        engine.ask(good(99), GetOverview())  # from here on everything is imported
        yield engine


class TestARecipeWithCode:
    def test_gives_the_same_bytes_in_every_worker(self, engine: Engine) -> None:
        first = engine.ask(good(3), GetValues("0.weight"))
        engine._end_unused()
        engine._answers.clear()
        assert_same(engine.ask(good(3), GetValues("0.weight")), first)

    def test_answers_several_requests_from_one_worker(self, engine: Engine) -> None:
        engine.ask(good(3), GetOverview())
        before = workers(engine)
        engine.ask(good(3), GetChanges())
        assert workers(engine) == before

    def test_before_its_code_is_like_any_other(self, engine: Engine) -> None:
        engine._end_unused()
        recipe = Recipe("mlp", steps=(Edit("0.bias", "w = 1"),)).then(good().recipe.steps[0])
        engine.ask(Span(recipe, 0, 1), GetOverview())
        assert len(engine._code) == 0
        assert len(engine._catalog) == 1

    def test_is_read_where_none_has_run(self, engine: Engine) -> None:
        engine._end_unused()
        assert engine.ask(drawn(1), GetReading(GOOD)).function == "my_init"
        assert len(engine._code) == 0


class TestAWorkerWithCodeThatIsKilled:
    def test_in_its_first_run_is_not_tried_again(self, engine: Engine) -> None:
        killed: list[int] = []

        def waiting(_seconds: float) -> None:
            for pid in workers(engine)[-1:]:
                os.kill(pid, signal.SIGKILL)
                killed.append(pid)

        engine._end_unused()
        with pytest.raises(EngineError, match="was killed, most likely because memory ran out; nothing was changed"):
            engine.ask(running(ENDLESS), GetOverview(), waiting)
        assert len(set(killed)) == 1

    def test_between_two_requests_is_replaced(self, engine: Engine) -> None:
        expected = engine.ask(good(4), GetValues("0.weight"))
        (*_, pid) = [worker.pid for worker in engine._catalog.workers()]
        os.kill(pid, signal.SIGKILL)
        assert end([pid])
        engine._answers.clear()
        assert_same(engine.ask(good(4), GetValues("0.weight")), expected)

    def test_by_the_end_of_the_zygote_is_tried_again(self, engine: Engine) -> None:
        expected = engine.ask(good(5), GetValues("0.weight"))
        engine._answers.clear()
        engine._end_unused()
        killed: list[int] = []

        def waiting(_seconds: float) -> None:
            if not killed and workers(engine):
                killed.extend([zygote(engine), *children(zygote(engine))])
                os.kill(zygote(engine), signal.SIGKILL)

        span = running("import time\ntime.sleep(1)\nnet[0].weight.data.fill_(7)")
        assert (engine.ask(span, GetValues("0.weight"), waiting).values == 7).all()
        assert len(killed) >= 2
        assert end(killed)
        assert_same(engine.ask(good(5), GetValues("0.weight")), expected)
        assert children(zygote(engine)) <= set(workers(engine))


class TestEndlessLoops:
    def test_give_way_once_others_find_no_place(self) -> None:
        with engine_from(shared_zygote(), code_workers=2, code_time_limit=30, time_limit=60) as engine:
            engine.ask(good(), GetOverview())
            with ThreadPoolExecutor(2) as pool:
                loops = [pool.submit(engine.ask, running(ENDLESS, seed), GetOverview()) for seed in range(2)]
                assert comes_true(lambda: len(engine._code.workers()) == 2)
                assert engine.ask(good(1), GetOverview()).counts.unique == 49
                assert comes_true(lambda: any(loop.done() for loop in loops))
                (stopped,) = [loop for loop in loops if loop.done()]
                with pytest.raises(EngineError, match=r"^the code was stopped since others wait for their turn"):
                    stopped.result()
                for worker in engine._code.workers():
                    os.kill(worker.pid, signal.SIGKILL)
                (other,) = [loop for loop in loops if loop is not stopped]
                with pytest.raises(EngineError, match=r"was killed"):
                    other.result(120)

    def test_become_nice(self, engine: Engine) -> None:
        gate = Gate()
        with aside(lambda: engine.ask(running(ENDLESS), GetOverview(), gate)) as given_up:
            assert comes_true(lambda: engine._code.workers() and gate.waited.is_set())
            pid = engine._code.workers()[-1].pid
            assert comes_true(lambda: os.getpriority(os.PRIO_PROCESS, pid) == 10)
            gate.give_up.set()
            with pytest.raises(GiveUp):
                given_up.result(120)
        assert end([pid])

    def test_do_not_take_the_places_of_models_without_code(self) -> None:
        with engine_from(shared_zygote(), workers=1, code_workers=1, code_time_limit=30, time_limit=60) as engine:
            gate = Gate()
            with aside(lambda: engine.ask(running(ENDLESS), GetOverview(), gate)) as given_up:
                assert comes_true(lambda: engine._code.workers() and gate.waited.is_set())
                assert engine.ask(drawn(1), GetOverview()).counts.unique == 49
                gate.give_up.set()
                with pytest.raises(GiveUp):
                    given_up.result(120)
