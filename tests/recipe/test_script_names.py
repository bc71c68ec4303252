"""A script gives the bytes of its recipe, whatever names the code in it binds and its modules bear."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, note, settings

from core.recipe.recipe import Recipe
from core.recipe.script import to_script
from tests.recipe.bare_interpreter import Run, bare_interpreter, quiet_state
from tests.recipe.hostile_names import recipes
from tests.recipe.scripted import INPUTS

EXAMPLES = 40


@pytest.fixture(scope="module")
def run_alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    with bare_interpreter(tmp_path_factory.mktemp("elsewhere")) as run:
        yield run


@pytest.mark.parametrize("name", INPUTS)
def test_of_code_as_people_write_it(name: str, run_alone: Run) -> None:
    recipe = INPUTS[name]
    assert run_alone(to_script(recipe)) == quiet_state(recipe)


def test_of_names_that_are_those_of_the_script(run_alone: Run) -> None:
    tried: list[Recipe] = []

    @settings(max_examples=EXAMPLES, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(recipes())
    def check(recipe: Recipe) -> None:
        tried.append(recipe)
        script = to_script(recipe)
        note(script)
        assert run_alone(script) == quiet_state(recipe)

    check()
    assert len(tried) >= EXAMPLES
