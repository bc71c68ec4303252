"""A script gives the bytes of its recipe whatever a person's code is called, holds and draws from."""

from collections.abc import Iterator

import pytest

from core.recipe.script import to_script
from tests.recipe.bare_interpreter import Run, bare_interpreter, quiet_state
from tests.recipe.scripted import INPUTS


@pytest.fixture(scope="module")
def run_alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    with bare_interpreter(tmp_path_factory.mktemp("elsewhere")) as run:
        yield run


@pytest.mark.parametrize("name", INPUTS)
def test_the_bytes_are_those_of_the_recipe(name: str, run_alone: Run) -> None:
    recipe = INPUTS[name]
    assert run_alone(to_script(recipe)) == quiet_state(recipe)
