"""Enter in a field does what its button does, with what was just typed."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.running import open_page, rerun, server, settle


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with server(Path(__file__).parent / "enter_page.py") as address:
        yield address


@pytest.fixture
def page(browser: Browser, url: str) -> Page:
    return open_page(browser, url)


def _noted(page: Page, *presses: list[object]) -> None:
    settle(page)
    expect(page.get_by_text("noted:")).to_have_text(f"noted: {list(presses)}")


def test_enter_presses_with_what_was_just_typed(page: Page) -> None:
    for label, typed in (("Name", "b"), ("Count", "7")):
        page.get_by_label(label).fill(typed)
        rerun(page, partial(page.get_by_label(label).press, "Enter"))
    _noted(page, ["b", 1, "red"], ["b", 7, "red"])


def test_enter_presses_again_when_nothing_was_typed_since(page: Page) -> None:
    for _ in range(2):
        rerun(page, lambda: page.get_by_label("Name").press("Enter"))
    _noted(page, ["a", 1, "red"], ["a", 1, "red"])


def test_a_refused_number_is_not_acted_on(page: Page) -> None:
    page.get_by_label("Count").fill("-7")
    page.get_by_label("Count").press("Enter")
    _noted(page)


def test_fields_where_enter_has_another_meaning_keep_it(page: Page) -> None:
    page.get_by_label("Kind").fill("green")
    page.get_by_label("Kind").press("Enter")
    page.get_by_label("Remark").fill("one")
    page.get_by_label("Remark").press("Enter")
    page.get_by_label("Elsewhere").fill("x")
    page.get_by_label("Elsewhere").press("Enter")
    page.get_by_label("Name").press("Shift+Enter")
    _noted(page)


def test_a_disabled_button_is_not_pressed(page: Page) -> None:
    page.get_by_label("Name").fill("off")
    rerun(page, page.get_by_label("Elsewhere").focus)
    expect(page.get_by_role("button", name="Note off")).to_be_disabled()
    page.get_by_label("Name").press("Enter")
    _noted(page)


def test_the_component_takes_no_room(page: Page) -> None:
    assert page.locator(".st-key-enter-note").evaluate("place => place.getBoundingClientRect().height") == 0
