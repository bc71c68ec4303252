"""The module tree: its rows, what it sends to the browser, and the component in a real Chromium."""

import json
import math
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from streamlit.testing.v1 import AppTest

from core.module.tree_rows import tree_rows
from core.questions.model import ModuleNode, TensorInfo, TreeRow
from pages.components import module_tree as component

ROOT = Path(__file__).parents[2]
HTML_NAME = "<img src=x onerror=document.title='hacked'><b id=bold>bold</b>"


def tensor(name: str, shape: tuple[int, ...] | None, **changes: Any) -> TensorInfo:
    facts: dict[str, Any] = {
        "name": name,
        "kind": "parameter",
        "shape": shape,
        "dtype": "float32",
        "device": "cpu",
        "numel": math.prod(shape or (0,)),
        "trainable": True,
        "lazy": shape is None,
        "persistent": True,
        "tied_with": (),
    }
    return TensorInfo(**(facts | changes))


def module(name: str, type_name: str, *parts: TensorInfo | ModuleNode, **changes: Any) -> ModuleNode:
    tensors = [part for part in parts if isinstance(part, TensorInfo)]
    children = tuple(part for part in parts if isinstance(part, ModuleNode))
    parameters = tuple(part for part in tensors if part.kind == "parameter")
    facts: dict[str, Any] = {
        "name": name,
        "type_name": type_name,
        "training": True,
        "parameters": parameters,
        "buffers": tuple(part for part in tensors if part.kind == "buffer"),
        "children": children,
        "num_parameters": sum(p.numel for p in parameters) + sum(c.num_parameters for c in children),
        "shared_with": (),
    }
    return ModuleNode(**(facts | changes))


def linear(name: str, fan_in: int, fan_out: int) -> ModuleNode:
    return module(name, "Linear", tensor(f"{name}.weight", (fan_out, fan_in)), tensor(f"{name}.bias", (fan_out,)))


def blocks() -> ModuleNode:
    """The lesson's nested blocks: 18 tensors, 309 parameters."""
    return module(
        "",
        "Sequential",
        module(
            "0",
            "Sequential",
            *(
                module(
                    f"0.block{b}",
                    "Sequential",
                    linear(f"0.block{b}.0", 4, 8),
                    module(f"0.block{b}.1", "ReLU"),
                    linear(f"0.block{b}.2", 8, 4),
                    module(f"0.block{b}.3", "ReLU"),
                )
                for b in range(4)
            ),
        ),
        linear("1", 4, 1),
    )


def convolutions() -> ModuleNode:
    """Long names, long types and long shapes."""
    attention = "decoder.layers.0.self_attn"
    return module(
        "",
        "Net",
        module(
            "stage",
            "Sequential",
            module("stage.conv", "Conv2d", tensor("stage.conv.weight", (128, 128, 3, 3), trainable=False)),
            module(
                "stage.norm",
                "BatchNorm2d",
                tensor("stage.norm.weight", (128,)),
                tensor("stage.norm.running_mean", (128,), kind="buffer"),
                tensor("stage.norm.num_batches_tracked", (), kind="buffer", dtype="int64"),
            ),
        ),
        module(
            "decoder",
            "TransformerDecoder",
            module(
                "decoder.layers",
                "ModuleList",
                module(
                    "decoder.layers.0",
                    "TransformerDecoderLayer",
                    module(
                        attention,
                        "MultiheadAttention",
                        tensor(f"{attention}.in_proj_weight", (768, 256), tied_with=("head.weight",)),
                        module(
                            f"{attention}.out_proj",
                            "NonDynamicallyQuantizableLinear",
                            tensor(f"{attention}.out_proj.weight", (256, 256)),
                        ),
                    ),
                ),
            ),
        ),
    )


