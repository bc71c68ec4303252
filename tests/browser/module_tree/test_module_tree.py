"""The module tree in a real Chromium."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests import running
from tests.browser.reading import soon
from tests.trees import HTML_NAME


def labels(page: Page) -> list[str]:
    return page.locator(".tree .row .label").all_inner_texts()


def row(page: Page, name: str) -> Locator:
    """The row whose qualified name this is."""
    return page.locator(".tree .row").filter(has=page.locator(f".label[title='{name}']"))


def chosen(page: Page, value: str) -> None:
    expect(page.get_by_text(f"chosen {value}")).to_be_visible()


def click(page: Page, name: str) -> None:
    """Press a button of the app, and wait for the one run that it starts: what ran before it is then over too."""
    running.press(page, page.get_by_role("button", name=name))


def runs(page: Page, times: int) -> None:
    """The script has run so often, counting the run of a button that is pressed to make sure that none is to come."""
    click(page, "again")
    expect(page.get_by_text(f"runs {times + 1}", exact=True)).to_be_visible()


def search(page: Page, query: str) -> None:
    page.get_by_label("Search name, type or shape").fill(query)


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


def test_typing_a_search_does_not_trigger_streamlit_shortcuts(show: Callable[..., Page]) -> None:
    page = show()
    page.get_by_label("Search name, type or shape").click()
    page.keyboard.type("rc")
    expect(page.get_by_role("dialog")).to_have_count(0)
    runs(page, 1)


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


def test_a_click_selects_once_and_python_can_select_too(show: Callable[..., Page]) -> None:
    page = show()
    row(page, "0.block0.0.bias").click()
    chosen(page, "'0.block0.0.bias'")
    row(page, "0.block0.0.bias").click()
    runs(page, 2)

    page.get_by_role("button", name="Collapse all").click()
    click(page, "pick")
    chosen(page, "'0.block3.2.bias'")
    expect(row(page, "0.block3.2.bias")).to_have_attribute("aria-selected", "true")
    expect(row(page, "0.block3.2.bias")).to_be_in_viewport()
    click(page, "again")
    chosen(page, "'0.block3.2.bias'")

    row(page, "0.block3.2").click()
    chosen(page, "'0.block3.2'")
    click(page, "pick")
    chosen(page, "'0.block3.2.bias'")
    assert page.locator(".tree .row[aria-selected=true]").count() == 1


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


def test_folds_search_scroll_and_selection_survive_reruns(show: Callable[..., Page]) -> None:
    page = show()
    pane = page.locator(".tree .pane")
    row(page, "0.block0.0").locator(".fold").click()
    row(page, "0.block1").click()
    chosen(page, "'0.block1'")
    pane.evaluate("e => { e.scrollTop = 200; e.mark = 'same element'; }")
    shown = labels(page)
    bars = row(page, "0.block1.0.weight").locator(".values path")
    before = bars.get_attribute("d")
    for _ in range(3):
        click(page, "new values")
    assert bars.get_attribute("d") != before
    assert pane.evaluate("e => [e.scrollTop, e.mark]") == [200, "same element"]
    assert labels(page) == shown
    expect(page.get_by_text("runs 5", exact=True)).to_be_visible()
    row(page, "0.block1.0.bias").click()  # were handlers stacked, one click would be several
    chosen(page, "'0.block1.0.bias'")
    runs(page, 6)

    search(page, "bias")
    click(page, "new values")
    expect(page.locator(".tree .found")).to_have_text("9 of 18 tensors")

    hide = page.get_by_text("hide", exact=True)
    hide.click()
    expect(pane).to_have_count(0)
    hide.click()
    expect(page.locator(".tree .found")).to_have_text("9 of 18 tensors")
    expect(row(page, "0.block1.0.bias")).to_have_attribute("aria-selected", "true")
    chosen(page, "'0.block1.0.bias'")


def test_of_twenty_thousand_tensors_only_those_in_sight_are_elements_and_each_can_be_found(
    show: Callable[..., Page],
) -> None:
    page = show()
    page.get_by_text("big", exact=True).click()
    expect(page.locator(".tree .found")).to_have_text("20,000 tensors")
    assert page.locator(".tree .row").count() < 60
    search(page, "layers.99 fc99 weight")
    expect(page.locator(".tree .found")).to_have_text("1 of 20,000 tensors")
    page.keyboard.press("Escape")
    assert labels(page)[:4] == ["net", "layers", "0", "1"]
    page.get_by_role("button", name="Expand all").click()
    assert page.locator(".tree .row").count() < 60
    page.locator(".tree .pane").evaluate("e => { e.scrollTop = e.scrollHeight; }")
    expect(row(page, "layers.99.fc99.bias")).to_be_in_viewport()
    row(page, "layers.99.fc99.bias").click()
    chosen(page, "'layers.99.fc99.bias'")
    assert page.locator(".tree .row").count() < 60


@pytest.mark.parametrize("model", ["blocks", "convolutions"])
def test_nothing_is_clipped_at_a_usual_width(show: Callable[..., Page], model: str) -> None:
    page = show(model=model, width=760)
    width = page.locator(".tree").evaluate("e => e.clientWidth")
    assert 700 < width < 900
    clipped = """cells => cells.filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.textContent)"""
    cells = page.locator(".tree :is(.label, .badges, .type, .shape, .count, .head > div)")
    soon(page, lambda: cells.evaluate_all(clipped), [])
    soon(page, lambda: page.locator(".tree .pane").evaluate("e => e.scrollWidth - e.clientWidth"), 0)


def test_a_narrow_tree_keeps_every_column(show: Callable[..., Page]) -> None:
    page = show()
    shown = "cells => cells.every(e => e.clientWidth > 0)"
    over = "e => Math.sign(e.scrollWidth - e.clientWidth)"
    cut = "labels => labels.filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.textContent)"
    for width in (640, 600, 500, 440, 360):
        page.locator(".tree").evaluate(f"e => {{ e.style.width = '{width}px'; }}")
        soon(page, lambda: page.locator(".tree .head > div").evaluate_all(shown), True)
        soon(page, page.locator(".tree .track").first.is_visible, width > 624)
        scrolls = 0 if width >= 440 else 1  # on a phone what does not fit is scrolled to
        soon(page, lambda: page.locator(".tree .pane").evaluate(over), scrolls)
        soon(page, lambda: page.locator(".tree .row :is(.label, .type, .shape)").evaluate_all(cut), [])
