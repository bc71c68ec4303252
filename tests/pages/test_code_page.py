"""The Code page: what is written is run, an error costs nothing, a link shows its code."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core import text
from core.code.templates import INITS, NETS
from core.recipe import link
from core.recipe.catalog import CODE
from core.recipe.recipe import Recipe
from core.recipe.steps import Custom
from core.replaying.replay import replay
from tests.pages.test_address import address_of
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


def type_code(app: AppTest, code: str, key: str = "init_code") -> AppTest:
    """What the browser sends once nobody has typed for a while."""
    app.session_state[key] = {"submitted": {"text": code}}
    return app.run()


def test_code_not_yet_run_is_in_the_address_and_shown_where_that_is_opened_but_not_run() -> None:
    app = type_code(open_app(page="custom"), "def mine(m): ...")
    value = address_of(app)["init_text"]
    assert link.unpack(value, 100) == "def mine(m): ..."
    assert "init_text" in app.switch_page("pages/weights.py").run().query_params
    other = open_app(init_text=value)
    assert address_of(other)["init_text"] == value
    other.switch_page("pages/custom.py").run()
    assert other.session_state["init_code:memory"]["text"] == "def mine(m): ..."
    assert "it has not run" in shown(other)
    assert session_recipe(other) == session_recipe(open_app())
    run(other, "def mine(m): ...")
    assert "it has not run" not in shown(other)
    assert "init_text" not in other.query_params  # the recipe has it


def test_what_an_editor_begins_with_is_left_out_of_the_address() -> None:
    app = open_app(page="custom")
    assert "init_text" not in app.query_params
    type_code(app, "def mine(m): ...")
    type_code(app, INITS[0].code)
    assert "init_text" not in app.query_params


@pytest.mark.parametrize("value", ["", "no code", "x" * 7_000, link.pack("y" * 90_000), link.pack("z" * 30_000)])
def test_an_address_with_code_that_is_none_opens_as_without(value: str) -> None:
    app = open_app(page="custom", init_text=value, model_text=value)
    assert_calm(app)
    assert app.session_state["init_code:memory"]["text"] == INITS[0].code


def test_code_too_long_for_an_address_is_said_to_be() -> None:
    app = type_code(open_app(page="custom"), "\n".join(f"a{7**n % 99991}_{n} = {n**7}" for n in range(900))[:19_000])
    assert "init_text" not in app.query_params
    assert "too long for an address" in shown(app)


def test_a_template_replaces_a_template_at_once_and_what_was_written_only_if_one_says_so() -> None:
    app = open_app(page="custom")
    app.selectbox(key="init_template").select(INITS[1].title).run()
    assert app.session_state["init_code:memory"]["text"] == INITS[1].code
    type_code(app, "# mine")
    app.selectbox(key="init_template").select(INITS[2].title).run()
    assert app.session_state["init_code:memory"]["text"] == "# mine"
    assert INITS[2].title in shown(app).replace("\\", "")
    app.button(key="init_code_keep").click().run()
    assert app.session_state["init_code:memory"]["text"] == "# mine"
    assert app.session_state["init_template"] == 1
    app.selectbox(key="init_template").select(INITS[2].title).run()
    app.button(key="init_code_replace").click().run()
    assert app.session_state["init_code:memory"]["text"] == INITS[2].code
    assert_calm(app)


def test_a_model_without_a_batch_is_taken_with_a_plain_sentence_on_how_to_see_net_of_x() -> None:
    app = run(model_view(open_app(page="custom")), "def build():\n    return nn.Linear(2, 3)", "model_code")
    assert_calm(app)
    assert "Linear(in_features=2, out_features=3, bias=True)" in [code.value for code in app.code]
    assert "add def batch" in shown(app)
    assert_calm(app.switch_page("pages/modules.py").run())


def test_what_code_declares_and_cannot_be_is_said_at_once_with_its_line() -> None:
    init = "def f(m):\n    if type(m) == nn.Linear:\n        nn.init.zeros_(m.bias)\nf.expects = {'*.bais': zeros()}"
    app = run(open_app(page="custom"), init)
    assert not app.exception
    (said,) = [error.value for error in app.error]
    assert "line 4" in said
    assert text.markdown('did you mean "*.bias"?') in said
    run(app, init.replace("bais", "bias"))
    assert_calm(app)
    run(app, init.replace("zeros()", "zeroes()"))
    assert app.session_state["init_code:failure"]["line"] == 4
    assert "did you mean zeros?" in app.session_state["init_code:failure"]["sentence"]


def test_a_models_own_declaration_is_held_against_it_at_once() -> None:
    net = "def build():\n    return nn.Linear(3, 2)\n\nexpects = {'weight[0]': zeros(), 'bias[5]': zeros()}"
    app = run(model_view(open_app(page="custom")), net, "model_code")
    (said,) = [error.value for error in app.error]
    assert text.markdown("[5] reaches to 5 on an axis of 2") in said
