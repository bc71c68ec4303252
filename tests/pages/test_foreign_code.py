"""Code that a session did not write is shown, and reaches no worker until somebody presses Run this code."""

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.engine.jail.isolation import Isolation
from core.engine.pool import Engine
from core.engine.span import Span
from core.questions.base import Request
from core.recipe import link
from core.recipe.catalog import CODE
from core.recipe.held_code import held_code
from core.recipe.recipe import Recipe
from core.recipe.steps import Custom, Edit, Source, Untie
from pages.frame import browsers
from pages.frame.session import opening
from pages.gate import token
from tests.pages.steps_list import remove_step
from tests.pages.test_code_page import run
from tests.pages.test_pages import assert_calm, open_app, session_recipe, shown

_ROOT = Path(__file__).parents[2]
_PAGES = sorted(path.stem for path in (_ROOT / "pages").glob("*.py"))
_TEXT = "def mine(m):\n    if type(m) == nn.Linear:\n        nn.init.ones_(m.weight)\n"
_STEP = Custom(_TEXT, "mine")
_BY_STEP = Recipe("mlp").then(Edit("0.weight", "w = 2")).then(_STEP).then(Edit("0.bias", "w = 3"))
_BY_MODEL = Recipe(CODE, source=Source("def build():\n    return nn.Linear(2, 3)\n", "build"))
_FOREIGN = {"a step": _BY_STEP, "a model": _BY_MODEL, "both": _BY_MODEL.then(_STEP)}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Span]:
    """What the engine is really asked about while a test runs."""
    spans: list[Span] = []
    ask = Engine.ask

    def noted(self: Engine, span: Span, request: Request[Any], *rest: Any) -> Any:
        spans.append(span)
        return ask(self, span, request, *rest)

    monkeypatch.setattr(Engine, "ask", noted)
    return spans


@pytest.fixture
def isolation(monkeypatch: pytest.MonkeyPatch) -> dict[str, Isolation]:
    """How the engine says that code runs; by default as it really does."""
    said: dict[str, Isolation] = {}
    real = Engine.isolation
    monkeypatch.setattr(Engine, "isolation", lambda self, waiting=None: said.get("now") or real(self, waiting))
    return said


def follow(recipe: Recipe, page: str | None = None) -> AppTest:
    """A link as it opens, with nothing pressed."""
    app = AppTest.from_file(str(_ROOT / "dashboard.py"), default_timeout=120)
    app.query_params["recipe"] = link.encode(recipe)
    app.run()
    return app.switch_page(f"pages/{page}.py").run() if page else app


@pytest.mark.parametrize("recipe", _FOREIGN.values(), ids=_FOREIGN)
def test_a_link_with_code_is_shown_on_every_page_and_asks_no_worker(recipe: Recipe, asked: list[Span]) -> None:
    app = follow(recipe)
    for page in _PAGES:
        app.switch_page(f"pages/{page}.py").run()
        assert_calm(app)
        assert "This link brings code" in [element.value for element in app.subheader]
        code = "\n".join(element.value for element in app.code)
        for text in [*(step.code for step in recipe.steps if isinstance(step, Custom)), *_model_text(recipe)]:
            assert text.strip() in code
        assert not app.sidebar.button
        assert not app.get("download_button")
        assert link.encode(recipe) in app.query_params["recipe"]
    assert not [span for span in asked if span.recipe.runs_code]


def _model_text(recipe: Recipe) -> list[str]:
    return [recipe.source.code] if recipe.source else []


@pytest.mark.parametrize("recipe", _FOREIGN.values(), ids=_FOREIGN)
def test_one_press_runs_it_and_then_it_is_ones_own(recipe: Recipe, asked: list[Span]) -> None:
    app = follow(recipe)
    app.button(key="run_foreign").click().run()
    assert session_recipe(app) == recipe
    assert asked[-1].recipe == recipe
    for page in _PAGES:
        assert_calm(app.switch_page(f"pages/{page}.py").run())
        assert "This link brings code" not in [element.value for element in app.subheader]
    app.text_input(key="recipe_seed").set_value("5").run()
    assert_calm(app)
    assert session_recipe(app).seed == 5


