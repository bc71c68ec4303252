"""A model opens as it is built: no step is in a recipe that the person did not make, but for one that says so."""

import pytest

from core.recipe.catalog import MODELS
from core.recipe.recipe import Recipe
from core.recipe.steps import Edit
from tests.pages.test_pages import _PAGES, assert_calm, open_app, session_recipe, shown

_CHANGED = Recipe("mlp").then(Edit("0.bias", "w = 1"))


@pytest.mark.parametrize("model", MODELS)
def test_every_page_is_calm_about_a_model_as_built(model: str) -> None:
    app = open_app(Recipe(model))
    for page in _PAGES:
        app.switch_page(f"pages/{page}.py").run()
        assert app.subheader, page
        assert_calm(app)


def test_choosing_a_model_opens_it_as_built_and_undo_returns() -> None:
    app = open_app(_CHANGED)
    app.selectbox(key="model").set_value("lenet").run()
    assert session_recipe(app) == Recipe("lenet")
    assert "as it was built" in shown(app)
    app.button(key="undo").click().run()
    assert session_recipe(app) == _CHANGED


def test_the_first_screen_says_that_its_step_is_an_example_and_one_click_starts_bare() -> None:
    app = open_app()
    assert "Example: `xavier_uniform_ on net[0] Linear.weight, seed 1` was applied" in shown(app)
    app.button(key="start_bare").click().run()
    assert_calm(app)
    assert session_recipe(app) == Recipe("mlp")
    assert "Example" not in shown(app)


def test_what_a_person_did_is_called_no_example() -> None:
    app = open_app(_CHANGED)
    assert "Example" not in shown(app)
    assert not [button for button in app.button if button.key == "start_bare"]


def test_starting_over_goes_back_to_the_build_and_can_be_undone() -> None:
    recipe = Recipe("mlp", seed=5, arguments=(("hidden", 3), ("n_in", 4), ("n_out", 1))).then(Edit("0.bias", "w = 1"))
    app = open_app(recipe)
    app.button(key="start_over").click().run()
    assert_calm(app)
    assert session_recipe(app) == recipe.prefix(0)
    assert app.button(key="start_over").disabled
    app.button(key="undo").click().run()
    assert session_recipe(app) == recipe
