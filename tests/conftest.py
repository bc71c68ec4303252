"""What all tests share: the settings of Hypothesis, a browser and a served dashboard."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser, expect

from tests import running

# Examples take as long as a busy machine lets them; one that fails is printed so that it can be run again elsewhere.
settings.register_profile("paramscope", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("paramscope")
expect.set_options(timeout=60_000)  # what is waited for comes at once, but on the busiest machine


@pytest.fixture
def file(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A file for the command, with what the test's own module has as FILE in it."""
    path = tmp_path / "net.py"
    path.write_text(request.module.FILE, encoding="utf-8")
    return str(path)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with running.chromium() as started:
        yield started


@pytest.fixture(scope="session")
def dashboard() -> Iterator[str]:
    with running.server() as url:
        yield url
