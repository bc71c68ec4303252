"""Every attempt of the table comes to the sentence that it should, within one server, and harms nobody else there."""

import base64
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from core.engine.errors import EngineError, StepFailedError
from core.engine.pool import Engine
from core.engine.span import Span
from core.questions.code import GetReading
from core.questions.model import GetOverview
from core.questions.tensor import GetValues
from core.recipe import link
from core.recipe.recipe import Recipe, explanation
from core.recipe.steps import Source
from tests.code_inputs import STOPPED
from tests.custom import running
from tests.engine.attempts import ATTEMPTS, Attempt
from tests.engines import drawn, engine_from, shared_zygote

WRITTEN = Path("/tmp/paramscope-was-here")


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with engine_from(shared_zygote(), code_time_limit=20, time_limit=60) as started:
        yield started


@pytest.fixture(scope="module")
def others(engine: Engine) -> Iterator[bytes]:
    """What somebody else's model holds, before the first attempt and after the last."""
    before = engine.ask(drawn(3), GetValues("0.weight")).values.tobytes()
    yield before
    engine._answers.clear()
    assert engine.ask(drawn(3), GetValues("0.weight")).values.tobytes() == before
    assert not list(WRITTEN.parent.glob(f"{WRITTEN.name}*"))


@contextmanager
def time_limit(engine: Engine, seconds: float) -> Iterator[None]:
    """Meanwhile code has that long."""
    usual, engine.code_time_limit = engine.code_time_limit, seconds
    yield
    engine.code_time_limit = usual


def tried(engine: Engine, attempt: Attempt) -> None:
    """Do what a visitor would do; raises EngineError or ValueError."""
    match attempt.where:
        case "init":
            engine.ask(running(f"net\n{attempt.code}\nraise LookupError('nothing else')"), GetOverview())
        case "model":
            recipe = Recipe("code", source=Source(attempt.code, "Net" if "class Net" in attempt.code else "build"))
            engine.ask(Span(recipe, 0, 0), GetOverview())
        case "reading":
            engine.ask(drawn(1), GetReading(attempt.code))
            raise ValueError("read")
        case "link":
            opened = link.decode(_packed(attempt.code))
            engine.ask(Span(opened, 0, len(opened.steps)), GetOverview())


def _packed(text: str) -> str:
    """A link of that JSON, or that link itself."""
    if not text.startswith("json:"):
        return text
    packed = zlib.compress(text.removeprefix("json:").encode(), 9)
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def told(engine: Engine, attempt: Attempt) -> str:
    """The sentence that a person sees; "" where there is none."""
    try:
        tried(engine, attempt)
    except StepFailedError as error:
        return error.reason
    except EngineError as error:
        return str(error)
    except ValueError as error:
        return explanation(error)
    return ""


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=lambda attempt: f"{attempt.where}: {attempt.name}")
def test_attempt(attempt: Attempt, engine: Engine, others: bytes) -> None:
    with time_limit(engine, 0.5 if attempt.sentence == STOPPED else engine.code_time_limit):
        said = told(engine, attempt)
    assert re.search(attempt.sentence, said), said
    assert said.isprintable()
    assert 0 < len(said) < 1100


def test_there_are_more_than_a_hundred_and_each_has_a_name() -> None:
    assert len({(attempt.where, attempt.name) for attempt in ATTEMPTS}) == len(ATTEMPTS) > 100
    assert len({(attempt.where, attempt.code) for attempt in ATTEMPTS}) == len(ATTEMPTS)
    assert all(attempt.sentence for attempt in ATTEMPTS)
