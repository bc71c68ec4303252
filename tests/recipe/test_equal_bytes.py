"""What makes a script's bytes those of its recipe: streams, threads, copies, and the modules that it finds."""

from collections.abc import Iterator

import pytest
import torch

from core.recipe.recipe import Recipe
from core.recipe.schemes.table import SCHEMES, resolve_options
from core.recipe.script import to_script
from core.recipe.step_code import step_code
from core.recipe.steps import Custom, Edit, Forward, Initialize, OneTensor, Source, Step, Subtree, Train, Untie
from core.replaying.initializing import initialize
from core.replaying.replay import replay
from tests.recipe.bare_interpreter import Run, bare_interpreter, state
from tests.recipes import replayed_quietly


@pytest.fixture(scope="module")
def run_alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    with bare_interpreter(tmp_path_factory.mktemp("elsewhere")) as run:
        yield run


#: A model that draws from all three streams: as its code is read, as it is built, in its batch, loss and forward pass.
DRAWS_FROM_ALL = """
import random
import numpy as np

READ = random.random() + np.random.rand() + float(torch.rand(()))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(3, 2)
        self.scale = nn.Parameter(torch.tensor([random.random(), *np.random.rand(2)], dtype=torch.float32))
        self.register_buffer("last", torch.full((3,), READ))

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
        [
            (),
            (Forward(3),),
            (Train(2, seed=4),),
            (Custom(DRAWS_IN_AN_INIT, "draw_", "tensors", seed=2**40 + 2**31 + 5),),
        ],
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
