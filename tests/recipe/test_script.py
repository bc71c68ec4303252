"""The script beside everything a click does: it reads as a person would type it, and gives the same bytes alone.

The oracle is a bare interpreter that has torch and nothing of ours; it forks a child for each script.
"""

import ast
import itertools
import pickle
import struct
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import pytest
import torch
from hypothesis import HealthCheck, given, note, settings
from torch import nn

from core.code.reading import read
from core.recipe.catalog import MODELS, Model
from core.recipe.headlines import headline
from core.recipe.recipe import Recipe
from core.recipe.schemes import SCHEMES
from core.recipe.script import build_code, to_script
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
from core.replay.replay import replay
from tests.recipes import CODES, recipes, replayed_quietly

#: Names in order, each with its dtype, shape and bytes; an uninitialized tensor has none.
State = list[tuple[str, str, tuple[int, ...], bytes]]
RECIPES_PER_MODEL = 23  # 207 in all

#: The bare interpreter's program. `state` is written once, here, and used on both sides.
STATE = """
def state(net):
    entries = []
    for name, tensor in net.state_dict().items():
        if isinstance(tensor, (torch.nn.UninitializedParameter, torch.nn.UninitializedBuffer)):
            entries.append((name, "uninitialized", (), b""))
            continue
        data = tensor.detach().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes()
        entries.append((name, str(tensor.dtype), tuple(tensor.shape), data))
    return entries
"""
SERVER = f"""
import os, pickle, struct, sys, traceback, warnings
import torch
warnings.simplefilter("ignore")
{STATE}
# What torch imports on first use (an optimizer: four seconds' worth) is imported once, before the forks.
torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1).step()

def run(script):
    names = {{"__name__": "__main__"}}
    exec(compile(script, "script.py", "exec"), names)
    ours = [name for name in sys.modules if name.partition(".")[0] in ("core", "pages", "tests", "streamlit")]
    assert not ours, ours
    return state(names["net"])

while header := sys.stdin.buffer.read(8):
    script = sys.stdin.buffer.read(struct.unpack("<q", header)[0]).decode()
    out, into = os.pipe()
    if (child := os.fork()) == 0:
        try:
            answer = pickle.dumps(run(script))
        except BaseException:
            answer = pickle.dumps(traceback.format_exc())
        with os.fdopen(into, "wb") as pipe:
            pipe.write(answer)
        os._exit(0)
    os.close(into)
    with os.fdopen(out, "rb") as pipe:
        answer = pipe.read()
    os.waitpid(child, 0)
    sys.stdout.buffer.write(struct.pack("<q", len(answer)) + answer)
    sys.stdout.buffer.flush()
"""

Run = Callable[[str], State]