def hostile() -> ModuleNode:
    return module(
        "",
        "Odd",
        tensor(HTML_NAME, (3,)),
        tensor("**bold** `code` $x$", (2,)),
        tensor("lone\ud800surrogate", (2,)),
        tensor("n" * 300, (2, 2), tied_with=(HTML_NAME,)),
        tensor("flip\u202eped", (2,)),
        module("child", "<i id=type>type</i>"),
    )


def big() -> ModuleNode:
    """20,000 tensors."""
    layers = (
        module(f"layers.{a}", "Block", *(linear(f"layers.{a}.fc{b}", 64, 64) for b in range(100))) for a in range(100)
    )
    return module("", "Net", module("layers", "ModuleList", *layers))


def sparks(rows: tuple[TreeRow, ...], peak: int = 9) -> dict[str, tuple[float, ...]]:
    bell = tuple(math.exp(-(((bar - peak) / 4) ** 2)) for bar in range(20))
    return {row.name: bell for row in rows if row.kind == "parameter" and row.count > 1}


# ---- rows ----


def test_rows_put_a_module_before_its_parameters_its_buffers_and_its_children() -> None:
    root = module(
        "",
        "Net",
        tensor("scale", (2,), tied_with=("a.w",)),
        tensor("steps", (), kind="buffer", dtype="torch.int64", persistent=False),
        module("a", "Linear", tensor("a.w", (2, 3), trainable=False), shared_with=("b", "c")),
        module("late", "LazyLinear", tensor("late.weight", None), training=False),
    )
    rows = tree_rows(root, {"a.w": (0.5, 1.0)})
    assert [(row.id, row.depth, row.label, row.kind) for row in rows] == [
        ("", 0, "net", "module"),
        ("scale", 1, "scale", "parameter"),
        ("steps", 1, "steps", "buffer"),
        ("a", 1, "a", "module"),
        ("a.w", 2, "w", "parameter"),
        ("late", 1, "late", "module"),
        ("late.weight", 2, "weight", "parameter"),
    ]
    by_id = {row.id: row for row in rows}
    assert (by_id[""].type_name, by_id[""].count, by_id[""].shape) == ("Net", 8, "")
    assert (by_id["scale"].badges, by_id["scale"].detail) == (("tied",), "also a.w")
    assert (by_id["steps"].type_name, by_id["steps"].shape, by_id["steps"].dtype) == ("buffer", "()", "int64")
    assert by_id["steps"].badges == ("not saved",)
    assert (by_id["a"].badges, by_id["a"].detail) == (("shared",), "also b, c")
    assert (by_id["a.w"].badges, by_id["a.w"].spark, by_id["a.w"].shape) == (("frozen",), (0.5, 1.0), "(2, 3)")
    assert by_id["late"].badges == ("eval",)
    assert (by_id["late.weight"].badges, by_id["late.weight"].shape) == (("lazy",), "(?)")


def test_a_mode_is_a_badge_only_where_it_changes() -> None:
    inner = module("a.b", "Dropout", training=False)
    root = module("", "Net", module("a", "Block", inner, training=False), training=False)
    assert [row.badges for row in tree_rows(root, {})] == [("eval",), (), ()]


def test_long_lists_of_names_are_counted() -> None:
    (_, row) = tree_rows(module("", "Net", tensor("w", (1,), tied_with=tuple("abcdefg"))), {})
    assert row.detail == "also a, b, c, d and 3 more"


def test_a_dotted_child_name_is_one_label_and_ids_stay_unique() -> None:
    root = module(
        "", "Net", module("a", "Block", module("a.b", "Inner")), module("a.b", "Other", tensor("a.b.c.d", (1,)))
    )
    rows = tree_rows(root, {})
    assert [row.label for row in rows] == ["net", "a", "b", "a.b", "c.d"]
    assert len({row.id for row in rows}) == len(rows)
    assert [row.name for row in rows] == ["", "a", "a.b", "a.b", "a.b.c.d"]