def test_without_the_code_every_other_step_stays_and_redo_asks_again(asked: list[Span]) -> None:
    app = follow(_BY_STEP)
    app.button(key="without_code").click().run()
    assert_calm(app)
    assert session_recipe(app) == Recipe("mlp", steps=(_BY_STEP.steps[0], _BY_STEP.steps[2]))
    assert not [span for span in asked if span.recipe.runs_code]
    app.button(key="redo").click().run()
    assert app.button(key="run_foreign")
    assert not [span for span in asked if span.recipe.runs_code]


def test_without_a_model_of_code_there_is_a_fresh_start() -> None:
    app = follow(_BY_MODEL)
    app.button(key="without_code").click().run()
    assert_calm(app)
    assert session_recipe(app) == opening("mlp")


def test_what_was_agreed_to_is_the_text_and_its_function_whatever_stands_around_it() -> None:
    app = follow(_BY_STEP)
    app.button(key="run_foreign").click().run()
    remove_step(app, 0)
    app.selectbox(key="model").set_value("lenet").run()
    app.button(key="undo").click().run()
    app.button(key="undo").click().run()
    assert_calm(app)
    assert session_recipe(app) == _BY_STEP
    for other in (Custom(_TEXT + "\n", "mine"), Custom(_TEXT.replace("mine", "theirs"), "theirs")):
        app.session_state.recipe = Recipe("mlp", steps=(_STEP, other)).to_json()
        assert app.run().button(key="run_foreign")


def test_code_written_here_asks_nobody() -> None:
    app = run(open_app(page="custom"), _TEXT)
    assert_calm(app)
    assert session_recipe(app).steps[-1] == Custom(_TEXT, "mine", seed=2)


def test_a_page_that_forgets_to_ask_is_refused_at_the_one_place_that_asks(asked: list[Span]) -> None:
    from tests.pages.forgetful import app as forgetful

    app = AppTest.from_function(forgetful, default_timeout=120)
    app.session_state["foreign"] = _BY_STEP.to_json()
    app.run()
    assert [element.value for element in app.text] == ["UnreadCodeError"] * 3
    assert not asked


def test_code_shows_every_character_that_python_reads() -> None:
    trick = "net[0].weight.data.zero_()  # \u202e fine \u200b\x1b[8m\rnet[2].weight.data.zero_()\x0c"
    app = follow(Recipe("mlp").then(Custom(trick, "", "statements")))
    (code,) = [element.value for element in app.code]
    assert code.splitlines() == [
        "net[0].weight.data.zero_()  # \\u202e fine \\u200b\\u001b[8m",
        "net[2].weight.data.zero_()\\u000c",
    ]


def test_names_in_a_link_are_text() -> None:
    root = "![x](http://example.invalid/x.png)"
    app = follow(Recipe("mlp").then(Custom(_TEXT, "mine", root=root)))
    assert f"`{root}`" in shown(app)


def test_where_code_is_off_there_is_only_the_way_without_it(isolation: dict[str, Isolation]) -> None:
    isolation["now"] = Isolation("off", "custom code is switched off on this server")
    app = follow(_BY_STEP)
    assert "switched off" in app.info[0].value
    assert [button.key for button in app.button] == ["without_code"]
    app.button(key="without_code").click().run()
    assert_calm(app)


@pytest.mark.parametrize("holds", [False, True])
def test_without_a_jail_code_runs_only_for_who_holds_the_token_and_is_warned_of(
    isolation: dict[str, Isolation], monkeypatch: pytest.MonkeyPatch, holds: bool, asked: list[Span]
) -> None:
    isolation["now"] = Isolation("local", "code that you run here can read and change your files")
    monkeypatch.setattr(token, "holds_token", lambda: holds)
    app = follow(_BY_STEP)
    assert not [span for span in asked if span.recipe.runs_code]
    if holds:
        assert "could read and change your files" in app.warning[0].value
        app.button(key="run_foreign").click().run()
        assert_calm(app)
        assert session_recipe(app) == _BY_STEP
    else:
        app.session_state["agreed"] = [code.mark for code in held_code(_BY_STEP)]
        app.run()
        assert "Paramscope printed in its terminal" in app.info[0].value
        assert [button.key for button in app.button] == ["without_code"]
        assert not [span for span in asked if span.recipe.runs_code]


