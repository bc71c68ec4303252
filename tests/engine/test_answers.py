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
from core.engine.pool import Engine, EngineError, Span
from core.module.tying import untie_name
from core.module.walk import named_tensors
from core.questions.base import Request
from core.questions.code import GetOwnFiles, GetReading, GetSourceReading
from core.questions.experiments import GetEvidence, GetMisconceptions, GetSurvival, GetTwins
from core.questions.model import File, GetOverview, GetPreview, GetPrinted, GetTree, GetWeights
from core.questions.registry import QUESTIONS
from core.questions.sharing import GetSharing, GetUseGradients
from core.questions.tensor import GetAccess, GetCards, GetChangedCells, GetChanges, GetDetail, GetDistance, GetValues
from core.questions.theory import Choice, GetComparison, GetGallery, GetIdentity, GetTheory, GetVerdict
from core.recipe.catalog import MODELS
from core.recipe.recipe import Recipe
from core.recipe.steps import Edit, Forward, Pattern, Subtree, Tie, Train, Untie
from core.replay.replay import replay, replayed
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


def eventful(model: str) -> Recipe:
    """A recipe of that model with its opening and one step of every other kind that fits."""
    recipe = Recipe(model, 7, MODELS[model].opening).then(Forward(seed=5))
    net = replay(recipe)
    names = [entry.name for entry in named_tensors(net) if entry.kind == "parameter"]
    shapes = {name: tuple(net.get_parameter(name).shape) for name in names}
    recipe = recipe.then(Edit(names[0], "w *= 2; w[0] = nan")).then(Edit(names[-1], "w += inf"))
    for source in names:
        for target in names[names.index(source) + 1 :]:
            if shapes[source] == shapes[target] and net.get_parameter(source) is not net.get_parameter(target):
                recipe = recipe.then(Tie(source, target)).then(Train(2, 0.05, 9))
                return recipe.then(Untie(untie_name(replay(recipe), target) or target))
    return recipe.then(Train(2, 0.05, 9))


def questions(moments: Moments) -> list[Request[Any]]:
    """Every kind of request, about every tensor where it takes one."""
    names = tuple(entry.name for entry in named_tensors(moments.after))
    return [
        GetOverview(),
        GetTree(),
        GetChanges(),
        GetPrinted(),
        GetWeights(),
        GetCards(names),
        GetCards(names[:3], cells=5, difference=True),
        GetPreview("xavier_normal", Subtree()),
        GetPreview("kaiming_uniform", Pattern("*"), (("nonlinearity", "relu"),)),
        *(GetAccess(name) for name in names),
        *(GetValues(name) for name in names),
        *(GetDistance(names[0], name) for name in names),
        *(GetDetail(name, cells=7) for name in names),
        GetDetail(names[0], window=(0, 1, 0, 2), difference=True),
        GetAccess("missing"),
        GetReading("def my_init(m): nn.init.normal_(m.weight)"),
        GetReading("def my_init(m, n): pass"),
        GetSourceReading("def build(): return nn.Linear(2, 1)"),
        GetOwnFiles(),
        GetSharing(),
        GetSurvival(),
        GetMisconceptions(),
        GetEvidence("equal_values"),
        GetEvidence("missing"),
        GetChangedCells(),
        *(GetUseGradients(name, rows=4) for name in names),
        *(GetTwins(name, steps=2, optimizer="adam", rows=4) for name in names[:3]),
        GetTheory(names),
        GetVerdict(),
        *(GetIdentity(name) for name in names[:4]),
        GetGallery(names[0], seed=1),
        GetComparison(Subtree(), (Choice("xavier_uniform"), Choice("orthogonal", (("gain", 2.0),), 3)), shown=2),
    ]


def answered_here(request: Request[Any], moments: Moments) -> Any:
    """The answer, or the sentence that says why there is none."""
    try:
        return answer(request, moments)
    except ValueError as error:
        return str(error)


def answered_there(engine: Engine, request: Request[Any], span: Span) -> Any:
    try:
        return engine.ask(span, request)
    except EngineError as error:
        return str(error)


def comparable(record: Any) -> Any:
    """The record; of a safetensors file the header's text apart, since it lists its metadata in any order."""
    if not isinstance(record, File):
        return record
    content = record.content.tobytes()
    begin = 8 + int.from_bytes(content[:8], "little")
    return sorted(json.loads(content[8:begin]).items()), content[begin:], record.note


@pytest.mark.parametrize("model", MODELS)
def test_every_answer_equals_the_measurement_made_here(model: str, engine: Engine) -> None:
    recipe = eventful(model)
    opened, steps = len(MODELS[model].opening), len(recipe.steps)
    outcome = replayed(recipe)
    moments = Moments(recipe, replay(recipe.prefix(opened)), outcome.model, outcome.outcomes)
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
        moments = Moments(span.recipe, replay(span.recipe.prefix(0)), outcome.model, outcome.outcomes)
        expected.append(wire(answer(request, moments)))
    at_once = threading.Barrier(THREADS)

    def ask(thread: int) -> int:
        at_once.wait(30)
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
