"""Scripted, traced, frozen and loaded modules, which are compiled code, open with what they have; the rest is said."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from core.code.command_line import parse
from core.code.operator_files import import_files
from core.engine.worker import opened
from core.module.replica import replica
from core.module.walk import named_tensors
from core.questions.experiments import GetTwins
from core.questions.model import GetOverview
from core.questions.sharing import GetUseGradients, GetUses
from core.questions.story import GetStory
from core.questions.tensor import GetValues
from core.recipe.recipe import Recipe
from core.recipe.steps import Custom, Edit, Forward, Initialize, Subtree, Tie, Train
from core.replaying.replay import replay, replayed
from tests.engine.asked import answered_here, questions

FILE = """
import io
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(4, 3)
        self.second = nn.Linear(3, 3)
        self.norm = nn.BatchNorm1d(3)

    def forward(self, x):
        return self.second(self.norm(torch.relu(self.first(x))))

def scripted():
    return torch.jit.script(Net())

def traced():
    return torch.jit.trace(Net().eval(), torch.ones(2, 4))

def within():
    return nn.Sequential(nn.Linear(4, 4), torch.jit.script(Net()))

def frozen():
    return torch.jit.freeze(torch.jit.script(Net().eval()))

def quantized():
    made = torch.ao.quantization.quantize_dynamic(Net(), {nn.Linear})
    return torch.jit.trace(made.eval(), torch.ones(2, 4))

saved = io.BytesIO()
torch.jit.save(scripted(), saved)
saved.seek(0)
loaded = torch.jit.load(saved)

def batch(size):
    return torch.ones(size, 4), torch.zeros(size, 3)

def loss(output, target):
    return ((output - target) ** 2).mean()
"""
MODELS = ["scripted", "traced", "within", "frozen", "loaded"]
WITH_PARAMETERS = [name for name in MODELS if name != "frozen"]
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # torch's own, of its scripts


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("scripts") / "scripts.py"
    made.write_text(FILE)
    return made


@pytest.fixture(autouse=True, scope="module")
def _imported(path: Path) -> Iterator[None]:
    assert not import_files(parse([part for name in MODELS for part in ("--model", f"{path}:{name}")])).complaints
    yield
    import_files(())


def recipe(name: str) -> Recipe:
    return Recipe(f"scripts.py:{name}", 3)


@pytest.mark.parametrize("name", MODELS)
def test_every_question_has_an_answer_or_a_sentence(name: str) -> None:
    moments = opened(recipe(name).to_json(), 0, 0)
    asked = questions(moments) if name != "frozen" else [GetOverview(), GetUses()]
    for request in asked:
        answered_here(request, moments)  # raises what is no sentence


@pytest.mark.parametrize("name", MODELS)
def test_counts_and_values_are_torchs(name: str) -> None:
    net = replay(recipe(name))
    moments = opened(recipe(name).to_json(), 0, 0)
    overview = answered_here(GetOverview(), moments)
    assert overview.counts.unique == sum(each.numel() for each in net.parameters())
    shown = [info.name for info in overview.tensors if info.kind == "parameter"]
    assert shown == [key for key, _ in net.named_parameters()]
    for key, value in net.state_dict().items():
        found = answered_here(GetValues(key), moments)
        assert torch.equal(torch.from_numpy(found.values).reshape(value.shape), value)


@pytest.mark.parametrize("name", WITH_PARAMETERS)
def test_its_uses_are_unknown_and_that_is_said(name: str) -> None:
    moments = opened(recipe(name).to_json(), 0, 0)
    parameter = next(entry.name for entry in named_tensors(moments.after) if "first.weight" in entry.name)
    assert "is a ScriptModule, compiled code" in answered_here(GetUses(), moments).note
    assert "is a ScriptModule, compiled code" in answered_here(GetUseGradients(parameter), moments)
    assert isinstance(answered_here(GetTwins(parameter, steps=2), moments), str)


@pytest.mark.parametrize("name", ["scripted", "traced"])
def test_steps_change_it_as_they_change_any(name: str) -> None:
    code = "def init(m):\n    if hasattr(m, 'weight') and m.weight.dim() > 1: nn.init.ones_(m.weight)"
    steps = (Initialize("normal", Subtree()), Custom(code, "init"), Edit("first.bias", "w = 7"))
    done = replayed(Recipe(f"scripts.py:{name}", 3, steps))
    assert bool((dict(done.model.named_parameters())["second.weight"] == 1).all())
    assert bool((dict(done.model.named_parameters())["first.bias"] == 7).all())
    trained = replayed(recipe(name).then(Forward()).then(Train(3)))
    assert len(trained.outcomes[-1].losses) == 3
    tied = replay(recipe(name).then(Tie("first.bias", "second.bias")))
    names = dict(tied.named_parameters(remove_duplicate=False))
    assert names["first.bias"] is names["second.bias"]
    assert bool(tied(torch.ones(2, 4)).isfinite().all())


@pytest.mark.parametrize("name", WITH_PARAMETERS)
def test_its_copy_has_tensors_of_its_own_that_are_tied_alike(name: str) -> None:
    net = replay(recipe(name))
    copied = replica(net)
    for key, tensor in copied.named_parameters():
        original = dict(net.named_parameters())[key]
        assert torch.equal(tensor, original)
        assert tensor.is_leaf
        assert tensor.requires_grad == original.requires_grad
        assert tensor.data_ptr() != original.data_ptr()
    prefix = "1." if name == "within" else ""
    tied = replica(replay(recipe(name).then(Tie(f"{prefix}first.bias", f"{prefix}second.bias"))))
    names = dict(tied.named_parameters(remove_duplicate=False))
    assert names[f"{prefix}first.bias"] is names[f"{prefix}second.bias"]


def test_its_story_is_what_was_seen_before_it_was_compiled() -> None:
    moments = opened(recipe("scripted").to_json(), 0, 0)
    told = answered_here(GetStory("first.weight"), moments)
    assert (told.kind, told.owner) == ("default", "Linear")


@pytest.mark.parametrize(("name", "packed"), [("scripted", False), ("within", False), ("quantized", True)])
def test_the_command_checks_it(name: str, packed: bool, path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "core.check", f"{path}:{name}"],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
    )
    assert ("packed by quantization" in run.stderr) == packed
    assert "Traceback" not in run.stderr
    assert run.returncode == (2 if packed else 0)
