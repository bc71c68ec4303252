"""A click on a page link, or Back, right after typing: the page is there, and so is what was typed."""

import re
from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from core.recipe import link
from core.recipe.recipe import Recipe
from tests.browser.pressing import touching_page
from tests.browser.reading import recipe_of
from tests.running import press, rerun, settle

_QUICK: dict[str, Callable[[Locator], None]] = {
    "mouse": lambda target: target.click(delay=1),
    "touch": lambda target: target.tap(),
}


def _opened(browser: Browser, dashboard: str, path: str) -> Page:
    page = touching_page(browser, f"{dashboard}/{path}?{urlencode({'recipe': link.encode(Recipe('mlp'))})}")
    page.locator("[data-testid=stSidebar]").get_by_text("Arguments and seed").click()
    expect(page.get_by_label("hidden", exact=True).first).to_be_visible()
    settle(page)
    return page


def _type(page: Page, label: str, text: str) -> None:
    field = page.get_by_label(label, exact=True).first
    field.click()
    field.press("Control+a")
    page.keyboard.type(text)


@pytest.mark.parametrize("way", _QUICK)
@pytest.mark.parametrize(
    ("path", "label", "text"),
    [
        ("", "hidden", "16"),
        ("edit", "seed", "5"),
        ("initialize", "gain", "3"),
        ("edit", "Formula on w", "w[0, 0] = 9"),
        ("tying", "Training steps", "12"),
    ],
)
def test_a_link_pressed_right_after_typing_leads_there_and_what_was_typed_is_kept(
    browser: Browser, dashboard: str, path: str, label: str, text: str, way: str
) -> None:
    page = _opened(browser, dashboard, path)
    if path == "tying":
        press(page, page.get_by_role("radio", name="Training"))
    _type(page, label, text)
    _QUICK[way](page.get_by_role("link", name="Modules"))
    expect(page).to_have_url(re.compile("/modules"))
    settle(page)
    if path:
        press(page, page.get_by_role("link", name=path.capitalize()))
    expect(page.get_by_label(label, exact=True).first).to_have_value(text)


def test_back_pressed_right_after_typing_leads_there_and_what_was_typed_is_kept(
    browser: Browser, dashboard: str
) -> None:
    page = _opened(browser, dashboard, "modules")
    press(page, page.get_by_role("link", name="Edit"))
    _type(page, "seed", "5")
    rerun(page, page.go_back)
    expect(page.get_by_role("heading", name="Modules")).to_be_visible()
    rerun(page, page.go_forward)
    expect(page.get_by_label("seed", exact=True).first).to_have_value("5")


def test_the_logo_is_such_a_link(browser: Browser, dashboard: str) -> None:
    page = _opened(browser, dashboard, "edit")
    _type(page, "hidden", "32")
    page.get_by_role("button", name="Navigate to home page").click(delay=1)
    expect(page.get_by_role("heading", name="Weights")).to_be_visible()
    settle(page)
    assert dict(recipe_of(page).arguments)["hidden"] == 32
