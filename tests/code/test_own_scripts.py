"""A script that imports the operator's own files gives the bytes of its recipe where these files are."""

import subprocess
import sys
from pathlib import Path

import torch

from core.recipe.recipe import Recipe
from core.recipe.script import to_script
from core.recipe.steps import Edit, FileInit, Forward, Initialize, OneTensor, Subtree, Train
from core.replaying.replay import replay
from tests.code.test_own_files import file, loaded

#: Draws as it is imported, from NumPy as from torch; its net is a part of a Sequential, with odd names in it.
MODEL = """
import numpy as np
import torch
from torch import nn

TABLE = torch.rand(4, 4) + np.random.rand()


class LayerNorm(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(4))

    def forward(self, x):
        return x * self.weight


def build(width=4):
    net = nn.Sequential(nn.Linear(9, 9), nn.Linear(4, width), LayerNorm(), nn.LayerNorm(4, bias=False))[1:]
    net.add_module("in put", nn.BatchNorm1d(4, affine=False))
    net[0].weight.data = TABLE.clone()
    return net


def batch(size):
    return torch.rand(size, 4) * np.random.rand(), torch.rand(size, 4)


def loss(output, target):
    return ((output - target) ** 2).mean()
"""
INIT = """
import random
import torch

NOISE = torch.rand(())


def type(m):
    for p in m.parameters(recurse=False):
        p.data += NOISE * random.random()
"""


def test_whatever_they_draw_as_they_are_imported(tmp_path: Path) -> None:
    steps = (
        FileInit("noisy.py:type", seed=6),
        Initialize("normal", Subtree("", "LayerNorm"), seed=1),
        Initialize("normal", OneTensor("1.weight"), seed=2),
        Edit("in put.running_mean", "w += 2"),
        Forward(3),
        Train(2, seed=4),
    )
    with loaded("--model", f"{file(tmp_path, MODEL)}:build", "--init", file(tmp_path, INIT, "noisy.py")):
        recipe = Recipe("mine.py:build", 3, steps)
        state = replay(recipe).state_dict()
        script = f"{to_script(recipe)}\nimport sys\ntorch.save(net.state_dict(), sys.argv[1])\n"
    saved = tmp_path / "state.pt"
    subprocess.run([sys.executable, "-c", script, str(saved)], cwd=tmp_path, check=True)
    alone = torch.load(saved)
    assert list(alone) == list(state)
    assert all(torch.equal(tensor, alone[name]) for name, tensor in state.items())
