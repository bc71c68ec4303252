"""Every answer of a worker equals the same measurement made here, to the last bit, and 40 threads change nothing."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import torch

from core.answers.answer import answer
from core.answers.base import Moments
from core.engine import channel
from core.engine.errors import EngineError
from core.engine.pool import Engine
from core.engine.span import Span
from core.questions.base import Request
from core.questions.model import GetOverview, GetPrinted
from core.questions.registry import QUESTIONS
from core.questions.tensor import GetCards, GetChanges
from core.recipe.catalog import MODELS
from core.recipe.recipe import Recipe
from core.recipe.steps import Train
from core.replaying.replay import replay, replayed
from tests.engine.asked import answered_here, comparable, eventful, questions
from tests.engines import drawn, engine_from, shared_zygote, workers
from tests.sameness import assert_same

THREADS, EACH, RECIPES = 40, 100, 8


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with engine_from(shared_zygote(), time_limit=60) as started:
        yield started


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """As in a worker: how a sum is split among threads may show in its last bit."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def answered_there(engine: Engine, request: Request[Any], span: Span) -> Any:
    try:
        return engine.ask(span, request)
    except EngineError as error:
        return str(error)


@pytest.mark.parametrize("model", MODELS)
def test_every_answer_equals_the_measurement_made_here(model: str, engine: Engine) -> None:
    recipe = eventful(model)
    opened, steps = len(MODELS[model].opening), len(recipe.steps)
    outcome = replayed(recipe)
    moments = Moments(recipe, replay(recipe.prefix(opened)), outcome.model, outcome.outcomes, outcome.seen)
    for request in (asked := questions(moments)):
        expected = answered_here(request, moments)
        given = answered_there(engine, request, Span(recipe, opened, steps))
        assert_same(comparable(given), comparable(expected), str(request))
    assert {type(request) for request in asked} == set(QUESTIONS.values())


def test_answers_about_the_build_alone_equal_too(engine: Engine) -> None:
    for model in MODELS:
        built = replay(Recipe(model))
        moments = Moments(Recipe(model), built, built, ())
        for request in (GetOverview(), GetChanges(), GetPrinted()):
            assert_same(engine.ask(Span(Recipe(model), 0, 0), request), answer(request, moments), f"{model} {request}")


def test_forty_threads_get_four_thousand_answers_equal_byte_for_byte() -> None:
    spans = [drawn(seed, Train(3, seed=seed)) for seed in range(RECIPES)]
    request = GetCards(("0.weight",), cells=8)
    expected = []
    for span in spans:
        outcome = replayed(span.recipe)
        moments = Moments(span.recipe, replay(span.recipe.prefix(0)), outcome.model, outcome.outcomes, outcome.seen)
        expected.append(wire(answer(request, moments)))
    at_once = threading.Barrier(THREADS)

    def ask(thread: int) -> int:
        at_once.wait(120)
        return sum(
            wire(shared.ask(spans[number % RECIPES], request)) == expected[number % RECIPES]
            for number in range(thread, thread + EACH)
        )

    with engine_from(shared_zygote(), workers=RECIPES, cache_bytes=0, time_limit=60) as shared:
        with ThreadPoolExecutor(THREADS) as pool:
            equal = sum(pool.map(ask, range(THREADS)))
        assert len(workers(shared)) == RECIPES
    assert equal == THREADS * EACH


def wire(record: Any) -> bytes:
    """The bytes a record travels as."""
    plain, arrays = channel.pack(record)
    return json.dumps(plain).encode() + b"".join(array.tobytes() for array in arrays)
