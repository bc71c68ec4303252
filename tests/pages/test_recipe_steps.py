"""The list of steps: what a removal means, whenever it comes."""

import pytest

from core.recipe.recipe import Recipe
from core.recipe.steps import Edit, Initialize, OneTensor
from tests.pages.steps_list import remove_step, report_removal, rows
from tests.pages.test_pages import assert_calm, open_app, session_recipe

_SAME = Edit("0.bias", "w += 1")
_RECIPE = Recipe("mlp").then(_SAME).then(Initialize("ones", OneTensor("0.weight"))).then(_SAME)


def test_a_removal_drops_the_step_that_it_names_and_undo_brings_it_back() -> None:
    app = remove_step(open_app(_RECIPE), 1)
    assert_calm(app)
    assert session_recipe(app) == _RECIPE.without(1)
    app.button(key="undo").click().run()
    assert session_recipe(app) == _RECIPE


def test_a_removal_that_comes_late_means_the_same_step_or_none() -> None:
    app = open_app(_RECIPE)
    first, drawn, last = (row["name"] for row in rows(app))
    report_removal(app, {"name": first})
    report_removal(app, {"name": drawn})
    assert session_recipe(app) == Recipe("mlp").then(_SAME)
    for late in (first, drawn, last):  # the last is equal to the first: which of them is left cannot be told
        report_removal(app, {"name": late})
        assert session_recipe(app) == Recipe("mlp").then(_SAME)
        assert "nothing was removed" in app.error[0].value


@pytest.mark.parametrize("strange", [None, 3, "x", [], {}, {"name": None}, {"name": 0}, {"name": ["x"]}, {"name": "x"}])
def test_what_no_list_of_ours_says_removes_nothing(strange: object) -> None:
    app = report_removal(open_app(_RECIPE), strange)
    assert not app.exception
    assert session_recipe(app) == _RECIPE


def test_equal_steps_have_names_of_their_own() -> None:
    assert len({row["name"] for row in rows(open_app(_RECIPE))}) == len(_RECIPE.steps)
