"""What an engine promises, forked or spawned: the right answers, a sentence for each failure, and it goes on."""

import os
import signal
import time
from collections.abc import Iterator

import pytest

from core.engine.errors import EngineError, StepFailedError
from core.engine.pool import Engine, launcher
from core.engine.processes.launch import Launcher
from core.engine.processes.spawning import Spawning
from core.engine.span import Span
from core.engine.sparing import Sparing
from core.questions.model import GetOverview, GetPrinted
from core.questions.tensor import GetAccess, GetChanges, GetValues
from core.recipe.recipe import Recipe
from core.recipe.steps import Edit, Tie, Train
from core.replaying.replay import replay
from tests.engines import ENDLESS, LATE, LONG, Gate, GiveUp, aside, drawn, engine_from, shared_zygote, whole, workers
from tests.processes import end
from tests.sameness import assert_same


@pytest.fixture(scope="module", params=["fork", "spawn"])
def source(request: pytest.FixtureRequest) -> Iterator[Launcher]:
    if request.param == "fork":
        yield shared_zygote()
        return
    spawning = Spawning()
    yield spawning
    spawning.close()


@pytest.fixture
def engine(source: Launcher) -> Iterator[Engine]:
    with engine_from(source, workers=2, time_limit=60) as started:
        yield started


#: What the pool does without regard to its launcher; a spawned worker killed costs two seconds.
forked = pytest.mark.parametrize("source", ["fork"], indirect=True)


class TestAnswers:
    def test_are_those_of_the_replayed_model(self, engine: Engine) -> None:
        span = drawn(3)
        expected = replay(span.recipe).get_parameter("0.weight").double().detach().numpy()
        assert engine.ask(span, GetValues("0.weight")).values.tolist() == expected.tolist()

    def test_are_about_the_two_moments_asked_for(self, engine: Engine) -> None:
        recipe = Recipe("mlp", steps=(Edit("0.bias", "w = 1"), Edit("2.bias", "w = 2")))
        changed = {
            moments: [change.name for change in engine.ask(Span(recipe, *moments), GetChanges()) if change.changed]
            for moments in ((0, 0), (0, 1), (1, 2), (0, 2), (2, 0))
        }
        assert changed == {
            (0, 0): [],
            (0, 1): ["0.bias"],
            (1, 2): ["2.bias"],
            (0, 2): ["0.bias", "2.bias"],
            (2, 0): ["0.bias", "2.bias"],
        }

    @forked
    def test_of_a_diverged_training_tell_so(self, engine: Engine) -> None:
        (outcome,) = engine.ask(whole(Recipe("deep_mlp", steps=(Train(20, 1000.0),))), GetOverview()).outcomes
        assert any(loss != loss for loss in outcome.losses)

    @forked
    def test_are_kept(self, engine: Engine) -> None:
        first = engine.ask(drawn(4), GetOverview())
        os.kill(workers(engine)[-1], signal.SIGKILL)
        assert engine.ask(drawn(4), GetOverview()) is first

    @forked
    def test_about_one_span_come_from_one_worker(self, engine: Engine) -> None:
        engine.ask(drawn(5), GetOverview())
        first = workers(engine)
        engine.ask(drawn(5), GetChanges())
        assert workers(engine) == first


class TestAStepThatFails:
    SPAN = whole(Recipe("mlp", steps=(Edit("0.bias", "w = 1"), Tie("0.weight", "2.weight"), Edit("0.bias", "w = 2"))))

    def test_is_named_with_its_reason(self, engine: Engine) -> None:
        with pytest.raises(StepFailedError, match=r"^step 2 cannot be carried out: cannot tie") as failed:
            engine.ask(self.SPAN, GetOverview())
        assert failed.value.index == 1
        assert failed.value.reason in str(failed.value)

    def test_leaves_the_steps_before_it(self, engine: Engine) -> None:
        with pytest.raises(StepFailedError):
            engine.ask(self.SPAN, GetOverview())
        before = engine.ask(Span(self.SPAN.recipe, 0, 1), GetChanges())
        assert [change.name for change in before if change.changed] == ["0.bias"]

    @forked
    def test_costs_no_place(self, engine: Engine) -> None:
        with pytest.raises(StepFailedError):
            engine.ask(self.SPAN, GetOverview())
        assert workers(engine) == []


class TestAQuestionWithoutAnswer:
    @forked
    def test_is_a_sentence_and_keeps_the_worker(self, engine: Engine) -> None:
        engine.ask(drawn(6), GetOverview())
        first = workers(engine)
        with pytest.raises(EngineError, match=r"no tensor 'nothing'"):
            engine.ask(drawn(6), GetAccess("nothing"))
        assert engine.ask(drawn(6), GetPrinted()).structure.startswith("Sequential")
        assert workers(engine) == first


