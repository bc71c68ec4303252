"""A tie that an init breaks is said by the command, with both counts; what is lost beside a write that arrives, too."""

import json

import pytest

from core.check import main

FILE = """
import torch
from torch import nn


def build():
    net = nn.Sequential(nn.Linear(8, 8), nn.Linear(8, 8))
    net[1].weight = net[0].weight
    return net


def replaces(m):
    if isinstance(m, nn.Linear):
        m.weight = nn.Parameter(torch.randn_like(m.weight))


def in_place(m):
    if isinstance(m, nn.Linear):
        nn.init.normal_(m.weight)
"""


def test_a_broken_tie_is_said_with_both_counts(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    main([f"{file}:build", "--init", f"{file}:replaces"])
    assert "the tie is broken, and 64 values became 128" in capsys.readouterr().out
    main([f"{file}:build", "--init", f"{file}:replaces", "--json"])
    (found,) = json.loads(capsys.readouterr().out)
    assert ["64 values became 128" in sentence for sentence in found["told"]] == [True]


def test_of_a_tie_that_holds_nothing_is_said(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    main([f"{file}:build", "--init", f"{file}:in_place", "--json"])
    (found,) = json.loads(capsys.readouterr().out)
    assert found["told"] == []