def test_nesting_beyond_the_recursion_limit() -> None:
    node = module(".".join("m" * 3000), "Leaf")
    for depth in range(2999, -1, -1):
        node = module(".".join("m" * depth), "Nest", node)
    rows = tree_rows(node, {})
    assert [row.depth for row in rows] == list(range(3001))


# ---- what is sent ----


def test_columns_carry_only_what_the_browser_cannot_work_out() -> None:
    rows = tree_rows(big(), {})
    columns = component._columns(rows)
    assert columns["names"] == {0: ""}
    assert columns["ids"] == {}
    assert len(json.dumps(columns)) < 25 * len(rows)


def test_unusual_names_and_dtypes_are_sent() -> None:
    rows = tree_rows(hostile(), {})
    columns = component._columns(rows)
    text = json.dumps(columns, ensure_ascii=False)
    assert "\ud800" not in text
    assert "\u202e" not in columns["labels"][5]
    rows = tree_rows(convolutions(), {})
    columns = component._columns(rows)
    assert columns["dtype"] == "float32"
    assert list(columns["dtypes"].values()) == ["int64"]


def test_a_bar_that_is_not_empty_is_not_sent_as_empty() -> None:
    assert component._spark((0.0, 1e-9, 0.5, 1.0, 2.0, math.nan)) == "01izz0"


def small_app() -> None:
    import streamlit as st

    from core.module.tree_rows import tree_rows
    from pages.components.module_tree import module_tree
    from tests.browser.test_module_tree import blocks

    rows = tree_rows(blocks(), {})
    if st.button("bias", key="bias"):
        st.session_state.chosen = "1.bias"
    st.session_state.setdefault("chosen", None)
    st.session_state.chosen = module_tree(rows, st.session_state.chosen, key="tree", height=400)
    st.text(repr(st.session_state.chosen))


def test_selection_without_a_browser() -> None:
    app = AppTest.from_function(small_app, default_timeout=20)
    assert app.run().text[0].value == "None"
    app.session_state["tree"] = {"selected": "0.block1.0.weight"}
    assert app.run().text[0].value == "'0.block1.0.weight'"
    app.button(key="bias").click().run()
    assert app.text[0].value == "'1.bias'"
    app.session_state["tree"] = {"selected": "no such row"}
    assert app.run().text[0].value == "None"


# ---- in the browser ----

APP = """
import streamlit as st

from core.module.tree_rows import tree_rows
from pages.components.module_tree import module_tree
from tests.browser import test_module_tree as models

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


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("module_tree")
    (folder / "app.py").write_text(APP)
    (folder / ".streamlit").mkdir()
    config = (ROOT / ".streamlit" / "config.toml").read_text()
    (folder / ".streamlit" / "config.toml").write_text(config)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = {"headless": "true", "port": str(port), "address": "127.0.0.1"}
    command = [sys.executable, "-m", "streamlit", "run", "app.py"]
    command += [part for key, value in options.items() for part in (f"--server.{key}", value)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until(lambda: answers(f"{url}/_stcore/health"), seconds=60)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=20)


def answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=2) as response:
            return bool(response.status == 200)
    except (URLError, OSError):
        return False


def wait_until(holds: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.05)


@pytest.fixture
def show(browser: Browser, server: str) -> Iterator[Callable[..., Page]]:
    """Opens the app in a page of its own; what the page complains about fails the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    complaints: list[str] = []

    def open_page(**query: object) -> Page:
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
        page.goto(f"{server}/?{'&'.join(f'{key}={value}' for key, value in query.items())}")
        page.locator(".tree .row").first.wait_for()
        at_rest(page)
        return page

    yield open_page
    context.close()
    assert complaints == []


def at_rest(page: Page) -> None:
    """Wait for a run that an action has started, if it has, and for its end."""
    page.wait_for_timeout(250)
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()


def labels(page: Page) -> list[str]:
    return page.locator(".tree .row .label").all_inner_texts()


def row(page: Page, name: str) -> Locator:
    """The row whose qualified name this is."""
    return page.locator(".tree .row").filter(has=page.locator(f".label[title='{name}']"))


