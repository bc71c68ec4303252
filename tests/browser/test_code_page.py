"""The Code page in a real browser: what is written is run, kept and sent on, and an endless loop is stopped."""

import pytest
import torch
from playwright.sync_api import Browser, Page, expect

from core.code.templates import INITS
from core.recipe import link
from core.recipe.steps import Custom
from core.replaying.replay import replay
from tests.browser.pressing import WAYS, touching_page
from tests.browser.reading import recipe_of
from tests.running import choose, click, open_page, settle, stranger, visit


def write(page: Page, code: str) -> None:
    """Replace what is in the editor as a person pastes, and run it."""
    page.locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(code)
    page.keyboard.press("Control+Enter")


def test_in_a_browser_the_lessons_init_zeroes_about_half_and_the_link_gives_the_same_bytes(
    dashboard: str, browser: Browser
) -> None:
    page = open_page(browser, f"{dashboard}/custom")
    write(page, INITS[0].code)
    expect(page.get_by_text("2 of 4 tensors touched")).to_be_visible()
    settle(page)
    recipe = recipe_of(page)
    zeros = int((replay(recipe).get_parameter("0.weight") == 0).sum())
    assert 6 <= zeros <= 26
    expect(page.get_by_text(f"zeros 0 → {zeros}").first).to_be_visible()
    page.reload()
    settle(page)
    expect(page.get_by_text(f"zeros 0 → {zeros}").first).to_be_visible()
    other = stranger(browser, page.url)
    click(other, "run_foreign")
    expect(other.get_by_text(f"zeros 0 → {zeros}").first).to_be_visible()
    assert recipe_of(other) == recipe
    once, twice = (replay(link.decode(link.encode(recipe))).state_dict() for _ in range(2))
    assert all(torch.equal(tensor, twice[name]) for name, tensor in once.items())


def test_in_a_browser_an_endless_loop_is_stopped_and_the_page_goes_on(dashboard: str, browser: Browser) -> None:
    page = open_page(browser, f"{dashboard}/custom")
    before = recipe_of(page)
    write(page, "def f(m):\n    while True:\n        pass\n")
    page.locator("[class*=st-key-stop_] button").click()
    expect(page.get_by_role("alert")).to_contain_text("Stopped")
    settle(page)
    assert recipe_of(page) == before
    write(page, INITS[1].code)
    expect(page.get_by_text("4 of 4 tensors touched")).to_be_visible()


@pytest.mark.parametrize("way", WAYS)
def test_in_a_browser_a_run_has_the_seed_that_was_just_typed(dashboard: str, browser: Browser, way: str) -> None:
    page = touching_page(browser, f"{dashboard}/custom")
    seed = page.locator(".st-key-code_seed input")
    seed.click()
    page.keyboard.press("Control+a")
    page.keyboard.type("501")
    WAYS[way](page, seed, page.get_by_role("button", name="Run", exact=False).and_(page.locator(".run")))
    expect(page.get_by_text("2 of 4 tensors touched")).to_be_visible()
    settle(page)
    step = recipe_of(page).steps[-1]
    assert isinstance(step, Custom)
    assert step.seed == 501
    page.context.close()


def test_in_a_browser_code_not_yet_run_is_in_the_address_and_is_not_run_there(dashboard: str, browser: Browser) -> None:
    page = open_page(browser, f"{dashboard}/custom")
    page.locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text("def mine(m):\n    print('só')")
    visit(page, "Weights")
    other = stranger(browser, page.url)
    assert recipe_of(other) == recipe_of(page)
    visit(other, "Code")
    expect(other.locator(".cm-line")).to_have_text(["def mine(m):", "    print('só')"])
    expect(other.get_by_text("it has not run")).to_be_visible()
    other.keyboard.press("Control+Enter")
    expect(other.get_by_text("0 of 4 tensors touched")).to_be_visible()
    expect(other.get_by_text("it has not run")).to_be_hidden()


def test_in_a_browser_a_template_asks_before_it_replaces_what_was_written(dashboard: str, browser: Browser) -> None:
    page = open_page(browser, f"{dashboard}/custom")
    lines = page.locator(".cm-line")
    lines.first.wait_for()
    choose(page, "init_template", INITS[1].title)
    expect(lines.first).to_have_text("def init_normal(m):")
    page.locator(".cm-content").click()
    page.keyboard.press("Control+Home")
    page.keyboard.type("# mine\n")
    choose(page, "init_template", INITS[2].title)
    expect(lines.first).to_have_text("# mine")
    click(page, "init_code_keep")
    expect(lines.first).to_have_text("# mine")
    assert "template=init_normal" in page.url
    choose(page, "init_template", INITS[2].title)
    click(page, "init_code_replace")
    expect(lines.first).to_have_text("def init_constant(m):")
    page.locator(".cm-content").focus()
    page.keyboard.press("Control+z")
    expect(lines.first).to_have_text("# mine")


def test_in_a_browser_the_editors_script_is_fetched_once(dashboard: str, browser: Browser) -> None:
    page = open_page(browser, f"{dashboard}/custom")
    page.locator(".cm-content").wait_for()
    page.reload()
    page.locator(".cm-content").wait_for()
    sizes = (
        "() => performance.getEntriesByType('resource').filter(e => /editor-/.test(e.name)).map(e => e.transferSize)"
    )
    assert set(page.evaluate(sizes)) == {0}
