"""A script gives the bytes of its recipe where there is torch and nothing of ours."""

import itertools

import pytest
import torch
from hypothesis import HealthCheck, given, note, settings

from core.code.reading import read
from core.recipe.catalog import MODELS, Model
from core.recipe.recipe import Recipe
from core.recipe.schemes import SCHEMES, resolve_options
from core.recipe.script import to_script
from core.recipe.step_code import step_code
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
from core.replay.initializing import initialize
from core.replay.replay import replay
from tests.bare_torch import Run, State, state
from tests.recipes import CODES, recipes, replayed_quietly

RECIPES_PER_MODEL = 23  # 207 in all


def quiet_state(recipe: Recipe) -> State:
    net = replayed_quietly(recipe)
    assert net is not None
    return state(net)


class TestAlone:
    @pytest.mark.parametrize("model", MODELS)
    def test_a_script_gives_the_bytes_of_its_recipe(self, model: str, run_alone: Run) -> None:
        tried: list[Recipe] = []

        @settings(
            max_examples=RECIPES_PER_MODEL,
            deadline=None,
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


#: A model whose build, batch, loss and forward pass draw from all three streams.
DRAWS_FROM_ALL = """
import random
import numpy as np


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(3, 2)
        self.scale = nn.Parameter(torch.tensor([random.random(), *np.random.rand(2)], dtype=torch.float32))
        self.register_buffer("last", torch.zeros(3))

    def forward(self, x):
        self.last.copy_(torch.tensor([random.random(), np.random.rand(), float(torch.rand(()))]))
        return self.layer(x * self.scale) + random.random() + np.random.rand()


def batch(size):
    return torch.tensor(np.random.rand(size, 3), dtype=torch.float32) + random.random(), torch.rand(size, 2)


def loss(output, target):
    return F.mse_loss(output, target) * (1 + random.random() + np.random.rand())
"""
DRAWS_IN_AN_INIT = "import numpy as np, random\ndef draw_(w):\n    w.fill_(np.random.rand() + random.random())"


class TestStreams:
    """NumPy's stream and Python's are seeded where torch's is, and give the bytes of the recipe."""

    @pytest.mark.parametrize(
        "steps",
        [(), (Forward(3),), (Train(2, seed=4),), (Custom(DRAWS_IN_AN_INIT, "draw_", "tensors", seed=2**40),)],
        ids=["the build", "a forward pass", "training", "an init"],
    )
    def test_give_the_bytes(self, steps: tuple[Step, ...], run_alone: Run) -> None:
        recipe = Recipe("code", 5, steps, source=Source(DRAWS_FROM_ALL, "Net"))
        script = to_script(recipe)
        assert run_alone(script) == run_alone(script) == state(replay(recipe))

    def test_each_are_seeded_by_every_line_that_says_so(self, run_alone: Run) -> None:
        steps = (Forward(3), Train(2, seed=4), Custom(DRAWS_IN_AN_INIT, "draw_", "tensors", seed=6))
        recipe = Recipe("code", 5, steps[:2], source=Source(DRAWS_FROM_ALL, "Net"))
        script = to_script(recipe)
        for line in ("torch.manual_seed", "import random; random.seed", "import numpy; numpy.random.seed"):
            for seed in (5, 3, 4):
                assert f"{line}({seed})" in script
        custom = to_script(Recipe("mlp", steps=steps[2:]))
        assert "import random; random.seed(6)\nimport numpy; numpy.random.seed(6)\n" in custom


class TestThreads:
    """A script sets one thread, as a replay does, since the last bits of a sum depend on how many share it."""

    #: Large enough for torch to share the sum out.
    RECIPE = Recipe("mlp", steps=(Edit("0.weight", "w -= mean(w)"),), arguments=(("hidden", 1024), ("n_in", 512)))

    def test_a_script_on_a_machine_of_many_cores_gives_the_bytes_of_one(self, run_alone: Run) -> None:
        script = to_script(self.RECIPE)
        many = "import torch\ntorch.set_num_threads(4)\n"
        assert run_alone(many + script) == run_alone(script) == state(replay(self.RECIPE))
        lines = script.splitlines()
        without = "\n".join(line for line in lines if not line.startswith("torch.set_num_threads(1)"))
        assert len(without.splitlines()) == len(lines) - 1
        assert run_alone(many + without) != run_alone(script), "the sum is too small for threads to matter"

    @pytest.mark.parametrize("scheme", SCHEMES)
    def test_a_scheme_that_does_not_set_one_thread_needs_none(self, scheme: str) -> None:
        if scheme == "dirac" or SCHEMES[scheme].decomposes:
            return
        threads, drawn = torch.get_num_threads(), []
        for number in (1, 4):
            torch.set_num_threads(number)
            drawn.append(torch.empty(700, 300))
            torch.manual_seed(0)
            initialize(drawn[-1], scheme, resolve_options(scheme, {}))
        torch.set_num_threads(threads)
        assert torch.equal(*drawn)


class TestUntied:
    def test_a_copy_has_equal_values_and_its_own_life(self, run_alone: Run) -> None:
        """And what is shared inside a copied module stays shared inside it."""
        inner = "shared = nn.Linear(3, 3)\n\n\ndef build():\n    pair = nn.Sequential(shared, nn.Tanh(), shared)\n"
        inner += "    return nn.Sequential(pair, nn.ReLU(), pair, nn.Linear(3, 1))\n\n\n"
        inner += "def batch(size):\n    return torch.rand(size, 3), torch.rand(size, 1)\n\n\nloss = F.mse_loss"
        drawn = Initialize("normal", OneTensor("0.0.weight"), seed=1)
        recipe = Recipe("code", steps=(drawn, Untie("2")), source=Source(inner, "build"))
        net = replay(recipe)
        names = [name for name, _ in net.named_parameters()]
        assert names == ["0.0.weight", "0.0.bias", "2.0.weight", "2.0.bias", "3.weight", "3.bias"]
        assert torch.equal(net.get_parameter("0.0.weight"), net.get_parameter("2.0.weight"))
        assert net.get_submodule("2.0") is net.get_submodule("2.2")
        trained = recipe.then(Train(2, seed=1))
        after = replay(trained)
        assert not torch.equal(after.get_parameter("0.0.weight"), after.get_parameter("2.0.weight"))
        for each in (recipe, trained):
            assert run_alone(to_script(each)) == state(replay(each))

    def test_a_parameter_of_a_name_that_is_no_attribute(self, run_alone: Run) -> None:
        code = "def build():\n    net = nn.Sequential(nn.Linear(2, 2), nn.Module())\n"
        code += "    net[1].register_parameter('a b', net[0].weight)\n    return net"
        recipe = Recipe("code", steps=(Untie("1.a b"), Edit("1.a b", "w += 1")), source=Source(code, "build"))
        assert run_alone(to_script(recipe)) == state(replay(recipe))


NORMS = """
class LayerNorm(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(3))

    def forward(self, x):
        return x * self.weight


def build():
    return nn.Sequential(nn.Linear(3, 3), LayerNorm(), {}nn.BatchNorm1d(3, affine=False), nn.BatchNorm1d(3))
"""


class TestModuleTypes:
    """A script finds the modules that the replay found, whatever they are called and wherever they come from."""

    @pytest.mark.parametrize("between", ["", "nn.LayerNorm(3), "])
    @pytest.mark.parametrize("module_type", ["LayerNorm", "BatchNorm1d", "Linear", "Sequential"])
    @pytest.mark.parametrize("parameter", ["weight", "bias", "*"])
    def test_give_the_bytes(self, between: str, module_type: str, parameter: str, run_alone: Run) -> None:
        source = Source(NORMS.format(between), "build")
        step = Initialize("normal", Subtree("", module_type, parameter), seed=1)
        if replayed_quietly(recipe := Recipe("code", steps=(step,), source=source)) is not None:
            assert run_alone(to_script(recipe)) == state(replay(recipe))

    @pytest.mark.parametrize(
        ("code", "module_type", "test"),
        [
            ("nn.Linear(2, 2)", "Linear", "type(m) == nn.Linear"),
            ("nn.LazyConv2d(2, 2)", "Conv2d", "type(m) == nn.Conv2d"),
            ("nn.LayerNorm(2)", "LayerNorm", "type(m) == nn.LayerNorm and m.weight is not None"),
            ("nn.TransformerEncoderLayer(4, 2)", "Linear", 'type(m).__name__ == "Linear"'),
            ("nn.Linear(2, 2)  # type: ignore\n\nclass Linear: pass", "Linear", 'type(m).__name__ == "Linear"'),
            ("nn.Linear(2, 2)\n\nfrom mine import Linear", "Linear", 'type(m).__name__ == "Linear"'),
            ("nn.Linear(2, 2)\n\nimport mine.layers as nn", "Linear", 'type(m).__name__ == "Linear"'),
            ("nn.Linear(2, 2)\n\nfrom torch import nn", "Linear", "type(m) == nn.Linear"),
            ("nn.Linear(2, 2)\n\nimport torch.nn as nn", "Linear", "type(m) == nn.Linear"),
            ("nn.Sequential()", "Sequential", "type(m) == nn.Sequential"),
            ("this is not Python", "Linear", 'type(m).__name__ == "Linear"'),
        ],
    )
    def test_are_torchs_where_the_models_code_says_so(self, code: str, module_type: str, test: str) -> None:
        step = Initialize("normal", Subtree("", module_type))
        recipe = Recipe("code", steps=(step,), source=Source(f"def build():\n    return {code}", "build"))
        assert f"    if {test}:" in step_code(step, recipe).splitlines()
