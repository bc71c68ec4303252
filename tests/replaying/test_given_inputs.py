"""Inputs as one tensor, a tuple or a dict: every step, view and script gives them to the net alike."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.code.command_line import parse
from core.code.operator_files import import_files, note_built, own_files
from core.engine.rehearsing import rehearsed
from core.engine.worker import opened
from core.questions.experiments import GetTwins
from core.questions.model import GetPrinted
from core.questions.sharing import GetUseGradients, GetUses
from core.recipe import catalog
from core.recipe.catalog import CODE
from core.recipe.own_files import Takes
from core.recipe.recipe import Recipe
from core.recipe.script import to_script
from core.recipe.steps import Forward, Source, Train
from core.replaying.replay import replay, replayed
from tests.engine.asked import answered_here, questions
from tests.recipe.bare_interpreter import Run, bare_interpreter, state

NET = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(4, 4)

    def forward(self, {arguments}):
        {body}

def build():
    return Net()

def loss(output, target):
    return ((output - target) ** 2).mean()
"""
TWICE = "return self.a(self.a(x) + y)"
DRAWN = "x, y, t = torch.randn(size, 4), torch.randn(size, 4), torch.zeros(size, 4)"
#: What `forward` takes and does, and what `batch` returns, all of one and the same net.
FORMS = {
    "tuple": ("x, y", TWICE, "return (x, y), t"),
    "named tuple": ("x, y", TWICE, "both = (x, y)\n    return both, t"),
    "dict": ("x, y", TWICE, "return {'y': y, 'x': x}, t"),
    "dict called": ("x, y", TWICE, "given = dict(x=x, y=y)\n    return given, t"),
    "list": ("both", "x, y = both; " + TWICE, "return [x, y], t"),
    "targets in a tuple": ("x, y, t", TWICE, "return (x, y, t), t"),
    "targets in a dict": (
        "x, y, t",
        f"out = {TWICE[7:]}; return out, ((out - t) ** 2).mean()",
        "return {'x': x, 'y': y, 't': t}, t",
    ),
}
SPREAD: dict[str, Takes] = {"tuple": "several", "dict": "named", "list": "one"}


def code(form: str) -> str:
    arguments, body, returned = FORMS[form]
    text = NET.format(arguments=arguments, body=body)
    if "mean()" in body:
        text = text.replace("((output - target) ** 2).mean()", "output[1]")
    return f"{text}\ndef batch(size):\n    {DRAWN}\n    {returned}\n"


def recipe(form: str) -> Recipe:
    return Recipe(CODE, 2, source=Source(code(form), "build"))


@pytest.fixture(scope="module")
def plain() -> list[float]:
    return list(replayed(recipe("list").then(Train(3, seed=5))).outcomes[-1].losses)


@pytest.fixture(scope="module")
def run_alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    with bare_interpreter(tmp_path_factory.mktemp("alone")) as run:
        yield run


@pytest.mark.parametrize("form", FORMS)
def test_every_view_finds_both_uses(form: str) -> None:
    moments = opened(recipe(form).to_json(), 0, 0)
    uses = dict(answered_here(GetUses(), moments).of)
    assert {name: len(found) for name, found in uses.items()} == {"a.weight": 2, "a.bias": 2}
    assert len(answered_here(GetUseGradients("a.weight", rows=4), moments).uses) == 2
    assert not isinstance(answered_here(GetTwins("a.weight", steps=2), moments), str)
    assert "fail" not in answered_here(GetPrinted(), moments).output
    for request in questions(moments):
        answered_here(request, moments)


@pytest.mark.parametrize("form", FORMS)
def test_training_gives_the_same_losses_in_every_form(form: str, plain: list[float]) -> None:
    done = replayed(recipe(form).then(Forward(seed=1)).then(Train(3, seed=5)))
    assert list(done.outcomes[-1].losses) == plain


@pytest.mark.parametrize("form", FORMS)
def test_its_script_gives_the_same_bytes(form: str, run_alone: Run) -> None:
    trained = recipe(form).then(Forward(seed=1)).then(Train(2, seed=5))
    assert run_alone(to_script(trained)) == state(replay(trained))


class TestAFile:
    @pytest.fixture(autouse=True)
    def _nothing_left(self) -> Iterator[None]:
        yield
        import_files(())

    @pytest.mark.parametrize("form", SPREAD)
    def test_is_asked_how_its_batch_gives_inputs_when_it_is_first_built(self, form: str, tmp_path: Path) -> None:
        path = tmp_path / f"given_{form}.py"
        path.write_text(f"import torch\nfrom torch import nn\n{code(form)}")
        files = parse(["--model", f"{path}:build"])
        import_files(files)
        (*_, rehearsal) = rehearsed(files, sys.modules[f"own_file_given_{form}"])
        takes: dict[str, Takes] = dict.fromkeys(rehearsal.several, "several")
        takes |= dict.fromkeys(rehearsal.named, "named")
        note_built(rehearsal.built, takes)
        assert [model.takes for model in own_files().models] == [SPREAD[form]]
        assert catalog.known()[f"given_{form}.py:build"].takes == SPREAD[form]
        script = to_script(Recipe(f"given_{form}.py:build").then(Train(1)))
        assert {"several": "net(*X)", "named": "net(**X)", "one": "net(X)"}[SPREAD[form]] in script
