"""Fixtures that several test files share."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests import running


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with running.chromium() as started:
        yield started


@pytest.fixture(scope="session")
def dashboard() -> Iterator[str]:
    with running.server() as url:
        yield url