def chosen(page: Page, value: str) -> None:
    expect(page.get_by_text(f"chosen {value}")).to_be_visible()


def search(page: Page, query: str) -> None:
    page.get_by_label("Search name, type or shape").fill(query)


@pytest.mark.browser
def test_a_tree_is_open_and_says_what_it_shows(show: Callable[..., Page]) -> None:
    page = show()
    assert labels(page)[:6] == ["net", "0", "block0", "0", "weight", "bias"]
    weight = row(page, "0.block0.0.weight")
    assert weight.locator("[role=gridcell]").all_inner_texts() == ["weight", "Parameter", "(8, 4)", "32", ""]
    assert (weight.locator(".values path").get_attribute("d") or "").count("M") == 20
    assert weight.get_attribute("aria-level") == "5"
    assert weight.get_attribute("aria-expanded") is None
    assert row(page, "0.block0").get_attribute("aria-expanded") == "true"
    assert page.locator(".tree [role=treegrid]").get_attribute("aria-rowcount") == "42"
    expect(page.locator(".tree .found")).to_have_text("18 tensors")


@pytest.mark.browser
def test_folding_by_triangle_double_click_and_buttons(show: Callable[..., Page]) -> None:
    page = show()
    row(page, "0.block0").locator(".fold").click()
    assert labels(page)[:4] == ["net", "0", "block0", "block1"]
    assert row(page, "0.block0").get_attribute("aria-expanded") == "false"
    row(page, "0.block1").dblclick()
    assert labels(page)[:5] == ["net", "0", "block0", "block1", "block2"]
    chosen(page, "'0.block1'")
    page.get_by_role("button", name="Collapse all").click()
    assert labels(page) == ["net", "0", "1"]
    page.get_by_role("button", name="Expand all").click()
    assert labels(page)[:6] == ["net", "0", "block0", "0", "weight", "bias"]


@pytest.mark.browser
def test_search(show: Callable[..., Page]) -> None:
    page = show()
    found = page.locator(".tree .found")
    search(page, "block1 weight")
    expect(found).to_have_text("2 of 18 tensors")
    assert labels(page) == ["net", "0", "block1", "0", "weight", "2", "weight"]
    assert page.locator(".tree mark").all_inner_texts() == ["block1", "weight", "weight"]
    search(page, "(8, 4)")
    expect(found).to_have_text("4 of 18 tensors")
    assert set(page.locator(".tree mark").all_inner_texts()) == {"(8, 4)"}
    search(page, "(8,4")
    expect(found).to_have_text("4 of 18 tensors")
    search(page, "LINEAR bias")
    expect(found).to_have_text("9 of 18 tensors")
    search(page, "relu")
    expect(found).to_have_text("8 of 23 modules")
    search(page, "xyz[")
    expect(page.locator(".tree .none")).to_have_text("no module, type or shape matches 'xyz['")
    expect(found).to_have_text("0 of 18 tensors")
    page.keyboard.press("Escape")
    expect(found).to_have_text("18 tensors")
    expect(page.get_by_label("Search name, type or shape")).to_have_value("")
    assert len(labels(page)) > 20


@pytest.mark.browser
def test_a_module_that_was_found_can_be_opened(show: Callable[..., Page]) -> None:
    page = show(model="convolutions")
    search(page, "batchnorm2d")
    assert labels(page) == ["net", "stage", "norm", "weight", "running_mean", "num_batches_tracked"]
    search(page, "transformerdecoderlayer")
    assert labels(page) == ["net", "decoder", "layers", "0"]
    row(page, "decoder.layers.0").locator(".fold").click()
    assert labels(page) == ["net", "decoder", "layers", "0", "self_attn"]
    search(page, "tied")
    assert labels(page)[-1] == "in_proj_weight"
    expect(page.locator(".tree .badge mark")).to_have_text("tied")


