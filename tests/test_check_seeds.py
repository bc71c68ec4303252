"""The command draws a build and its init from streams apart, so that what is equal is the person's doing."""

import json
from typing import Any

import pytest

from core.check import main

FILE = """
import torch
from torch import nn


def build():
    return nn.Sequential(nn.Linear(64, 64), nn.Linear(64, 64), nn.Linear(64, 64))


def again(net):
    net[2].reset_parameters()


def seeded_alike(net):
    for layer in net:
        torch.manual_seed(3)
        nn.init.normal_(layer.weight)


def fails_at_the_second(m):
    if m.__class__.__name__ == "Sequential":
        raise RuntimeError("no such layer")
    if isinstance(m, nn.Linear):
        nn.init.zeros_(m.weight)


def xavier(m):
    if isinstance(m, nn.Linear):
        nn.init.xavier_uniform_(m.weight)
"""


def found(capsys: pytest.CaptureFixture[str]) -> Any:
    (only,) = json.loads(capsys.readouterr().out)
    return only


@pytest.mark.parametrize("init", ["{}:again", "{}:xavier", "xavier_uniform", "uniform", "kaiming_normal"])
@pytest.mark.parametrize("seed", ["0", "7"])
def test_nothing_is_equal_because_of_the_commands_own_seed(
    file: str, init: str, seed: str, capsys: pytest.CaptureFixture[str]
) -> None:
    main([f"{file}:build", "--init", init.format(file), "--seed", seed, "--json"])
    told = found(capsys)
    assert (told["equal"], told["starts"]) == ([], [])


def test_what_a_persons_own_seed_makes_equal_is_said(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    main([f"{file}:build", "--init", f"{file}:seeded_alike", "--json"])
    (group,) = found(capsys)["equal"]
    assert group["names"] == ["0.weight", "1.weight", "2.weight"]


def test_where_an_init_fails_the_model_as_built_gets_its_verdict(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([f"{file}:build", "--init", f"{file}:fails_at_the_second", "--json"]) == 2
    shown = capsys.readouterr()
    assert "no such layer" in shown.err
    assert "Sequential" in shown.err
    (told,) = json.loads(shown.out)
    assert "no such layer" in told["failed"]
    assert [row["verdict"]["kind"] for row in told["rows"]] == ["consistent"] * 6
    assert all(row["story"]["kind"] == "default" for row in told["rows"])
    assert main([f"{file}:build", "--init", f"{file}:fails_at_the_second"]) == 2
    assert "as it was built, for the init failed" in capsys.readouterr().out
