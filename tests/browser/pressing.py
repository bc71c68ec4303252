"""The ways in which a person has a button act on a field that was just typed in."""

from collections.abc import Callable

from playwright.sync_api import Browser, Locator, Page

from tests.running import settle


def _held(milliseconds: int) -> Callable[[Page, Locator, Locator], None]:
    def press(_page: Page, _field: Locator, button: Locator) -> None:
        button.click(delay=milliseconds)

    return press


def _ctrl_enter(_page: Page, field: Locator, _button: Locator) -> None:
    field.press("Control+Enter")


def _enter(_page: Page, field: Locator, _button: Locator) -> None:
    field.press("Enter")


def _tap(_page: Page, _field: Locator, button: Locator) -> None:
    button.tap()


#: Each takes the page, the field that has the focus, and the button.
WAYS: dict[str, Callable[[Page, Locator, Locator], None]] = {
    "a press of 1 ms": _held(1),
    "a press of 60 ms": _held(60),
    "a press of 400 ms": _held(400),
    "Ctrl+Enter": _ctrl_enter,
    "Enter": _enter,
    "touch": _tap,
}


def touching_page(browser: Browser, url: str) -> Page:
    """A tab with mouse, keyboard and touch, 1280 × 720, once its page is drawn."""
    page = browser.new_context(viewport={"width": 1280, "height": 720}, has_touch=True).new_page()
    page.goto(url)
    settle(page)
    return page