@pytest.mark.browser
def test_typing_a_search_does_not_trigger_streamlit_shortcuts(show: Callable[..., Page]) -> None:
    page = show()
    page.get_by_label("Search name, type or shape").click()
    page.keyboard.type("rc")
    at_rest(page)
    expect(page.get_by_text("runs 1")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)


@pytest.mark.browser
def test_arrow_keys(show: Callable[..., Page]) -> None:
    page = show()
    assert page.locator(".tree .row[tabindex='0']").count() == 1
    page.get_by_label("Search name, type or shape").click()
    page.keyboard.press("ArrowDown")
    expect(page.locator(".tree .row:focus .label")).to_have_text("net")

    def press(keys: str) -> str:
        for key in keys.split():
            page.keyboard.press(key)
        focused = page.locator(".tree .row:focus")
        assert focused.get_attribute("aria-selected") == "true"
        assert focused.get_attribute("tabindex") == "0"
        assert page.locator(".tree .row[tabindex='0']").count() == 1
        return focused.locator(".label").get_attribute("title") or "net"

    assert press("ArrowDown ArrowDown") == "0.block0"
    assert press("ArrowLeft") == "0.block0"
    assert labels(page)[:4] == ["net", "0", "block0", "block1"]
    assert press("ArrowDown ArrowUp ArrowRight") == "0.block0"
    assert press("ArrowRight") == "0.block0.0"
    assert press("Enter") == "0.block0.0"
    assert row(page, "0.block0.0").get_attribute("aria-expanded") == "false"
    assert press("ArrowLeft ArrowLeft ArrowLeft") == "0"
    assert press("End") == "1.bias"
    expect(row(page, "1.bias")).to_be_in_viewport()
    chosen(page, "'1.bias'")
    assert press("ArrowDown") == "1.bias"
    assert press("Home ArrowUp") == "net"
    chosen(page, "''")


@pytest.mark.browser
def test_a_click_selects_once_and_python_can_select_too(show: Callable[..., Page]) -> None:
    page = show()
    row(page, "0.block0.0.bias").click()
    chosen(page, "'0.block0.0.bias'")
    expect(page.get_by_text("runs 2")).to_be_visible()
    row(page, "0.block0.0.bias").click()
    at_rest(page)
    expect(page.get_by_text("runs 2")).to_be_visible()

    page.get_by_role("button", name="Collapse all").click()
    page.get_by_role("button", name="pick").click()
    chosen(page, "'0.block3.2.bias'")
    expect(row(page, "0.block3.2.bias")).to_have_attribute("aria-selected", "true")
    expect(row(page, "0.block3.2.bias")).to_be_in_viewport()
    page.get_by_role("button", name="again").click()
    at_rest(page)
    chosen(page, "'0.block3.2.bias'")

    row(page, "0.block3.2").click()
    chosen(page, "'0.block3.2'")
    page.get_by_role("button", name="pick").click()
    chosen(page, "'0.block3.2.bias'")
    assert page.locator(".tree .row[aria-selected=true]").count() == 1


@pytest.mark.browser
def test_names_are_text_whatever_they_contain(show: Callable[..., Page]) -> None:
    page = show(model="hostile")
    assert labels(page)[1:4] == [HTML_NAME, "**bold** `code` $x$", "lone\\ud800surrogate"]
    assert page.locator(".tree :is(#bold, #type, img, b, i)").count() == 0
    assert page.title() != "hacked"
    long = page.locator(".tree .label").nth(4)
    assert (long.get_attribute("title") or "").startswith("n" * 300)
    assert long.evaluate("e => e.scrollWidth > e.clientWidth && e.closest('.row').clientHeight < 40")
    expect(page.locator(".tree .badge")).to_be_visible()
    search(page, "<b id=bold>")
    assert labels(page) == ["net", HTML_NAME]
    search(page, "")
    page.locator(".tree .row").nth(3).click()
    chosen(page, "'lone\\ud800surrogate'")


