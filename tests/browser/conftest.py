"""Every test of this folder drives the one Chromium, in one process where several run tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

_FOLDER = Path(__file__).parent
expect.set_options(timeout=30_000)  # what is waited for comes at once, but on the busiest machine


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "xdist_group(name): tests of one group run in one process")


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist looks for groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if _FOLDER in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(autouse=True)
def pages_closed(browser: Browser) -> Iterator[None]:
    """Closes what a test opened: a tab that stays goes on asking its server."""
    before = {page for context in browser.contexts for page in context.pages}
    yield
    for context in browser.contexts:
        for page in set(context.pages) - before:
            page.close()
