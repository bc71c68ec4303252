"""A small app that shows the code editor, and a page of it that the tests of a file share."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from pages import gate
from tests import running
from tests.browser.code_editor.editing import MY_INIT, field

_DOCUMENT = Path(gate.__file__).with_name("document.js")
APP = f"""
import time

import streamlit as st

from pages.components.code_editor import code_editor

st.set_page_config(layout="wide")
state = st.session_state
state.setdefault("heard", [])
state.setdefault("choice", [{MY_INIT!r}, 0])
state.setdefault("last", "")
state.runs = state.get("runs", 0) + 1


def editor():
    left, right = st.columns([3, 2])
    with right:
        again = st.button("again", key="again")
        if st.button("template", key="template"):
            state.choice = ["template = 1\\n", state.runs]
        if st.button("long", key="long"):
            state.choice = ["".join(f"x{{i}} = {{i}}\\n" for i in range(1400)), state.runs]
        st.toggle("broken", key="broken")
        slow = st.toggle("slow", key="slow")
        st.toggle("busy", key="busy")
        seed = st.number_input("Seed", 0, 1000, 7, key="seed")
    with left:
        if "above" in state.last:
            st.info("something new above")
        failure = {{"sentence": "Line 3: <b>not</b> defined", "line": 3, "printed": ""}} if state.broken else None
        text, version = state.choice
        got = code_editor(text, key="init", version=version, failure=failure, run_label="Run it", fields=("seed",))
        state.heard = [*state.heard, *([f"{{seed}}:{{got.text}}"] if got.run else [])]
        if "above" in got.text and got.text != state.last:
            state.last = got.text
            st.rerun()
    if slow:
        time.sleep(0.4)
    if again and state.busy:
        time.sleep(1)
    right.text(f"runs {{state.runs}} heard {{len(state.heard)}} run {{got.run}}")
    right.text(f"got {{got.text[-40:]!a}}")
    right.text(f"{{len(got.text)}} characters, last run {{(state.heard or ['none'])[-1][-40:]!a}}")
    if again:
        right.text(f"again with {{got.text[-40:]!a}}")


def other():
    st.text("nothing here")


def kept():
    st.text(f"kept {{state['init:memory']['text'][-40:]!a}}")


pages = [st.Page(editor, title="Editor", default=True), st.Page(other, title="Other"), st.Page(kept, title="Kept")]
st.navigation(pages).run()
"""


@pytest.fixture(scope="package")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    script = tmp_path_factory.mktemp("code_editor") / "app.py"
    script.write_text(APP)
    with running.server(script) as url:
        yield url


@pytest.fixture(scope="module")
def tab(browser: Browser, app: str) -> Iterator[tuple[Page, list[str]]]:
    """The app in a page whose document is Paramscope's, and what that page complains about."""
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    page.add_init_script(f"(() => {{ {_DOCUMENT.read_text('utf-8')} }})()")
    page.goto(app)
    running.settle(page)
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    yield page, complaints
    page.close()


@pytest.fixture
def page(tab: tuple[Page, list[str]]) -> Iterator[Page]:
    """The app with the caret in the editor, in a session that may have seen other tests."""
    page, complaints = tab
    field(page).focus()
    yield page
    assert complaints == []


@pytest.fixture
def new_session(page: Page) -> None:
    """The script has run once, and nobody has done anything."""
    page.reload()
    running.settle(page)
    field(page).focus()