@pytest.mark.browser
def test_folds_search_scroll_and_selection_survive_reruns(show: Callable[..., Page]) -> None:
    page = show()
    pane = page.locator(".tree .pane")
    row(page, "0.block0.0").locator(".fold").click()
    row(page, "0.block1").click()
    pane.evaluate("e => { e.scrollTop = 200; e.mark = 'same element'; }")
    at_rest(page)
    shown = labels(page)
    bars = row(page, "0.block1.0.weight").locator(".values path")
    before = bars.get_attribute("d")
    for _ in range(3):
        page.get_by_role("button", name="new values").click()
        at_rest(page)
    assert bars.get_attribute("d") != before
    assert pane.evaluate("e => [e.scrollTop, e.mark]") == [200, "same element"]
    assert labels(page) == shown
    expect(page.get_by_text("runs 5")).to_be_visible()
    row(page, "0.block1.0.bias").click()  # were handlers stacked, one click would be several
    chosen(page, "'0.block1.0.bias'")
    at_rest(page)
    expect(page.get_by_text("runs 6")).to_be_visible()

    search(page, "bias")
    page.get_by_role("button", name="new values").click()
    at_rest(page)
    expect(page.locator(".tree .found")).to_have_text("9 of 18 tensors")

    hide = page.get_by_text("hide", exact=True)
    hide.click()
    expect(pane).to_have_count(0)
    hide.click()
    expect(page.locator(".tree .found")).to_have_text("9 of 18 tensors")
    expect(row(page, "0.block1.0.bias")).to_have_attribute("aria-selected", "true")
    chosen(page, "'0.block1.0.bias'")


@pytest.mark.browser
def test_twenty_thousand_tensors_are_usable_within_two_seconds(show: Callable[..., Page]) -> None:
    page = show()
    start = time.monotonic()
    page.get_by_text("big", exact=True).click()
    expect(page.locator(".tree .found")).to_have_text("20,000 tensors")
    search(page, "layers.99 fc99 weight")
    expect(page.locator(".tree .found")).to_have_text("1 of 20,000 tensors")
    assert time.monotonic() - start < 2

    page.keyboard.press("Escape")
    assert labels(page)[:4] == ["net", "layers", "0", "1"]
    start = time.monotonic()
    page.get_by_role("button", name="Expand all").click()
    page.locator(".tree .pane").evaluate("e => { e.scrollTop = e.scrollHeight; }")
    expect(row(page, "layers.99.fc99.bias")).to_be_in_viewport()
    row(page, "layers.99.fc99.bias").click()
    chosen(page, "'layers.99.fc99.bias'")
    assert time.monotonic() - start < 2
    assert page.locator(".tree .row").count() < 60


@pytest.mark.browser
@pytest.mark.parametrize("model", ["blocks", "convolutions"])
def test_nothing_is_clipped_at_a_usual_width(show: Callable[..., Page], model: str) -> None:
    page = show(model=model, width=760)
    width = page.locator(".tree").evaluate("e => e.clientWidth")
    assert 700 < width < 900
    clipped = """cells => cells.filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.textContent)"""
    assert page.locator(".tree :is(.label, .badges, .type, .shape, .count, .head > div)").evaluate_all(clipped) == []
    overflow = "e => e.scrollWidth - e.clientWidth"
    assert page.locator(".tree .pane").evaluate(overflow) == 0


@pytest.mark.browser
def test_narrow_trees_drop_values_and_then_types(show: Callable[..., Page]) -> None:
    page = show()
    for width, values, types in ((640, True, True), (600, False, True), (500, False, False), (360, False, False)):
        page.locator(".tree").evaluate(f"e => {{ e.style.width = '{width}px'; }}")
        assert page.locator(".tree .head .values").is_visible() is values
        assert page.locator(".tree .head .type").is_visible() is types
        assert page.locator(".tree .pane").evaluate("e => e.scrollWidth - e.clientWidth") == 0