class TestARequestOverTheTimeLimit:
    def test_is_killed_and_says_so(self, source: Launcher) -> None:
        seen: set[int] = set()
        with engine_from(source, time_limit=1) as engine:
            asked = time.monotonic()

            def waiting(_: float) -> None:
                seen.update(workers(engine))

            with pytest.raises(EngineError, match=r"^this took longer than 1 seconds and was stopped; nothing was"):
                engine.ask(whole(LATE), GetOverview(), waiting)
            assert time.monotonic() - asked >= 1, "not stopped before its time"
            (pid,) = seen
            assert end([pid])
            engine.time_limit = 60
            assert engine.ask(drawn(7), GetOverview()).counts.unique == 49

    @forked
    def test_even_when_its_worker_stands_still(self, source: Launcher) -> None:
        stopped: set[int] = set()
        with engine_from(source, time_limit=1) as engine:

            def waiting(_: float) -> None:
                for pid in workers(engine):
                    os.kill(pid, signal.SIGSTOP)
                    stopped.add(pid)

            with pytest.raises(EngineError, match=r"^this took longer than 1 seconds"):
                engine.ask(whole(LATE), GetOverview(), waiting)
            assert stopped
            assert end(stopped)


class TestGivingUp:
    def test_frees_the_place_and_kills_the_worker(self, source: Launcher) -> None:
        working: list[int] = []

        with engine_from(source, workers=1, time_limit=60) as engine:

            def waiting(_: float) -> None:
                working.extend(workers(engine))
                if working:
                    raise GiveUp

            with pytest.raises(GiveUp):
                engine.ask(whole(ENDLESS), GetOverview(), waiting)
            assert end(working)
            assert engine.ask(drawn(8), GetOverview()).counts.unique == 49

    @forked
    def test_leaves_the_other_who_asked_the_same_their_answer(self, engine: Engine) -> None:
        first, second = Gate(), Gate()
        with aside(lambda: engine.ask(whole(LONG), GetValues("0.weight"), first)) as given_up:
            assert first.waited.wait(120)
            with aside(lambda: engine.ask(whole(LONG), GetValues("0.weight"), second)) as answered:
                assert second.waited.wait(120)
                first.give_up.set()
                with pytest.raises(GiveUp):
                    given_up.result(120)
                answer = answered.result(120)
        assert_same(answer, engine.ask(Span(LONG, 1, 1), GetValues("0.weight")))


class TestAWorkerKilledFromOutside:
    def test_in_the_middle_of_a_request_is_replaced(self, engine: Engine) -> None:
        killed: list[int] = []

        def waiting(_: float) -> None:
            if not killed and (working := workers(engine)):
                os.kill(working[0], signal.SIGKILL)
                killed.extend(working)

        answer = engine.ask(whole(LONG), GetValues("0.weight"), waiting)
        assert len(killed) == 1
        assert_same(answer, engine.ask(Span(LONG, 1, 1), GetValues("0.weight")))

    @forked
    def test_between_two_requests_is_replaced(self, engine: Engine) -> None:
        engine.ask(drawn(9), GetOverview())
        (pid,) = workers(engine)
        os.kill(pid, signal.SIGKILL)
        assert end([pid])
        assert len(engine.ask(drawn(9), GetChanges())) == 4
        assert pid not in workers(engine)

    @forked
    def test_again_and_again_is_an_error_with_a_way_out(self, engine: Engine) -> None:
        def waiting(_: float) -> None:
            for pid in workers(engine):
                os.kill(pid, signal.SIGKILL)

        with pytest.raises(EngineError, match=r"ended twice without an answer; undo the last step"):
            engine.ask(whole(ENDLESS), GetOverview(), waiting)
        assert engine.ask(drawn(10), GetOverview()).counts.unique == 49


class TestASpawnedWorker:
    def test_that_was_not_waited_for_serves_the_next_who_asks_and_then_the_next_recipe(self) -> None:
        spawning = Spawning()
        with engine_from(spawning, workers=1, time_limit=60) as engine:
            (first,) = started = list(spawning._processes)
            gate = Gate()
            gate.give_up.set()
            with pytest.raises(GiveUp):
                engine.ask(drawn(1), GetOverview(), gate)
            engine.ask(drawn(1), GetOverview())
            assert workers(engine) == [first]
            with pytest.raises(StepFailedError):
                engine.ask(TestAStepThatFails.SPAN, GetOverview())
            values = engine.ask(drawn(2), GetValues("0.weight"))
            assert workers(engine) == [first]
            assert_same(values, engine.ask(drawn(2), GetValues("0.weight")))
        spawning.close()
        assert end(started)

    def test_is_what_the_environment_can_ask_for(self, monkeypatch: pytest.MonkeyPatch) -> None:
        assert isinstance(launcher(), Sparing)
        monkeypatch.setenv("PARAMSCOPE_LAUNCHER", "spawn")
        assert isinstance(launcher(), Spawning)
