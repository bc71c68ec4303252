"""The code editor without a browser: what it keeps in session state, and what it makes of what a browser sends."""

import pytest
from streamlit.testing.v1 import AppTest

from pages.components import code_editor as component


def small_app() -> None:
    import streamlit as st

    from pages.components.code_editor import code_editor

    state = st.session_state
    state.setdefault("heard", [])
    state.setdefault("choice", ["first", 0])
    if st.button("template", key="template"):
        state.choice = ["template", state.choice[1] + 1]
    text, version = state.choice
    got = code_editor(text, key="init", version=version)
    state.heard = [*state.heard, *([got.text] if got.run else [])]
    st.text(f"{got.text!r} {got.run} {state.heard}")


def test_typing_and_running_without_a_browser() -> None:
    app = AppTest.from_function(small_app, default_timeout=120)
    assert app.run().text[0].value == "'first' False []"
    app.session_state["init"] = {"submitted": {"text": "typed"}}
    assert app.run().text[0].value == "'typed' False []"
    app.session_state["init"] = {"submitted": {"text": "typed", "run": 1}}
    assert app.run().text[0].value == "'typed' True ['typed']"
    assert app.run().text[0].value == "'typed' False ['typed']"
    app.button(key="template").click().run()
    assert app.text[0].value == "'template' False ['typed']"
    app.session_state["init"] = {"submitted": {"text": "more", "run": 2}}
    assert app.run().text[0].value == "'more' True ['typed', 'more']"
    app.button(key="template").click().run()
    assert app.text[0].value == "'template' False ['typed', 'more']"


def test_a_text_that_is_there_already_replaces_nothing_and_takes_no_run_back() -> None:
    app = AppTest.from_function(small_app, default_timeout=120)
    app.run()
    app.session_state["init"] = {"submitted": {"text": "template", "run": 1}}
    app.button(key="template").click().run()
    assert app.text[0].value == "'template' True ['template']"


@pytest.mark.parametrize(
    "report", [None, "text", 3, {}, {"text": 7}, {"text": "x" * 20_001}, {"run": 1}, {"text": "old", "push": "old"}]
)
def test_a_report_that_is_none_changes_nothing(report: object) -> None:
    app = AppTest.from_function(small_app, default_timeout=120)
    app.run()
    app.session_state["init"] = {"submitted": report}
    assert app.run().text[0].value == "'first' False []"
    assert not app.exception


def test_a_browser_that_outlives_the_server_goes_on_with_its_text_and_runs_nothing_again() -> None:
    app = AppTest.from_function(small_app, default_timeout=120)
    app.session_state["init"] = {"submitted": {"text": "typed before", "push": "before", "run": 7}}
    assert app.run().text[0].value == "'typed before' False []"


def test_text_is_sent_as_utf_8_can_hold_it_and_python_can_compile_it() -> None:
    assert component._clean("a\ud83d\ude00b\udc80\ud800\0\r\nc\rd") == "a😀b\ufffd\ufffd\ufffd\nc\nd"
    assert component._lines("one\ntwo\u202e\x1b[0m") == "one\ntwo\\u202e\\u001b[0m"
    assert component._lines("line\n" * 40).count("\n") == 12
