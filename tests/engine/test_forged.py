"""A forged part of an answer, of right type and wrong content, is refused in one sentence or is harmless to read."""

import json
from typing import Any

import numpy as np
import pytest

from core.answers.base import Moments
from core.engine import channel, replies
from core.engine.errors import EngineError
from core.questions.base import Request
from core.questions.equal import GetEqual
from core.questions.model import GetOverview, GetTree
from core.questions.tensor import GetCards, GetChangedCells, GetDetail, GetValues
from core.questions.theory import GetGallery, GetTheory
from core.recipe.recipe import Recipe
from core.recipe.steps import Edit, Untie
from core.replaying.replay import replay, replayed
from core.sharing.equal import equality
from tests.engine.asked import answered_here, eventful, questions
from tests.forging import Answer, forgeries


@pytest.fixture(scope="module")
def honest() -> dict[Request[Any], tuple[Answer, int]]:
    """One answer to a question of each kind, as it travels, and the steps before it."""
    recipe = eventful("shared_mlp")
    final = replayed(recipe)
    moments = Moments(recipe, replay(recipe.prefix(1)), final.model, final.outcomes, final.seen)
    found: dict[type, tuple[Request[Any], Answer, int]] = {}
    for request in questions(moments):
        given = answered_here(request, moments)
        if type(request) not in found and not isinstance(given, str):
            value, arrays = channel.pack(given)
            found[type(request)] = request, Answer(json.loads(json.dumps(value)), arrays), len(recipe.steps)
    return {request: (answer, steps) for request, answer, steps in found.values()}


def sentence(request: Request[Any], answer: Answer, steps: int) -> str:
    """Why an answer is refused, "" where it is read."""
    try:
        replies.read(request, json.loads(json.dumps(answer.value)), answer.arrays, steps)
    except EngineError as error:
        return str(error)
    return ""


def test_is_read_or_refused(honest: dict[Request[Any], tuple[Answer, int]]) -> None:
    for request, (answer, steps) in honest.items():
        said = {sentence(request, forgery.answer, steps) for forgery in forgeries(answer)}
        assert said - {""} == {f"the answer to {type(request).__name__} has not the form it should"}


#: Of each question: where its answer is forged, and into what.
REFUSED: list[tuple[type[Request[Any]], tuple[str, ...], str]] = [
    (GetOverview, ("tensors",), "doubled"),
    (GetOverview, ("tensors", "*", "shape", "*"), "huge"),
    (GetOverview, ("module_names",), "empty"),
    (GetOverview, ("outcomes",), "without its last"),
    (GetOverview, ("counts", "unique"), "-1"),
    (GetTree, (), "the other way round"),
    (GetTree, (), "doubled"),
    (GetTree, ("*", "depth"), "10^9"),
    (GetCards, (), "without its last"),
    (GetCards, ("*", "info", "name"), "unknown"),
    (GetCards, ("*", "pictures"), "empty"),
    (GetCards, ("*", "pictures", "*", "mean"), "transposed"),
    (GetCards, ("*", "pictures", "*", "mean"), "flat"),
    (GetCards, ("*", "pictures", "*", "nonfinite"), "one more"),
    (GetCards, ("*", "pictures", "*", "span", "*"), "huge"),
    (GetCards, ("*", "histogram", "edges"), "nan"),
    (GetCards, ("*", "histogram", "edges"), "the other way round"),
    (GetCards, ("*", "histogram", "counts"), "empty"),
    (GetCards, ("*", "histogram", "counts", "*"), "one less"),
    (GetCards, ("*", "histogram", "counts", "*"), "lowest"),
    (GetCards, ("*", "before", "max"), "nan"),
    (GetDetail, ("info", "name"), "unknown"),
    (GetChangedCells, ("*", "index"), "empty"),
    (GetChangedCells, ("*", "index"), "lowest"),
    (GetChangedCells, ("*", "before"), "one less"),
    (GetValues, ("values",), "flat"),
    (GetTheory, (), "without its last"),
    (GetGallery, ("draws", "*", "scheme"), "unknown"),
    (GetGallery, ("draws",), "without its last"),
]


@pytest.mark.parametrize(("kind", "where", "how"), REFUSED, ids=str)
def test_is_refused(
    honest: dict[Request[Any], tuple[Answer, int]], kind: type[Request[Any]], where: tuple[str, ...], how: str
) -> None:
    request = next(each for each in honest if type(each) is kind)
    answer, steps = honest[request]
    tried = [forgery for forgery in forgeries(answer) if (forgery.where, forgery.how) == (where, how)]
    assert tried, "there is such a forgery"
    for forgery in tried:
        assert sentence(request, forgery.answer, steps) == f"the answer to {kind.__name__} has not the form it should"


@pytest.mark.parametrize(
    ("where", "how"),
    [
        (("groups",), "doubled"),
        (("groups", "*", "names"), "without its last"),
        (("groups", "*", "names"), "doubled"),
        (("groups", "*", "numel"), "-1"),
        (("starts",), "doubled"),
        (("starts", "*", "values"), "huge"),
        (("starts", "*", "scale"), "nan"),
        (("starts", "*", "scale"), "inf"),
    ],
)
def test_groups_of_equal_tensors_are_refused(where: tuple[str, ...], how: str) -> None:
    untied = replay(Recipe("shared_mlp", steps=(Untie("4"), Edit("4.weight", "w *= 0.5"))))
    value, arrays = channel.pack(equality(untied))
    honest = Answer(json.loads(json.dumps(value)), arrays)
    assert sentence(GetEqual(), honest, 2) == ""
    (forged,) = (forgery.answer for forgery in forgeries(honest) if (forgery.where, forgery.how) == (where, how))
    assert sentence(GetEqual(), forged, 2) == "the answer to GetEqual has not the form it should"


def test_a_table_of_many_columns_is_refused() -> None:
    for shape in ((1, 2**20), (2**20, 0), (0, 2**20)):
        answer = Answer({"values": {"array": 0}, "printed": [], "exact": []}, [np.zeros(shape)])
        assert sentence(GetValues("0.weight"), answer, 0) == "the answer to GetValues has not the form it should"
