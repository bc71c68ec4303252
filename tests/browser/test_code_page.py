"""The Code page in a real browser: what is written is run, and an endless loop is stopped."""

import torch
from playwright.sync_api import Browser, Page, expect

from core.code.templates import INITS
from core.recipe import link
from core.replaying.replay import replay
from tests.browser.reading import recipe_of
from tests.running import click, open_page, settle, stranger


def write(page: Page, code: str) -> None:
    """Replace what is in the editor as a person pastes, and run it."""
    field = page.locator("textarea").first
    field.click()
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
