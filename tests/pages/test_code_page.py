"""The Code page: what is written is run, an error costs nothing, a link shows its code."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core import text
from core.code.templates import INITS, NETS
from core.recipe.catalog import CODE
from core.recipe.recipe import Recipe
from core.recipe.steps import Custom
from core.replaying.replay import replay
from tests.pages.test_pages import assert_calm, open_app, session_recipe, shown


def run(app: AppTest, code: str, key: str = "init_code") -> AppTest:
    """Type `code` and press Run."""
    presses = app.session_state["presses"] + 1 if "presses" in app.session_state else 1
    app.session_state["presses"] = presses
    app.session_state[key] = {"submitted": {"text": code, "run": presses}}
    return app.run()


def model_view(app: AppTest) -> AppTest:
    app.session_state["code_view"] = "Model code"
    return app.run()


@pytest.mark.parametrize("template", INITS, ids=lambda template: template.title)
def test_every_template_runs_or_fails_as_its_title_says(template: Any) -> None:
    app = run(open_app(page="custom"), template.code)
    assert_calm(app)
    failure = app.session_state["init_code:failure"]
    if template.title.startswith("Fails: Xavier"):
        assert failure["line"] == 3
        assert "0.bias (8,) of 0 (Linear)" in failure["sentence"]
        assert len(session_recipe(app).steps) == 1
    else:
        assert failure is None
        assert isinstance(session_recipe(app).steps[-1], Custom)
        lost = template.title.startswith("Fails")
        assert ("lost" in shown(app)) == lost
        assert ("touched" in shown(app)) is True


def test_the_lessons_init_shows_what_it_printed_and_what_it_left_alone() -> None:
    app = run(open_app(page="custom"), INITS[0].code)
    assert "2 of 4 tensors touched" in shown(app)
    assert any("Init weight torch.Size([8, 4])" in code.value for code in app.code)
    assert "the code wrote to 0" in shown(app)
    after = replay(session_recipe(app)).get_parameter("0.weight")
    assert f"**{int((after == 0).sum())}**" in shown(app)


def test_what_a_template_shows_is_said_of_its_own_code_only() -> None:
    look = text.markdown(INITS[0].look)
    assert any(caption.value == look for caption in open_app(page="custom").caption)
    other = Recipe("mlp", steps=(Custom("nn.init.zeros_(net[0].weight)", "", "statements"),))
    assert not any(caption.value == look for caption in open_app(other, page="custom").caption)


def test_an_error_keeps_the_recipe_and_a_run_that_works_forgets_it() -> None:
    app = open_app(page="custom")
    before = session_recipe(app)
    run(app, "def f(m):\n    print('so far')\n    1 / 0")
    assert_calm(app)
    assert session_recipe(app) == before
    assert app.session_state["init_code:failure"]["line"] == 3
    assert any(code.value == "so far" for code in app.code)
    run(app, INITS[1].code)
    assert app.session_state["init_code:failure"] is None
    assert len(session_recipe(app).steps) == len(before.steps) + 1


@pytest.mark.parametrize(("seed", "warned"), [("", True), ("7", False)])
def test_a_stream_that_starts_anew_each_time_is_warned_of(seed: str, warned: bool) -> None:
    draw = f"torch.from_numpy(np.random.default_rng({seed}).random((8, 4)))"
    app = run(open_app(page="custom"), f"import numpy as np\nnet[0].weight.data.copy_({draw})")
    assert app.session_state["init_code:failure"] is None
    assert any("starts anew each time" in warning.value for warning in app.warning) == warned


@pytest.mark.parametrize("code", ["", "x = 1", "def f(m:", "def f(a, b): ...", "x" * 20_001])
def test_what_is_no_init_is_one_sentence(code: str) -> None:
    app = run(open_app(page="custom"), code)
    assert_calm(app)
    assert len(session_recipe(app).steps) == 1


@pytest.mark.parametrize("template", NETS, ids=lambda template: template.title)
def test_a_model_of_ones_own_becomes_the_sessions(template: Any) -> None:
    app = run(model_view(open_app(page="custom")), template.code, "model_code")
    assert_calm(app)
    recipe = session_recipe(app)
    assert recipe.model == CODE
    assert str(replay(recipe)) in [code.value for code in app.code]
    for page in ("weights", "modules", "initialize", "edit", "tying", "script"):
        assert_calm(app.switch_page(f"pages/{page}.py").run())


def test_a_link_with_code_shows_the_code() -> None:
    code = "def mine(m):\n    if type(m) == nn.Linear:\n        nn.init.ones_(m.weight)\n"
    app = open_app(Recipe("mlp", steps=(Custom(code, "mine"),)), "custom")
    assert_calm(app)
    assert "mine on net" in shown(app)
    assert app.session_state["init_code:memory"]["text"] == code
