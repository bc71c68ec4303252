"""Every page for every model, run by Streamlit's own test harness: nothing raises, and numbers are torch's."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.recipe import link
from core.recipe.catalog import MODELS
from core.recipe.recipe import Recipe
from core.recipe.steps import Edit, Initialize, OneTensor, Tie, Train, Untie
from core.replaying.replay import replay
from pages.frame.session import opening
from tests.pages.steps_list import remove_step
from tests.unpacking import unpack

_ROOT = Path(__file__).parents[2]
_PAGES = sorted(path.stem for path in (_ROOT / "pages").glob("*.py"))


def open_app(recipe: Recipe | None = None, page: str | None = None, **query: str) -> AppTest:
    app = AppTest.from_file(str(_ROOT / "dashboard.py"), default_timeout=120)
    if recipe is not None:
        app.query_params["recipe"] = link.encode(recipe)
    for key, value in query.items():
        app.query_params[key] = value
    app.run()
    if recipe is not None and recipe.runs_code:
        app.button(key="run_foreign").click().run()
    return app.switch_page(f"pages/{page}.py").run() if page else app


def session_recipe(app: AppTest) -> Recipe:
    return Recipe.from_json(app.session_state.recipe)


def shown(app: AppTest) -> str:
    return "\n".join(element.value for element in (*app.markdown, *app.caption, *app.info, *app.warning))


def drawing(app: AppTest, index: int = 0) -> dict[str, Any]:
    """What the card of that number is told to draw."""
    return unpack(drawings(app)[index])


def drawings(app: AppTest) -> list[bytes]:
    """What each card is sent; other components of ours are sent JSON."""
    return [element.proto.bytes for element in app.get("bidi_component") if element.proto.bytes]


def assert_calm(app: AppTest) -> None:
    assert not app.exception
    assert not [element.value for element in app.error]


@pytest.mark.parametrize("model", MODELS)
def test_every_page_opens_for_every_model(model: str) -> None:
    app = open_app(opening(model))
    for page in _PAGES:
        app.switch_page(f"pages/{page}.py").run()
        assert app.subheader, page
        assert_calm(app)


def test_the_first_screen_shows_the_lessons_network_before_and_after_an_init() -> None:
    app = open_app()
    assert session_recipe(app).model == "mlp"
    assert "1 of 4 tensors changed" in shown(app)
    before, after = drawing(app)["panels"]
    assert (before["title"], after["title"]) == ("before", "after")
    assert np.array_equal(before["values"], replay(Recipe("mlp")).get_parameter("0.weight").detach().numpy().ravel())
    assert np.array_equal(after["values"], replay(opening("mlp")).get_parameter("0.weight").detach().numpy().ravel())
    assert [bars["name"] for bars in drawing(app)["histogram"]["bars"]] == ["before", "after"]


def test_statistics_on_screen_are_those_of_torch() -> None:
    app = open_app()
    weight = replay(session_recipe(app)).get_parameter("0.weight").detach()
    line = next(said.value for said in app.markdown if said.value.startswith("mean"))
    after = dict(re.findall(r"(mean|std|min|max|L2) \S+ → \*\*(\S+?)\*\*", line))
    expected = {
        "mean": weight.mean(),
        "std": weight.std(),
        "min": weight.min(),
        "max": weight.max(),
        "L2": weight.norm(),
    }
    for name, value in expected.items():
        assert float(after[name].replace("−", "-")) == pytest.approx(value.item(), rel=5e-3), name


def test_applying_a_scheme_appends_one_step_and_the_pictures_follow() -> None:
    app = open_app(page="initialize")
    app.button(key="apply").click().run()
    assert_calm(app)
    assert len(session_recipe(app).steps) == 2
    weight = replay(session_recipe(app)).get_parameter("0.weight").detach()
    assert np.array_equal(drawing(app)["panels"][1]["values"], weight.numpy().ravel())


def test_a_scheme_that_cannot_apply_says_which_tensor_and_why_and_a_click_changes_nothing() -> None:
    app = open_app(page="initialize")
    app.selectbox(key="parameter").set_value("*").run()
    assert_calm(app)
    assert "0.bias" in app.warning[0].value
    assert "fewer than 2 dimensions" in app.warning[0].value.replace("\\", "")
    before = session_recipe(app)
    app.button(key="apply").click().run()
    assert "fewer than 2 dimensions" in app.error[0].value.replace("\\", "")
    assert session_recipe(app) == before


def test_a_formula_edits_one_cell_and_says_so() -> None:
    app = open_app(page="edit")
    app.text_input(key="formula").set_value("w[0, 0] = 42").run()
    app.button(key="apply_edit").click().run()
    assert_calm(app)
    assert replay(session_recipe(app)).get_parameter("0.weight")[0, 0] == 42
    assert "1 of 32 changed" in shown(app)


def test_a_formula_that_is_none_is_explained_and_changes_nothing() -> None:
    app = open_app(page="edit")
    before = app.session_state.recipe
    app.text_input(key="formula").set_value("__import__('os')").run()
    assert_calm(app)
    assert "is not part of a formula" in app.warning[0].value
    assert app.session_state.recipe == before


def test_a_step_that_fails_is_taken_back_and_the_last_good_state_stays() -> None:
    app = open_app(page="edit")
    before = app.session_state.recipe
    app.text_input(key="formula").set_value("w[99, 0] = 1").run()
    app.button(key="apply_edit").click().run()
    assert not app.exception
    assert app.session_state.recipe == before
    assert "index 99 is out of bounds" in app.error[0].value.replace("\\", "")


def test_untying_and_tying_again_by_buttons() -> None:
    app = open_app(opening("shared_mlp"), "tying")
    app.button(key="untie").click().run()
    assert_calm(app)
    assert session_recipe(app).steps[-1] == Untie("4")
    app.selectbox(key="keep_Tensors").set_value("2.weight").run()
    app.selectbox(key="replace_Tensors").set_value("4.weight").run()
    app.button(key="tie").click().run()
    assert_calm(app)
    assert session_recipe(app).steps[-1] == Tie("2.weight", "4.weight")


def test_undo_and_redo_return_to_the_same_recipe_even_over_a_change_of_model() -> None:
    app = open_app()
    first = app.session_state.recipe
    app.selectbox(key="model").set_value("lenet").run()
    second = app.session_state.recipe
    app.button(key="undo").click().run()
    assert app.session_state.recipe == first
    app.button(key="redo").click().run()
    assert app.session_state.recipe == second
    assert_calm(app)


def test_removing_a_step_that_others_need_is_refused_and_nothing_is_lost() -> None:
    recipe = Recipe("shared_mlp").then(Untie("4")).then(Tie("2", "4"))
    app = open_app(recipe)
    remove_step(app, 0)
    assert not app.exception
    assert session_recipe(app) == recipe
    assert "same module already" in app.error[0].value


def test_a_link_restores_recipe_and_moments() -> None:
    recipe = opening("mlp").then(Edit("0.weight", "w += 1")).then(Train(3, 0.1, 5))
    app = open_app(recipe, before="1", after="2")
    assert session_recipe(app) == recipe
    assert (app.session_state.before, app.session_state.after) == (1, 2)
    assert "1 of 4 tensors changed" in shown(app)


@pytest.mark.parametrize("value", ["garbage", "", "A" * 20_000, "eJw", "%00", "ÿ" * 50, "<script>alert(1)</script>"])
def test_a_hostile_link_starts_fresh_and_says_why(value: str) -> None:
    app = _open_raw(value)
    assert not app.exception
    assert session_recipe(app) == opening("mlp")
    assert "could not be opened" in app.error[0].value


def _open_raw(value: str) -> AppTest:
    app = AppTest.from_file(str(_ROOT / "dashboard.py"), default_timeout=120)
    app.query_params["recipe"] = value
    return app.run()


def test_a_link_whose_last_step_fails_keeps_the_steps_before_it() -> None:
    recipe = opening("mlp").then(Untie("0.weight"))
    app = open_app(recipe)
    assert not app.exception
    assert session_recipe(app) == opening("mlp")
    assert "is not tied to anything" in app.error[0].value


def test_extremes_and_non_finite_values_render() -> None:
    recipe = opening("mlp").then(Edit("0.weight", "w[0, 0] = nan; w[1, 1] = inf; w[2, 2] = 1e38; w[3, 3] = -0.0"))
    app = open_app(recipe)
    assert_calm(app)
    assert "non-finite 0 → **2**" in shown(app)
    after = drawing(app)["panels"][1]
    names = dict(after["marks"])
    assert [names[flag] for flag in after["flags"] if flag] == ["NaN", "+inf"]


def test_a_lazy_model_waits_for_its_first_forward_without_a_crash() -> None:
    app = open_app(Recipe("lazy_mlp"))
    for page in _PAGES:
        assert_calm(app.switch_page(f"pages/{page}.py").run())
    app = open_app(Recipe("lazy_mlp").then(Initialize("zeros", OneTensor("0.weight"))))
    assert "uninitialized until the first forward pass" in app.error[0].value


def test_no_page_asks_for_unsafe_html_or_reaches_into_torch() -> None:
    for path in [*(_ROOT / "pages").rglob("*.py"), _ROOT / "dashboard.py"]:
        source = path.read_text()
        assert "unsafe_allow_html" not in source, path
        assert not re.search(r"^\s*(import|from) torch\b", source, re.MULTILINE), path
