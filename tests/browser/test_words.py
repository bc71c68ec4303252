"""In a real browser: text that passed a door of `core.text` is shown as it is; none of it is a link or is fetched."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Request

from core import text
from tests.browser.hostile import WORDS
from tests.running import open_page, server

_ELEMENTS = "[data-testid=stMain] :is(a, img, iframe, video, audio, object, .katex)"
_ROLES = "[data-testid=stMain] [data-testid=stMarkdownContainer] [role=img]"


@pytest.fixture(scope="module")
def words() -> Iterator[str]:
    with server(Path(__file__).with_name("spoken_words.py")) as url:
        yield url


@pytest.mark.parametrize("door", ["markdown", "code"])
def test_no_word_is_a_link_a_picture_or_a_request(words: str, browser: Browser, door: str) -> None:
    asked: list[Request] = []
    page = open_page(browser, f"{words}/?door={door}", watch=lambda request: asked.append(request))
    page.locator("[data-testid=stPlotlyChart] .main-svg").first.wait_for()
    assert page.locator(_ELEMENTS).evaluate_all("found => found.map(one => one.outerHTML)") == []
    assert page.locator(_ROLES).count() == 0
    assert [request.url for request in asked if not request.url.startswith((words, "data:", "blob:"))] == []
    for number, word in enumerate(WORDS):
        first = page.locator(f".st-key-word_{number} [data-testid=stMarkdownContainer]").first
        seen = first.evaluate("shown => shown.textContent")
        assert str(seen).strip("\n") == text.plain(word), word
    page.close()
