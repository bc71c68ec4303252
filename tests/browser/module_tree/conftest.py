"""A small app that shows trees of the module tree's component, and opening it."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests import running

APP = """
import streamlit as st

from core.module.tree_rows import tree_rows
from pages.components.module_tree import module_tree
from tests import trees as models

st.set_page_config(layout="wide")


@st.cache_resource
def rows_of(name, peak):
    node = getattr(models, name)()
    return tree_rows(node, models.sparks(tree_rows(node, {}), peak))


state = st.session_state
state.setdefault("chosen", None)
state.setdefault("peak", 9)
state.runs = state.get("runs", 0) + 1
rows_of("big", 9)
left, right = st.columns([int(st.query_params.get("width", 760)), 300], gap="small")
with right:
    name = st.radio("model", ["blocks", "convolutions", "hostile", "big"], key="model", bind="query-params")
    st.button("again", key="again")
    if st.button("new values", key="new"):
        state.peak += 1
    if st.button("pick", key="pick"):
        state.chosen = "0.block3.2.bias"
    hidden = st.toggle("hide", key="hide")
with left:
    if not hidden:
        state.chosen = module_tree(rows_of(name, state.peak), state.chosen, key="tree", height=560)
right.text(f"chosen {state.chosen!a}"[:80])
right.text(f"runs {state.runs}")
"""


@pytest.fixture(scope="package")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    script = tmp_path_factory.mktemp("module_tree") / "app.py"
    script.write_text(APP)
    with running.server(script) as url:
        yield url


@pytest.fixture
def show(browser: Browser, app: str) -> Iterator[Callable[..., Page]]:
    """Opens the app in a session of its own; what the page complains about fails the test."""
    complaints: list[str] = []

    def opened(**query: object) -> Page:
        url = f"{app}/?{'&'.join(f'{key}={value}' for key, value in query.items())}"
        page = running.open_page(browser, url, size=(1280, 720))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        return page

    yield opened
    assert complaints == []
