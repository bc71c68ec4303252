"""A replay that surely takes too long is refused before it begins; what was stopped does not begin again by itself."""

import re
import time

import pytest

from core.engine.errors import EngineError, StoppedError
from core.engine.fairness.stops import Stops, what_is_asked
from core.engine.fairness.timings import Timings
from core.engine.span import Span
from core.questions.code import GetReading
from core.questions.model import GetOverview, GetPrinted
from core.recipe.cost import cost
from core.recipe.recipe import Recipe
from core.recipe.steps import Custom, Initialize, Train
from tests.custom import ENDLESS, good, running
from tests.engine.made_up import Clock
from tests.engines import LATE, drawn, engine_from, shared_zygote, whole, workers

#: A link of some 300 characters.
HOPELESS = Recipe("deep_mlp", steps=(Train(1000),) * 199)


class TestTheEstimate:
    def test_refuses_and_names_the_step_that_is_not_reached_in_time(self) -> None:
        with pytest.raises(EngineError, match=r"^the 199 steps take about \d+ seconds .* 20 are allowed; ") as refused:
            Timings().check(HOPELESS, 20)
        said = re.search(r"take back step (\d+) and those after it, or try fewer training steps", str(refused.value))
        assert said is not None
        beyond = int(said[1])
        assert Timings().check(HOPELESS.prefix(beyond - 1), 20).seconds <= 20
        assert Timings().cost(HOPELESS.prefix(beyond)).seconds > 20

    def test_lets_through_what_a_faster_machine_could_do(self) -> None:
        almost = Recipe("deep_mlp", steps=(Train(1000),) * 90)
        assert cost(almost).seconds > 40
        Timings().check(almost, 20)

    def test_learns_from_what_replays_took(self) -> None:
        trained = Recipe("mlp", steps=(Train(1000), Train(1000)))
        estimated = cost(trained).seconds
        timings = Timings()
        for _ in range(20):
            timings.learn(trained, 2 * estimated)
        assert timings.cost(trained).seconds == pytest.approx(2 * estimated, rel=0.05)
        for _ in range(20):
            timings.learn(trained, 1000 * estimated)
        assert timings.cost(trained).seconds <= 5 * estimated, "one that was in the way of others is no measure"

    def test_learns_nothing_from_short_ones_and_from_code(self) -> None:
        timings = Timings()
        for recipe in (
            Recipe("mlp", steps=(Initialize("normal"),)),
            Recipe("mlp", steps=(Train(1000), Train(1000), Custom("net", "", "statements"))),
        ):
            timings.learn(recipe, 100)
        assert timings.cost(HOPELESS).seconds == Timings().cost(HOPELESS).seconds


def test_a_hopeless_recipe_costs_no_worker_and_its_beginning_is_answered_for() -> None:
    with engine_from(shared_zygote()) as engine:
        engine.ask(drawn(1), GetOverview())
        before, started = workers(engine), time.monotonic()
        with pytest.raises(EngineError, match="try fewer training steps or a smaller model"):
            engine.ask(whole(HOPELESS), GetOverview())
        assert time.monotonic() - started < 2
        assert workers(engine) == before
        assert engine.ask(Span(HOPELESS, 0, 0), GetOverview()).counts.unique == 8481


class TestWhatWasStopped:
    def test_of_code_runs_again_only_when_it_is_asked_to(self) -> None:
        with engine_from(shared_zygote(), code_time_limit=0.3, time_limit=60) as engine:
            looping = running(ENDLESS)
            with pytest.raises(EngineError, match=r"^the code took longer than 0\.3 seconds and was stopped"):
                engine.ask(looping, GetOverview())
            ran = engine._code._launcher
            for span in (looping, Span(looping.recipe.then(Train()), 1, 2)):
                with pytest.raises(StoppedError, match=r"^this code was stopped after 0\.3 seconds and does not run"):
                    engine.ask(span, GetPrinted())
            assert workers(engine) == []
            assert ran is engine._launcher
            engine.ask(Span(looping.recipe, 0, 0), GetOverview())
            engine.again(looping)
            with pytest.raises(EngineError, match=r"^the code took longer"):
                engine.ask(looping, GetOverview())

    def test_of_code_stops_nobody_elses(self) -> None:
        with engine_from(shared_zygote(), code_time_limit=0.3, time_limit=60) as engine:
            with pytest.raises(EngineError):
                engine.ask(running(ENDLESS), GetOverview())
            engine.code_time_limit = 30
            assert engine.ask(good(), GetOverview()).counts.unique == 49

    def test_of_the_catalog_is_told_at_once(self) -> None:
        with engine_from(shared_zygote(), time_limit=1) as engine:
            for _ in range(2):
                started = time.monotonic()
                with pytest.raises(EngineError, match=r"^this took longer than 1 seconds and was stopped"):
                    engine.ask(whole(LATE), GetOverview())
            assert time.monotonic() - started < 0.5
            engine.time_limit = 60
            engine.again(whole(LATE))
            assert engine.ask(whole(LATE), GetOverview()).counts.unique == 8481


class TestStops:
    def test_mean_all_that_begins_with_them_and_nothing_else(self) -> None:
        stops, stopped = Stops(), Recipe("mlp", steps=(Train(1), Train(2)))
        stops.keep(stopped, None, "why")
        assert stops.sentence(stopped, GetOverview) == "why"
        assert stops.sentence(stopped.then(Train(3)), GetPrinted) == "why"
        for other in (stopped.undo(), Recipe("mlp", 1, stopped.steps), Recipe("rgnet", steps=stopped.steps)):
            assert stops.sentence(other, GetOverview) is None

    def test_of_an_answer_leave_the_other_questions(self) -> None:
        stops = Stops()
        stops.keep(Recipe("mlp"), GetOverview, "why")
        assert stops.sentence(Recipe("mlp"), GetOverview) == "why"
        assert stops.sentence(Recipe("mlp"), GetPrinted) is None
        stops.forget(Recipe("mlp"))
        assert stops.sentence(Recipe("mlp"), GetOverview) is None

    def test_of_reading_code_leave_other_code(self) -> None:
        stops, asked, other = (
            Stops(),
            what_is_asked(GetReading("slow to read")),
            what_is_asked(GetReading("quick to read")),
        )
        stops.keep(Recipe("mlp"), asked, "why")
        assert stops.sentence(Recipe("mlp"), asked) == "why"
        assert stops.sentence(Recipe("mlp"), other) is None
        assert what_is_asked(GetOverview()) != what_is_asked(GetPrinted())

    def test_are_forgotten_after_some_minutes(self) -> None:
        clock = Clock()
        stops = Stops(clock)
        stops.keep(Recipe("mlp"), None, "why")
        clock.now += 3600
        assert stops.sentence(Recipe("mlp"), GetOverview) is None

    def test_take_bounded_memory(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("core.engine.fairness.stops._CHARACTERS", 100_000)
        stops = Stops()
        for number in range(30):
            stops.keep(Recipe("mlp", steps=(Custom("#" * 19_000, "", "statements", seed=number),)), None, "why")
        assert sum(stops._stops.values()) <= 100_000
        assert 1 <= len(stops._stops) <= 5
