"""Every test of this folder drives a Chromium, one for each process that runs tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

_FOLDER = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if _FOLDER in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(autouse=True)
def pages_closed(browser: Browser) -> Iterator[None]:
    """Closes what a test opened: a tab that stays goes on asking its server."""
    before = {page for context in browser.contexts for page in context.pages}
    yield
    for context in browser.contexts:
        for page in set(context.pages) - before:
            page.close()
