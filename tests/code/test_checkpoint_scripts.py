"""Scripts of a checkpoint: without Paramscope, beside the file, they give the bytes of a replay."""

import subprocess
import sys
from functools import reduce
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from core.module.walk import find_tensor
from core.recipe import catalog
from core.recipe.checkpoint_name import checkpoint_name
from core.recipe.recipe import Recipe
from core.recipe.script import to_script, unscripted
from core.recipe.steps import Custom, Edit, Initialize, OneTensor, Pattern, Step, Subtree, Tie, Untie
from core.replaying.replay import replay
from tests.checkpoint.files import saved
from tests.checkpoint.test_containers import ODD
from tests.checkpoint.test_folders import sharded
from tests.code.test_own_files import loaded


def tied() -> dict[str, torch.Tensor]:
    net = nn.Sequential(nn.Embedding(5, 3), nn.Linear(3, 3), nn.BatchNorm1d(3), nn.Linear(3, 5, bias=False))
    net[3].weight = net[0].weight
    return dict(net.state_dict())


def compiled(folder: Path) -> Path:
    state = {f"module._orig_mod.{name}": tensor for name, tensor in tied().items()}
    return saved(folder / "run.ckpt", {"state_dict": state, "epoch": 2})


def plain(folder: Path) -> Path:
    state = {name: tensor.clone() for name, tensor in tied().items()}
    save_file({**state, "h.0.c_attn.weight": torch.randn(3, 9)}, folder / "w.safetensors")
    return folder / "w.safetensors"


def shards(folder: Path) -> Path:
    return sharded(folder / "run")


def shards_of_torch(folder: Path) -> Path:
    return sharded(folder / "run", "bin")


OF_LAYERS = (
    Initialize("normal", Pattern("layers.1.*"), seed=3),
    Initialize("xavier_uniform", Subtree("layers.2", "Module"), seed=4),
    Initialize("ones", OneTensor("layers.0.weight")),
    Tie("layers.3.weight", "layers.2.weight"),
)
OF_NET = (
    Initialize("normal", Pattern("1.*"), seed=1),
    Edit("2.running_mean", "w += 2"),
    Edit("0.weight", "w[0] = 1 / 3"),
    Custom(
        "def f(m):\n    for p in m.parameters(recurse=False):\n        nn.init.uniform_(p)", "f", "modules", "1", seed=5
    ),
)


@pytest.mark.parametrize(
    ("write", "steps"),
    [
        (compiled, (*OF_NET, Untie("3.weight"), Initialize("orthogonal", OneTensor("3.weight"), seed=6))),
        (plain, (*OF_NET, Tie("0.weight", "3.weight"))),
        (shards, OF_LAYERS),
        (shards_of_torch, OF_LAYERS),
    ],
)
def test_give_the_same_bytes_beside_the_file(write: object, steps: tuple[Step, ...], tmp_path: Path) -> None:
    assert callable(write)
    path = write(tmp_path)
    with loaded("--checkpoint", str(path)):
        (name,) = (each for each in catalog.known() if catalog.is_checkpoint(each))
        recipe = Recipe(name, 3, steps)
        net = replay(recipe)
        script = f"{to_script(recipe)}\nimport sys\ntorch.save(net.state_dict(), sys.argv[1])\n"
        script += "print([n for n, _ in net.named_parameters()])\n"
    state = tmp_path / "state.pt"
    ran = subprocess.run(
        [sys.executable, "-c", script, str(state)], cwd=tmp_path, check=True, capture_output=True, text=True
    )
    alone = torch.load(state)
    assert list(alone) == list(net.state_dict())
    assert all(torch.equal(tensor, alone[name]) for name, tensor in net.state_dict().items())
    assert ran.stdout.strip() == str([name for name, _ in net.named_parameters()])
    assert name.rpartition(":")[2] in script


def is_reached(net: nn.Module, name: str) -> bool:
    """Whether attributes alone lead to the tensor."""
    try:
        found: Any = reduce(getattr, name.split("."), net)
        return found is find_tensor(net, name).tensor
    except AttributeError:
        return False


def given(name: str) -> Recipe:
    """The recipe of a checkpoint that is here, with a tensor of that name edited."""
    (model,) = (each for each in catalog.known() if catalog.is_checkpoint(each))
    return Recipe(model, steps=(Edit(name, "w = 3"),))


@pytest.mark.parametrize("name", ODD)
def test_are_refused_just_where_no_attribute_reaches_a_name(name: str, tmp_path: Path) -> None:
    path = saved(tmp_path / "odd.pt", {name: torch.zeros(2), "other": torch.ones(2)})
    with loaded("--checkpoint", str(path)):
        recipe = given(name)
        why, script, net = unscripted(recipe), to_script(recipe), replay(recipe)
    assert bool(why) != is_reached(net, name)
    assert script.startswith("raise SystemExit(") == bool(why)


@pytest.mark.parametrize("name", ["two..dots", "for.class", "0", "type"])
def test_reach_odd_names_or_end_with_the_sentence(name: str, tmp_path: Path) -> None:
    path = saved(tmp_path / "odd.pt", {name: torch.zeros(2), "other": torch.ones(2)})
    with loaded("--checkpoint", str(path)):
        recipe = given(name)
        why, script, net = unscripted(recipe), to_script(recipe), replay(recipe)
    state = tmp_path / "state.pt"
    script += f"\ntorch.save(net.state_dict(), {str(state)!r})"
    command = [sys.executable, "-c", script]
    ran = subprocess.run(command, cwd=tmp_path, check=False, capture_output=True, text=True)
    if why:
        assert ran.stderr.strip() == f"There is no script: {why}."
        assert "'type' of odd.pt" in why
    else:
        assert ran.returncode == 0, ran.stderr
        assert torch.equal(torch.load(state)[name], net.state_dict()[name])


def test_of_a_file_that_is_not_here_is_a_sentence() -> None:
    recipe = Recipe(checkpoint_name("w.safetensors", "0" * 64))
    assert unscripted(recipe) == "the checkpoint that it loads is not here"
    assert to_script(recipe) == 'raise SystemExit("There is no script: the checkpoint that it loads is not here.")\n'
