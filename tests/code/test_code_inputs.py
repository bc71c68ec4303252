"""Bad code is one sentence: the page stays usable, the last good state stays, other sessions notice nothing."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from core.engine.errors import EngineError, StepFailedError
from core.engine.pool import Engine
from core.engine.span import Span
from core.questions.code import GetReading, Run
from core.questions.model import GetOverview
from core.questions.tensor import GetValues
from core.recipe.recipe import Recipe, explanation
from core.recipe.steps import Custom
from tests.code_inputs import INPUTS, STOPPED, Input
from tests.engines import aside, drawn, engine_from, shared_zygote
from tests.sameness import assert_same

GOOD = "def my_init(m):\n    if isinstance(m, nn.Linear):\n        nn.init.uniform_(m.weight, -10, 10)"
STEP = Custom(GOOD, "my_init", "modules", seed=3)
LAST_GOOD = Recipe("deep_mlp", steps=(STEP,))


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """One that keeps no answers, so that each is computed."""
    with engine_from(shared_zygote(), cache_bytes=0, code_time_limit=20, time_limit=60) as started:
        yield started


@contextmanager
def time_limit(engine: Engine, seconds: float) -> Iterator[None]:
    """Meanwhile code has that long."""
    usual, engine.code_time_limit = engine.code_time_limit, seconds
    yield
    engine.code_time_limit = usual


@pytest.fixture(scope="module", autouse=True)
def another_session() -> Iterator[None]:
    """Somebody else works on all the while, with code and without, and every answer is right."""
    over = threading.Event()
    spans = (Span(Recipe("mlp", steps=(STEP,)), 0, 1), drawn(5))

    def work(engine: Engine) -> int:
        first = [engine.ask(span, GetValues("0.weight")) for span in spans]
        rounds = 0
        while not over.wait(0.1):
            for span, expected in zip(spans, first, strict=True):
                assert_same(engine.ask(span, GetValues("0.weight")), expected)
            rounds += 1
        return rounds

    quiet = engine_from(shared_zygote(), cache_bytes=0, code_time_limit=20, time_limit=60)
    with quiet as others, aside(lambda: work(others)) as worked:
        yield
        over.set()
        assert worked.result(30) > 3


def submitted(engine: Engine, code: str, recipe: Recipe) -> Run:
    """What the editor does with code: it is read, then run as one more step; raises EngineError or ValueError."""
    steps = len(recipe.steps)
    reading = engine.ask(Span(recipe, 0, steps), GetReading(code))
    tried = recipe.then(Custom(code, reading.function, reading.applies_to))
    run = engine.ask(Span(tried, steps, steps + 1), GetOverview()).outcomes[-1].run
    assert run is not None
    return run


def told(engine: Engine, code: str) -> str | None:
    """The sentence a person sees; None where the code ran."""
    try:
        submitted(engine, code, LAST_GOOD)
    except StepFailedError as error:
        return error.reason
    except EngineError as error:
        return str(error)
    except ValueError as error:
        return explanation(error)
    return None


def _seconds(sentence: str, usual: float) -> float:
    """Code that never ends is soon stopped; code that may end in another way first has a little longer for it."""
    if sentence == STOPPED:
        return 0.5
    return 3.0 if STOPPED in sentence else usual


@pytest.mark.parametrize("given", INPUTS, ids=lambda given: f"{given.number} {given.name}")
def test_code(given: Input, engine: Engine) -> None:
    before = engine.ask(Span(LAST_GOOD, 0, 1), GetValues("0.weight"))
    with time_limit(engine, _seconds(given.sentence or "", engine.code_time_limit)):
        said = told(engine, given.code)
    if given.sentence is None:
        assert said is None
    else:
        assert said is not None
        assert re.search(given.sentence, said), said
        assert len(said) < 1100
        assert said.isprintable()
    assert_same(engine.ask(Span(LAST_GOOD, 0, 1), GetValues("0.weight")), before)
    assert engine.ask(drawn(given.number), GetOverview()).counts.unique == 49


class TestCodeThatRuns:
    def test_returning_a_tensor_is_told_that_nothing_keeps_it(self, engine: Engine) -> None:
        run = submitted(engine, "def my_init(m):\n    return torch.zeros(3)", LAST_GOOD)
        assert all(fate.kind == "lost" for fate in run.fates)
        assert "returned a new tensor, which nothing keeps" in run.fates[0].reason

    def test_tying_two_parameters_shows_the_tie(self, engine: Engine) -> None:
        recipe = LAST_GOOD.then(Custom("net[4].weight = net[2].weight", "", "statements"))
        groups = engine.ask(Span(recipe, 1, 2), GetOverview()).groups
        assert [group.names for group in groups] == [("2.weight", "4.weight")]

    def test_writing_nan_is_counted(self, engine: Engine) -> None:
        recipe = Recipe("mlp", steps=(Custom("net[0].weight.data.fill_(float('nan'))", "", "statements"),))
        assert (engine.ask(Span(recipe, 0, 1), GetValues("0.weight")).values != 0).all()

    def test_patching_torch_changes_no_other_recipe(self, engine: Engine) -> None:
        expected = engine.ask(drawn(8), GetValues("0.weight"))
        patch = "import torch.nn.init as i\ni.normal_ = lambda w, *a, **k: w.data.fill_(42)\ni.normal_(net[0].weight)"
        patched = Recipe("mlp", steps=(Custom(patch, "", "statements"),))
        assert (engine.ask(Span(patched, 0, 1), GetValues("0.weight")).values == 42).all()
        assert_same(engine.ask(drawn(8), GetValues("0.weight")), expected)

    def test_seeding_by_itself_gives_the_bytes_of_its_own_seed(self, engine: Engine) -> None:
        code = "torch.manual_seed(3)\nnn.init.normal_(net[0].weight)"
        bytes_of = {
            engine.ask(
                Span(Recipe("mlp", steps=(Custom(code, "", "statements", seed=seed),)), 0, 1), GetValues("0.weight")
            ).values.tobytes()
            for seed in (1, 2)
        }
        assert len(bytes_of) == 1
