"""A question without an answer changes a recipe only where a step itself fails; what is busy is tried again."""

import re
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from streamlit.delta_generator import DeltaGenerator
from streamlit.testing.v1 import AppTest

from core.code.templates import NETS
from core.engine.errors import (
    CrowdedError,
    EngineError,
    LostError,
    StepFailedError,
    StoppedError,
    ended,
    too_long,
    worker_error,
)
from core.questions.model import GetOverview, GetPreview
from core.recipe import link
from core.recipe.catalog import CODE
from core.recipe.recipe import Recipe
from core.recipe.steps import Edit, Initialize, OneTensor, Source
from pages.frame import engine as asking
from pages.frame.session import opening
from pages.frame.trouble import Then, then
from tests.engines import ENDLESS, GiveUp, aside, engine_from, shared_zygote, whole
from tests.pages.test_code_page import model_view, run
from tests.pages.test_pages import assert_calm, open_app, session_recipe, shown

_CROWDED = CrowdedError("too many models are being computed right now; wait a few seconds and try again")
_LOST = LostError("the process that runs PyTorch does not start; see the server's log")
_STOPPED = StoppedError("the code was stopped since others wait for their turn")
_ERRORS: tuple[tuple[EngineError, Then, Then], ...] = (
    (StepFailedError(1, "no such tensor"), Then.TAKEN_BACK, Then.SHORTENED),
    (worker_error({"error": "no such tensor", "step": 0}, 2), Then.TAKEN_BACK, Then.SHORTENED),
    (worker_error({"error": "the model cannot be built"}, 2), Then.GIVEN_UP, Then.KEPT),
    (EngineError(too_long(20, runs_code=False)), Then.GIVEN_UP, Then.KEPT),
    (EngineError(too_long(5, runs_code=True)), Then.GIVEN_UP, Then.KEPT),
    (EngineError(ended(-11)), Then.GIVEN_UP, Then.KEPT),
    (EngineError("something nobody thought of"), Then.GIVEN_UP, Then.KEPT),
    (_CROWDED, Then.KEPT, Then.KEPT),
    (_LOST, Then.KEPT, Then.KEPT),
    (_STOPPED, Then.KEPT, Then.KEPT),
)
_TWO_STEPS = opening("mlp").then(Edit("0.bias", "w = 1"))


@pytest.mark.parametrize(("error", "proposed", "came"), _ERRORS, ids=lambda value: str(value)[:40])
def test_what_an_error_means_for_a_recipe(error: EngineError, proposed: Then, came: Then) -> None:
    assert then(error, proposed=True) is proposed
    assert then(error, proposed=False) is came


