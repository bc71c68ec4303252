"""Code that was stopped runs again on a click, and on no view of a page."""

from collections.abc import Callable

import pytest

from core.engine.errors import EngineError, StoppedError, too_long
from core.engine.pool import Engine
from core.engine.span import Span
from core.questions.code import GetReading
from core.questions.model import GetPreview
from core.recipe.recipe import Recipe
from core.recipe.steps import Custom
from pages.frame.session import opening
from tests.engines import whole
from tests.pages.test_code_page import run
from tests.pages.test_pages import assert_calm, open_app, session_recipe, shown

_STOPPED = StoppedError("the code was stopped since others wait for their turn")
_CODE = Recipe("mlp").then(Custom("net[0].weight.data.zero_()", "", "statements"))


def two_steps(recipe: Recipe) -> bool:
    return len(recipe.steps) > 1


@pytest.fixture
def again(fails: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> list[Span]:
    """An engine in which code was stopped, and runs again only where that was asked for; what it was asked for."""
    wanted: list[Span] = []

    def forget(_: Engine, span: Span) -> None:
        wanted.append(span)
        fails(None)

    monkeypatch.setattr(Engine, "again", forget)
    return wanted


def test_stopped_code_of_the_recipe_runs_again_on_a_click_and_on_no_view_of_a_page(
    fails: Callable[..., None], again: list[Span]
) -> None:
    app = open_app(_CODE)
    again.clear()
    fails(_STOPPED)
    for page in ("custom", "edit", "weights"):
        app.switch_page(f"pages/{page}.py").run()
        assert not app.exception
        assert "others wait for their turn" in app.info[0].value
        app.sidebar.selectbox(key="moment_before").set_value(1).run()
        app.sidebar.selectbox(key="moment_before").set_value(0).run()
    assert session_recipe(app) == _CODE
    assert not again
    assert "net[0].weight.data.zero_()" in [code.value for code in app.code]
    app.button(key="postponed_again").click().run()
    assert_calm(app)
    assert again == [whole(_CODE)]
    assert "1 of 4 tensors changed" in shown(app)


def test_code_that_failed_in_a_link_can_be_read_on_the_page_that_says_so(fails: Callable[..., None]) -> None:
    app = open_app(_CODE)
    fails(EngineError(too_long(5.0, runs_code=True)))
    app.switch_page("pages/edit.py").run()
    assert "without an end" in app.error[0].value
    assert "net[0].weight.data.zero_()" in [code.value for code in app.code]


def test_who_asks_to_run_a_links_code_is_not_told_that_it_was_stopped_for_another(again: list[Span]) -> None:
    open_app(_CODE)
    assert again == [whole(_CODE)]


def test_stopped_code_under_a_change_keeps_the_change(fails: Callable[..., None], again: list[Span]) -> None:
    app = open_app(_CODE, "initialize")
    again.clear()
    fails(_STOPPED, on=two_steps)
    app.button(key="apply").click().run()
    assert "others wait for their turn" in app.info[0].value
    assert len(session_recipe(app).steps) == 2
    app.button(key="postponed_again").click().run()
    assert_calm(app)
    assert [len(span.recipe.steps) for span in again] == [2]


def test_a_question_of_a_page_that_was_stopped_is_asked_again_on_a_click(
    fails: Callable[..., None], again: list[Span]
) -> None:
    app = open_app(_CODE, "initialize")
    again.clear()
    fails(_STOPPED, about=GetPreview)
    app.selectbox(key="parameter").set_value("bias").run()
    assert "others wait for their turn" in app.info[0].value
    assert not again
    app.button(key="postponed_again").click().run()
    assert_calm(app)
    assert app.button(key="apply")


def test_run_in_the_editor_asks_to_run_again_what_was_stopped_and_says_so_beside_the_code(
    fails: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted: list[Span] = []
    monkeypatch.setattr(Engine, "again", lambda _, span: wanted.extend([span] * span.recipe.runs_code))
    app = open_app(page="custom")
    code = "def f(m): ..."
    for error in (EngineError(too_long(5, runs_code=True)), _STOPPED):
        fails(error, on=lambda recipe: recipe.runs_code)
        run(app, code)
        assert not app.exception
        assert app.session_state["init_code:failure"]["sentence"] == str(error)
        app.switch_page("pages/weights.py").run()
        app.switch_page("pages/custom.py").run()
    assert len(session_recipe(app).steps) == 1
    assert len(wanted) == 2
    fails(None)
    run(app, code)
    assert len(wanted) == 3
    assert app.session_state["init_code:failure"] is None
    assert session_recipe(app).runs_code


def test_code_whose_reading_was_stopped_is_read_again_at_the_next_run(
    fails: Callable[..., None], again: list[Span]
) -> None:
    app = open_app(page="custom")
    fails(_STOPPED, about=GetReading)
    run(app, "def f(m): ...")
    assert_calm(app)
    assert session_recipe(app).runs_code
    assert again[0] == whole(opening("mlp"))


def test_what_was_given_up_or_held_is_asked_for_again(fails: Callable[..., None], again: list[Span]) -> None:
    app = open_app(page="initialize")
    fails(EngineError(too_long(20, runs_code=False)), on=two_steps)
    app.button(key="apply").click().run()
    app.button(key="redo").click().run()
    assert_calm(app)
    assert [len(span.recipe.steps) for span in again] == [2]
    fails(EngineError(too_long(20, runs_code=False)))
    app.run()
    app.button(key="try_again").click().run()
    assert_calm(app)
    assert len(again) == 2
