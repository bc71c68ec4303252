"""Fixtures of the tests of recipes."""

from collections.abc import Iterator

import pytest

from tests.bare_torch import Run, bare_torch


@pytest.fixture(scope="package")
def run_alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """Runs a script where nothing of ours was ever imported."""
    with bare_torch(tmp_path_factory.mktemp("elsewhere")) as run:
        yield run