def test_without_the_token_the_code_page_says_where_to_find_it_and_all_else_works(
    isolation: dict[str, Isolation], monkeypatch: pytest.MonkeyPatch, asked: list[Span]
) -> None:
    isolation["now"] = Isolation("local", "code that you run here can read and change your files")
    monkeypatch.setattr(token, "holds_token", lambda: False)
    app = open_app()
    for page in _PAGES:
        assert_calm(app.switch_page(f"pages/{page}.py").run())
    app.switch_page("pages/custom.py").run()
    assert "Paramscope printed in its terminal" in app.info[0].value
    assert not app.main.get("bidi_component")
    run(app, _TEXT)  # as a browser would that shows the editor all the same
    assert len(session_recipe(app).steps) == 1
    app.session_state["agreed"] = ["whatever a session says"]
    app.switch_page("pages/initialize.py").run().button(key="apply").click().run()
    assert len(session_recipe(app).steps) == 2


def test_a_browser_is_asked_once_and_another_one_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    here = ["one"]
    monkeypatch.setattr(browsers, "_this_browser", lambda: here[0])
    follow(_BY_STEP).button(key="run_foreign").click().run()
    app = follow(_BY_STEP)
    assert_calm(app)
    assert app.sidebar.button
    here[0] = "another"
    assert follow(_BY_STEP).button(key="run_foreign")


@pytest.mark.parametrize(
    ("cookie", "secret"),
    [
        ("2|01020304|" + "01020304" * 4 + "|1", bytes(16)),
        ('"2|ffffffff|' + "00" * 16 + '|1"', b"\xff" * 16),
        ("2||" + "00" * 16 + "|1", None),
        ("2|01020304|00|1", None),
        ("2|zz|zz|1", None),
        ("", None),
        ("|" * 9, None),
    ],
)
def test_a_browser_is_known_by_the_value_under_the_mask(cookie: str, secret: bytes | None) -> None:
    assert browsers.unmasked(cookie) == secret


def test_a_code_step_that_others_rest_on_leaves_a_recipe_that_says_which_step_fails() -> None:
    recipe = Recipe("mlp").then(Custom("net[2].weight = net[0].weight", "", "statements")).then(Untie("2.weight"))
    app = follow(recipe)
    app.button(key="without_code").click().run()
    assert not app.exception
    assert "is not tied to anything" in app.error[0].value
    assert session_recipe(app) == Recipe("mlp")


def test_a_links_code_that_fails_can_be_read_beside_the_reason_and_tried_again() -> None:
    code = "net[0].weight.data.fill_(1)\nraise ValueError('no')"
    recipe = Recipe("mlp").then(Edit("0.weight", "w = 2")).then(Custom(code, "", "statements"))
    app = open_app(recipe)
    assert "line 2: ValueError: no" in app.error[0].value.replace("\\", "")
    assert code in [block.value for block in app.code]
    assert len(session_recipe(app).steps) == 1
    app.button(key="redo").click().run()
    assert "line 2: ValueError: no" in app.error[0].value.replace("\\", "")
    assert len(session_recipe(app).steps) == 1


def test_letters_that_would_turn_code_around_are_shown_by_their_numbers() -> None:
    app = follow(Recipe("mlp").then(Custom("x = '\u05d0', 1, '\u05d1'\ny = 'a\u00a0b'", "", "statements")))
    assert r"x = '\u05d0', 1, '\u05d1'" + "\n" + r"y = 'a\u00a0b'" in [block.value for block in app.code]
    assert "(2 lines)" in shown(app)
