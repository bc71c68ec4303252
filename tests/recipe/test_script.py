"""The script beside everything a click does gives the same bytes where nothing of ours was ever imported."""

import itertools
from collections.abc import Iterator

import pytest
import torch
from hypothesis import HealthCheck, given, note, settings

from core.code.reading import read
from core.recipe.catalog import MODELS, Model
from core.recipe.recipe import Recipe
from core.recipe.schemes.table import SCHEMES
from core.recipe.script import to_script
from core.recipe.steps import (
    Custom,
    Edit,
    Forward,
    Initialize,
    OneTensor,
    Pattern,
    Source,
    Step,
    Subtree,
    Tie,
    Train,
    Untie,
)
from core.replaying.replay import replay
from tests.recipe.bare_interpreter import Run, bare_interpreter, quiet_state, state
from tests.recipes import CODES, recipes, replayed_quietly

RECIPES_PER_MODEL = 23  # 207 in all


@pytest.fixture(scope="module")
def run_alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    with bare_interpreter(tmp_path_factory.mktemp("elsewhere")) as run:
        yield run


class TestAlone:
    @pytest.mark.parametrize("model", MODELS)
    def test_a_script_gives_the_bytes_of_its_recipe(self, model: str, run_alone: Run) -> None:
        tried: list[Recipe] = []

        @settings(
            max_examples=RECIPES_PER_MODEL,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(recipes(model))
        def check(recipe: Recipe) -> None:
            tried.append(recipe)
            script = to_script(recipe)
            note(script)
            assert run_alone(script) == quiet_state(recipe)

        check()
        assert len(tried) >= RECIPES_PER_MODEL

    @pytest.mark.parametrize("model", MODELS)
    def test_a_script_of_every_scheme_and_every_kind_of_step_gives_the_bytes(self, model: str, run_alone: Run) -> None:
        recipe = Recipe(model, steps=(Forward(1),))
        matrices = [name for name, tensor in replay(recipe).named_parameters() if tensor.dim() > 1]
        steps: list[Step] = [Initialize(scheme, OneTensor(matrices[0]), seed=2) for scheme in SCHEMES]
        steps += [Initialize("normal", Pattern(f"{matrices[-1][:-1]}*")), Initialize("uniform", Subtree("", "", "*"))]
        steps += [Edit(matrices[0], "w *= abs(w) >= 0.1; w[0] = exp(w[-1])")]
        steps += [Train(2), Train(3, 0.05, optimizer="momentum"), Train(3, 0.01, optimizer="adam")]
        steps += [Tie(first, second) for first, second in itertools.permutations(matrices, 2)][:6]
        steps += [Untie(name) for name in matrices]
        for step in steps:
            if replayed_quietly(recipe.then(step)) is not None:
                recipe = recipe.then(step)
        schemes = {step.scheme for step in recipe.steps if isinstance(step, Initialize)}
        assert len(schemes) >= len(SCHEMES) - 3  # dirac fits kernels only, eye and sparse matrices only
        assert {type(step) for step in recipe.steps} >= {Initialize, Edit, Forward, Train}
        assert run_alone(to_script(recipe)) == quiet_state(recipe)

    @pytest.mark.parametrize("code", CODES)
    def test_a_script_with_a_model_of_ones_own_and_ones_own_init_gives_the_bytes(
        self, code: str, run_alone: Run
    ) -> None:
        model = (
            "shared = nn.Linear(3, 3)\n\n"
            "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
            "        self.first, self.second = shared, nn.Sequential(nn.Tanh(), shared, nn.Linear(3, 2))\n"
            "    def forward(self, x):\n        return self.second(self.first(x))\n\n"
            "def batch(size):\n    return torch.rand(size, 3), torch.rand(size, 2)\n\n"
            "def loss(output, target):\n    return F.mse_loss(output, target)\n"
        )
        reading = read(code, model)
        custom = Custom(code, reading.function, reading.applies_to, seed=3)
        recipe = Recipe("code", 2, (custom, Forward(1), Train(2), custom), source=Source(model, "Net"))
        assert run_alone(to_script(recipe)) == quiet_state(recipe)

    def test_its_last_bits_do_not_depend_on_the_cores_of_the_machine(self, run_alone: Run) -> None:
        orthogonal = Initialize("orthogonal", OneTensor("7.weight"))
        recipe = Recipe("lenet", steps=(Train(2), orthogonal, Edit("7.weight", "w = exp(w) ** 1.7 - mean(w)")))
        threads = torch.get_num_threads()
        found = []
        for number in (1, 2, 3):
            torch.set_num_threads(number)
            found.append(state(replay(recipe)))
            assert torch.get_num_threads() == number
        torch.set_num_threads(threads)
        assert found[0] == found[1] == found[2]
        assert run_alone(to_script(recipe)) == found[0]

    def test_it_leaves_the_live_net_and_not_only_its_state(self, run_alone: Run) -> None:
        recipe = Recipe("shared_mlp", steps=(Untie("4"), Tie("2.bias", "4.bias")))
        script = f"{to_script(recipe)}\nassert net[2].bias is net[4].bias and net[2].weight is not net[4].weight"
        assert len(run_alone(script)) == 8

    @pytest.mark.parametrize("recipe_of", MODELS.values(), ids=list(MODELS))
    def test_the_opening_of_every_model_runs_alone(self, recipe_of: Model, run_alone: Run) -> None:
        recipe = Recipe(recipe_of.name, steps=recipe_of.opening)
        assert run_alone(to_script(recipe)) == state(replay(recipe))