@pytest.fixture(scope="module")
def run_alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """Runs a script where nothing of ours was ever imported."""
    elsewhere: Path = tmp_path_factory.mktemp("elsewhere")
    with subprocess.Popen(
        [sys.executable, "-I", "-c", SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=elsewhere
    ) as bare:
        assert bare.stdin
        assert bare.stdout
        into, out = bare.stdin, bare.stdout
        yield lambda script: _asked(into, out, script)
        into.close()
        bare.wait(timeout=30)


def _asked(into: IO[bytes], out: IO[bytes], script: str) -> State:
    text = script.encode()
    into.write(struct.pack("<q", len(text)) + text)
    into.flush()
    answer = pickle.loads(out.read(struct.unpack("<q", out.read(8))[0]))
    assert isinstance(answer, list), f"{script}\n{answer}"
    return answer


def state(net: nn.Module) -> State:
    names: dict[str, Callable[[nn.Module], State]] = {}
    exec(f"import torch\n{STATE}", names)
    return names["state"](net)


def section(code: str) -> str:
    """Example code as it stands in a test, without its indentation."""
    return textwrap.dedent(code).strip()


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


LESSON = Recipe("mlp")


class TestReadsAsInTheLesson:
    """`step_code` of the notebook's cells; see the notebook for what it types."""

    @pytest.mark.parametrize(
        ("step", "code"),
        [
            pytest.param(
                Initialize("normal", Subtree("", "Linear"), (("std", 0.01),), seed=1),
                """
                torch.manual_seed(1)
                def init(m):
                    if type(m) == nn.Linear:
                        nn.init.normal_(m.weight, std=0.01)

                net.apply(init)
                """,
                id="normal weights",
            ),
            pytest.param(
                Initialize("zeros", Subtree("", "Linear", "bias")),
                """
                def init(m):
                    if type(m) == nn.Linear and m.bias is not None:
                        nn.init.zeros_(m.bias)

                net.apply(init)
                """,
                id="zero biases draw nothing, so no seed is set",
            ),
            pytest.param(
                Initialize("xavier_uniform", Subtree("0", "Linear"), seed=2),
                """
                torch.manual_seed(2)
                def init(m):
                    if type(m) == nn.Linear:
                        nn.init.xavier_uniform_(m.weight)

                net[0].apply(init)
                """,
                id="Xavier on the first layer only",
            ),
            pytest.param(
                Initialize("constant", Subtree("2", "Linear"), (("val", 42),)),
                """
                def init(m):
                    if type(m) == nn.Linear:
                        nn.init.constant_(m.weight, val=42.0)

                net[2].apply(init)
                """,
                id="the constant 42 on the third",
            ),
            pytest.param(
                Edit("0.weight", "w *= abs(w) >= 5"),
                """
                with torch.no_grad():
                    w = net[0].weight
                    w *= abs(w) >= 5
                """,
                id="keep what is large",
            ),
            pytest.param(
                Edit("0.weight", "w[:] += 1\nw[0, 0] = 42"),
                """
                with torch.no_grad():
                    w = net[0].weight
                    w[:] += 1
                    w[0, 0] = 42
                """,
                id="set values directly",
            ),
            pytest.param(Tie("2", "4"), "net[4] = net[2]", id="tie modules"),
            pytest.param(Tie("0.weight", "2.weight"), "net[2].weight = net[0].weight", id="tie parameters"),
            pytest.param(Untie("4"), "net[4] = copy.deepcopy(net[4])", id="untie"),
            pytest.param(
                Forward(3),
                """
                torch.manual_seed(3)
                X, _ = batch(2, n_in=4, hidden=8, n_out=1)
                net(X)
                """,
                id="one forward pass",
            ),
            pytest.param(
                Train(5, 0.1, 2),
                """
                torch.manual_seed(2)
                X, y = batch(16, n_in=4, hidden=8, n_out=1)
                optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
                for _ in range(5):
                    optimizer.zero_grad()
                    loss(net(X), y).backward()
                    optimizer.step()
                """,
                id="training",
            ),
            pytest.param(
                Train(5, 0.1, 2, "momentum"),
                """
                torch.manual_seed(2)
                X, y = batch(16, n_in=4, hidden=8, n_out=1)
                optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
                for _ in range(5):
                    optimizer.zero_grad()
                    loss(net(X), y).backward()
                    optimizer.step()
                """,
                id="training with momentum",
            ),
            pytest.param(
                Train(1, 0.001, 0, "adam"),
                """
                torch.manual_seed(0)
                X, y = batch(16, n_in=4, hidden=8, n_out=1)
                optimizer = torch.optim.Adam(net.parameters(), lr=0.001)
                for _ in range(1):
                    optimizer.zero_grad()
                    loss(net(X), y).backward()
                    optimizer.step()
                """,
                id="training by Adam",
            ),
            pytest.param(
                Initialize("kaiming_normal", Pattern("blocks.*.weight"), (("nonlinearity", "relu"),)),
                """
                torch.manual_seed(0)
                for name, parameter in net.named_parameters():
                    if fnmatchcase(name, "blocks.*.weight"):
                        nn.init.kaiming_normal_(parameter, nonlinearity='relu')
                """,
                id="names by pattern",
            ),
            pytest.param(
                Initialize("orthogonal", OneTensor("0.block1.0.weight"), seed=3),
                """
                torch.manual_seed(3)
                nn.init.orthogonal_(net[0].block1[0].weight)
                """,
                id="one tensor, by position and by name",
            ),
        ],
    )
    def test_a_step(self, step: Step, code: str) -> None:
        assert step_code(step, LESSON) == section(code)

    def test_the_build_is_a_seed_and_a_call_with_the_arguments_that_were_changed(self) -> None:
        assert build_code(LESSON) == "torch.manual_seed(0)\nnet = mlp()"
        changed = Recipe("mlp", 7, arguments=(("hidden", 16), ("n_in", 4)))
        assert build_code(changed) == "torch.manual_seed(7)\nnet = mlp(hidden=16)"

    def test_a_script_is_imports_then_the_model_then_the_build_then_the_steps(self) -> None:
        script = to_script(Recipe("mlp", steps=(Tie("0.bias", "2.bias"), Untie("2.bias")), arguments=(("n_out", 8),)))
        assert script.startswith("import copy\n\nimport torch\n")
        parts = ["def mlp(", "torch.manual_seed(0)\nnet = mlp(n_out=8)", "net[2].bias = net[0].bias", "copy.deepcopy("]
        assert sorted(parts, key=script.index) == parts
        assert script.endswith("\n")
        assert not script.endswith("\n\n")

    @pytest.mark.parametrize(
        ("step", "needs"),
        [
            (Edit("0.weight", "w += 1"), set()),
            (Edit("0.weight", "w *= abs(w) >= 5"), set()),
            (Edit("0.weight", "w[0] = nan"), {"import math"}),
            (Edit("0.weight", "w = w ** 2"), {"set_num_threads"}),
            (Edit("0.weight", "w **= 2"), {"set_num_threads"}),
            (Edit("0.weight", "w -= mean(w)"), {"set_num_threads"}),
            (Untie("0"), {"import copy"}),
            (Initialize("normal", Pattern("*")), {"from fnmatch"}),
            (Initialize("normal", Subtree("", "", "bias*")), {"from fnmatch"}),
            (Initialize("normal"), set()),
            (Initialize("orthogonal"), {"set_num_threads"}),
            (Train(), {"set_num_threads"}),
        ],
    )
    def test_a_script_imports_and_sets_what_its_steps_need_and_no_more(self, step: Step, needs: set[str]) -> None:
        optional = {"import math", "import copy", "from fnmatch", "set_num_threads"}
        script = to_script(Recipe("mlp", steps=(step,)))
        assert {line for line in optional if line in script} == needs

    def test_a_place_with_any_text_in_it_stays_a_string(self) -> None:
        for text in ('"]*\n', "*\\", "[!😀]*", '*\'"""', "w\u202e*", "[!\x7f\0]*", "*\u2028"):
            steps = Initialize("normal", Pattern(text)), Initialize("ones", Subtree("", "", text))
            code = "\n".join(step_code(step, LESSON) for step in steps)
            quoted = [
                node.args[1].value
                for node in ast.walk(ast.parse(code))
                if isinstance(node, ast.Call) and len(node.args) == 2 and isinstance(node.args[1], ast.Constant)
            ]
            assert quoted == [text] * len(quoted)
            assert text in quoted
            assert code.isascii()

    @pytest.mark.parametrize("recipe_of", MODELS.values(), ids=list(MODELS))
    def test_the_opening_of_every_model_runs_alone(self, recipe_of: Model, run_alone: Run) -> None:
        recipe = Recipe(recipe_of.name, steps=recipe_of.opening)
        assert run_alone(to_script(recipe)) == state(replay(recipe))


class TestHeadline:
    def test_tells_steps_apart_in_one_line_each(self) -> None:
        lines = [
            headline(step)
            for step in (
                Initialize("normal"),
                Initialize("normal", Subtree("0")),
                Initialize("normal", Pattern("*")),
                Initialize("normal", OneTensor("0.weight")),
                Initialize("ones"),
                Edit("0.weight", "w += 1\nw *= 2"),
                Tie("0", "2"),
                Untie("2"),
                Forward(),
                Train(),
                Train(2),
                Train(2, optimizer="adam"),
                Train(2, optimizer="momentum"),
            )
        ]
        assert len(set(lines)) == len(lines)
        assert not any("\n" in line for line in lines)
        assert "train 1 step, lr 0.1" in lines
        assert "train 2 steps, lr 0.1" in lines
        assert "train 2 steps, lr 0.1, adam" in lines
