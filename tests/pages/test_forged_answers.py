"""An answer of which one part is forged within its type ends in a sentence or is drawn: never in an exception."""

from collections.abc import Iterator
from random import Random

import pytest

from core.recipe.recipe import Recipe
from core.recipe.steps import Custom, Edit, Train
from pages.frame.session import opening
from tests.custom import GOOD
from tests.pages.forged_engine import SHOWN, ForgedEngine, forged_engine, lies, open_view

_SHARED = opening("shared_mlp")
_RECIPES = {
    "code": _SHARED.then(Custom(f"{GOOD}\n    print('seen')", "my_init", "modules", seed=3)),
    "tying": _SHARED.then(Edit("2.weight", "w[0, 0] = 42")),
    "tying, training": _SHARED.then(Train(3, 0.1, 2)),
    "weights, four axes": opening("lenet"),
}
_TRIED = 12  # forgeries a view, where not all are
#: On which a view once ended in an exception: tried each time.
_FOUND = {
    "GetTheory.*.expected.curve.density: largest",
    "GetTheory.*.expected.curve.x: lowest to largest",
    "GetCards.*.histogram.edges: lowest to largest",
    "GetOverview.module_names.*: long",
    "GetSharing.shared.*.untie: long",
}


def recipe_of(view: str) -> Recipe:
    return _RECIPES.get(view, _SHARED)


@pytest.fixture
def forged() -> Iterator[ForgedEngine]:
    with forged_engine() as engine:
        yield engine


def draw_all(view: str, forged: ForgedEngine, most: int | None) -> list[str]:
    """The forgeries on which the view ends in an exception."""
    app = open_view(view, recipe_of(view))
    assert not app.exception
    assert not app.error
    tried = list(lies(forged))
    if most is not None:
        tried = Random(view).sample(tried, most) + [lie for lie in tried if lie[0] in _FOUND]
    wrong = []
    for name, lie in tried:
        for key, value in SHOWN[view][1].items():
            app.session_state[key] = value
        forged.lie = lie
        app.run()
        forged.lie = None
        if app.exception:
            wrong.append(f"{name}: {app.exception[0].message}")
    return wrong


@pytest.mark.parametrize("view", SHOWN)
def test_a_view_on_some_forged_answers_raises_nothing(view: str, forged: ForgedEngine) -> None:
    assert draw_all(view, forged, _TRIED) == []


@pytest.mark.slow
@pytest.mark.parametrize("view", SHOWN)
def test_a_view_on_any_forged_answer_raises_nothing(view: str, forged: ForgedEngine) -> None:
    assert draw_all(view, forged, None) == []