@pytest.fixture(params=[_CROWDED, _LOST], ids=["crowded", "lost"])
def busy(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> EngineError:
    monkeypatch.setattr(asking, "_PLACE_SECONDS", 0.05)
    error: EngineError = request.param
    return error


def two_edits(recipe: Recipe) -> bool:
    return len(recipe.steps) > 1


def test_a_link_on_a_busy_server_keeps_its_steps_and_its_address_and_opens_once_there_is_a_place(
    fails: Callable[..., None], busy: EngineError
) -> None:
    fails(busy)
    app = open_app(_TWO_STEPS)
    for page in ("initialize", "custom", "weights"):
        app.switch_page(f"pages/{page}.py").run()
        assert not app.exception
        assert "Nothing is lost" in app.info[0].value
        assert session_recipe(app) == _TWO_STEPS
        assert link.encode(_TWO_STEPS) in app.query_params["recipe"]
    assert app.button(key="undo")
    fails(None)
    app.button(key="postponed_retry").click().run()
    assert_calm(app)
    assert "2 of 4 tensors changed" in shown(app)


def test_a_change_on_a_busy_server_is_kept_with_its_history(fails: Callable[..., None], busy: EngineError) -> None:
    app = open_app(page="initialize")
    before = app.session_state.recipe
    fails(busy, on=two_edits)
    app.button(key="apply").click().run()
    assert "Nothing is lost" in app.info[0].value
    assert len(session_recipe(app).steps) == 2
    assert app.session_state.past == [before]
    fails(None)
    app.button(key="postponed_retry").click().run()
    assert_calm(app)
    assert len(session_recipe(app).steps) == 2
    app.button(key="undo").click().run()
    assert app.session_state.recipe == before


def test_want_of_a_place_is_waited_out_without_a_click(fails: Callable[..., None]) -> None:
    fails(_CROWDED, 5)
    app = open_app(_TWO_STEPS)
    assert_calm(app)
    assert session_recipe(app) == _TWO_STEPS
    assert "2 of 4 tensors changed" in shown(app)


def test_who_waits_for_a_place_is_told_so_and_can_try_again(
    fails: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    began, told = time.monotonic(), dict[str, float]()

    def spy(name: str) -> None:
        real = getattr(DeltaGenerator, name)

        def spied(self: DeltaGenerator, label: str, *arguments: Any, **options: Any) -> Any:
            said.append(label)
            told.setdefault(label, time.monotonic() - began)
            return real(self, label, *arguments, **options)

        monkeypatch.setattr(DeltaGenerator, name, spied)

    spy("caption")
    spy("button")
    fails(_CROWDED, 3)
    assert_calm(open_app(_TWO_STEPS))
    waited = [re.fullmatch(r"Waiting for a place, (\d+) s\. Many models .*", sentence) for sentence in said]
    seconds = {found[0]: int(found[1]) for found in waited if found}
    assert seconds
    assert all(count <= told[sentence] + 0.5 for sentence, count in seconds.items())  # rounded, and never more
    assert "Try again" in said


def test_a_place_that_another_holds_is_waited_for_by_a_real_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    began, crowded = threading.Event(), threading.Event()

    def hold(_: float) -> None:
        began.set()
        if crowded.is_set():
            raise GiveUp

    with engine_from(shared_zygote(), workers=1, time_limit=60) as one_place:
        ask = one_place.ask

        def asked(*arguments: Any) -> Any:
            try:
                return ask(*arguments)
            except CrowdedError:
                crowded.set()
                one_place.time_limit = 60
                raise

        with aside(lambda: ask(whole(ENDLESS), GetOverview(), hold)) as holding:
            assert began.wait(30)
            one_place.time_limit = 0.3  # how long a place is waited for
            monkeypatch.setattr(one_place, "ask", asked)
            monkeypatch.setattr(asking, "engine", lambda: one_place)
            app = open_app(_TWO_STEPS)
            with pytest.raises(GiveUp):
                holding.result(30)
        assert crowded.is_set()
        assert_calm(app)
        assert session_recipe(app) == _TWO_STEPS


def test_what_takes_too_long_is_not_carried_out_and_redo_tries_it_again(fails: Callable[..., None]) -> None:
    app = open_app(page="initialize")
    before = app.session_state.recipe
    fails(EngineError(too_long(20, runs_code=False)), on=two_edits)
    app.button(key="apply").click().run()
    assert "took longer than 20 seconds" in app.error[0].value
    assert app.session_state.recipe == before
    app.button(key="redo").click().run()
    assert app.session_state.recipe == before
    fails(None)
    app.button(key="redo").click().run()
    assert_calm(app)
    assert len(session_recipe(app).steps) == 2
    assert app.session_state.past == [before]


def test_a_link_that_takes_too_long_is_kept_and_asked_about_again_on_a_click_only(
    fails: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    fails(EngineError(too_long(20, runs_code=False)))
    app = open_app(_TWO_STEPS)
    assert "took longer than 20 seconds" in app.error[0].value
    assert session_recipe(app) == _TWO_STEPS
    fails(None)
    for page in ("edit", "weights"):
        app.switch_page(f"pages/{page}.py").run()
        assert "took longer than 20 seconds" in app.error[0].value
    app.button(key="try_again").click().run()
    assert_calm(app)
    assert "2 of 4 tensors changed" in shown(app)


def test_a_recipe_that_worked_and_then_takes_too_long_is_kept(fails: Callable[..., None]) -> None:
    app = open_app(_TWO_STEPS)
    fails(EngineError(too_long(20, runs_code=False)))
    app.run()
    assert "took longer" in app.error[0].value
    assert session_recipe(app) == _TWO_STEPS
    app.button(key="undo").click()
    fails(None)
    app.run()
    assert_calm(app)
    assert session_recipe(app) == opening("mlp")


def test_a_link_whose_model_cannot_be_had_keeps_its_steps_and_a_way_out() -> None:
    recipe = Recipe(CODE, source=Source("def build():\n    return 1 / 0", "build")).then(
        Initialize("zeros", OneTensor("weight"))
    )
    app = open_app(recipe)
    assert not app.exception
    assert "division by zero" in app.error[0].value
    assert session_recipe(app) == recipe
    app.selectbox(key="model").set_value("lenet").run()
    assert_calm(app)


def test_a_page_that_finds_no_place_does_not_take_that_for_an_answer(
    fails: Callable[..., None], busy: EngineError
) -> None:
    app = open_app(page="initialize")
    fails(busy, about=GetPreview)
    app.selectbox(key="parameter").set_value("bias").run()
    assert_calm(app)
    assert not app.main.warning
    assert "Nothing is lost" in app.info[0].value
    fails(None)
    app.button(key="postponed_retry").click().run()
    assert_calm(app)
    assert app.button(key="apply")


@pytest.mark.parametrize("view", ["init_code", "model_code"])
def test_code_typed_on_a_busy_server_is_kept_and_no_failure_and_runs_once_there_is_a_place(
    view: str, fails: Callable[..., None], busy: EngineError
) -> None:
    code = "def f(m): ..." if view == "init_code" else NETS[0].code
    app = open_app(page="custom")
    if view == "model_code":
        model_view(app)
    before = session_recipe(app)
    fails(busy, on=lambda recipe: recipe.runs_code)
    run(app, code, view)
    assert not app.exception
    assert "Nothing is lost" in app.info[0].value
    assert session_recipe(app) == before
    assert f"{view}:failure" not in app.session_state or app.session_state[f"{view}:failure"] is None
    assert app.session_state[f"{view}:memory"]["text"] == code
    fails(None)
    app.button(key=f"{view}_retry").click().run()
    assert_calm(app)
    assert session_recipe(app).runs_code


def stopping() -> None:
    import streamlit as st

    from pages.frame import session, state

    if st.button("Stop", on_click=session.stop):
        st.text(f"{session.held() or state.COMPLAINT.get()}")


@pytest.mark.parametrize(
    ("past", "settled", "left", "said"),
    [
        ([], False, _TWO_STEPS, "Stopped before the model was computed; nothing was changed."),
        ([], True, _TWO_STEPS, "Stopped; nothing was changed."),
        ([opening("mlp")], True, _TWO_STEPS, "Stopped; nothing was changed."),
        ([opening("mlp")], False, opening("mlp"), "Stopped; the last change was taken back, and Redo tries it again."),
    ],
)
def test_stop_takes_back_only_what_was_just_proposed(
    past: list[Recipe], settled: bool, left: Recipe, said: str
) -> None:
    app = AppTest.from_function(stopping)
    app.session_state["recipe"] = _TWO_STEPS.to_json()
    app.session_state["past"] = [recipe.to_json() for recipe in past]
    app.session_state["unsettled"] = not settled
    app.run().button[0].click().run()
    assert app.text[0].value == said
    assert session_recipe(app) == left
    if left != _TWO_STEPS:
        assert app.session_state["future"] == [_TWO_STEPS.to_json()]
