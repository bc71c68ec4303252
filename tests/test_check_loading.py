"""A state dict of the net's own tensors that is loaded again changes what is not its own, and nothing else."""

import json
from pathlib import Path
from typing import Any

import pytest

from core.check import main

MODEL = """
import copy

import torch
from torch import nn


def build():
    net = nn.Sequential(nn.Linear(40, 80), nn.BatchNorm1d(80), nn.Linear(80, 30))
    nn.init.kaiming_normal_(net[0].weight)
    net[0].weight.data[:8].zero_()
    return net


def loads():
    net = build()
    sd = copy.deepcopy(net.state_dict())
    sd["2.weight"] = torch.randn(30, 80) * 0.02
    net.load_state_dict(sd)
    return net
"""
INITS = """
import copy

import torch


def own(net):
    sd = net.state_dict()
    sd["2.weight"] = torch.randn(30, 80) * 0.02
    net.load_state_dict(sd)


def deep(net):
    sd = copy.deepcopy(net.state_dict())
    sd["2.weight"] = torch.randn(30, 80) * 0.02
    net.load_state_dict(sd)


def cloned(net):
    sd = {name: value.detach().clone() for name, value in net.state_dict().items()}
    sd["2.weight"].normal_(0, 0.02)
    net.load_state_dict(sd)


def through_a_twin(net):
    twin = copy.deepcopy(net)
    twin[2].weight.data.normal_(0, 0.02)
    net.load_state_dict(twin.state_dict())


def later(net):
    sd = copy.deepcopy(net.state_dict())
    net[2].weight.data.zero_()
    net.load_state_dict(sd)


def nothing(net):
    net.load_state_dict(copy.deepcopy(net.state_dict()))
"""


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "models.py").write_text(MODEL)
    (tmp_path / "inits.py").write_text(INITS)
    return tmp_path


def stories(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    assert main([*arguments, "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)
    return {row["name"]: row["story"] for row in found["rows"]}


def without_lines(story: Any) -> Any:
    return {**story, "line": "", "earlier": [without_lines(each) for each in story["earlier"]]}


@pytest.mark.parametrize("init", ["own", "deep", "cloned", "through_a_twin"])
def test_an_init_leaves_the_stories_of_what_it_loads_as_it_was(
    init: str, files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = stories([f"{files}/models.py:build"], capsys)
    after = stories([f"{files}/models.py:build", "--init", f"{files}/inits.py:{init}"], capsys)
    changed = {name for name in before if after[name] != before[name]}
    assert changed == {"2.weight"}
    assert (after["2.weight"]["kind"], after["2.weight"]["step"]) == ("loaded", 1)


def test_so_does_a_constructor(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = stories([f"{files}/models.py:build"], capsys)
    after = stories([f"{files}/models.py:loads"], capsys)
    assert {name for name in before if without_lines(after[name]) != without_lines(before[name])} == {"2.weight"}


def test_what_was_overwritten_meanwhile_is_loaded(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = stories([f"{files}/models.py:build"], capsys)
    after = stories([f"{files}/models.py:build", "--init", f"{files}/inits.py:later"], capsys)
    assert {name for name in before if after[name] != before[name]} == {"2.weight"}
    assert after["2.weight"]["kind"] == "loaded"
    assert after["2.weight"]["of"]["owner"] == "Linear"


def test_to_load_what_there_is_writes_nothing(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([f"{files}/models.py:build", "--init", f"{files}/inits.py:nothing"]) == 1
    assert "nothing was written by nothing(net)" in capsys.readouterr().out
