"""`--story`: which rule initialized what, as the command prints it and as its JSON holds it."""

import json

import pytest

from core.check import main

FILE = """
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(10, 4, padding_idx=0)
        self.head = nn.Linear(4, 10, bias=False)
        self.head.weight = self.emb.weight
        self.attention = nn.MultiheadAttention(4, 2)
        self.copy = nn.Parameter(self.emb.weight.detach().clone())
        self.scale = nn.Parameter(torch.empty(3))
        nn.init.kaiming_normal_(self.emb.weight, mode="fan_out", nonlinearity="relu")
        with torch.no_grad():
            self.emb.weight[0].zero_()
        self.register_buffer("one", torch.ones(1))


def build():
    return Net()


def my_init(m):
    if isinstance(m, nn.MultiheadAttention):
        nn.init.zeros_(m.out_proj.bias)
"""


def test_each_tensor_has_who_wrote_it_last_and_what_was_there_before(
    file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    main([f"{file}:build", "--init", f"{file}:my_init", "--story"])
    out = capsys.readouterr().out
    told = [line.split() for line in out[out.index("who wrote what:") :].splitlines()[1:]]
    said = [" ".join(line) for line in told]
    at = said.index("emb.weight (10, 4) 4 writes filled by zero_ at [0] in net.py:17 (also head.weight)")
    assert said[at + 1 : at + 4] == [
        "before that drawn by kaiming_normal_(a=0, mode='fan_out', nonlinearity='relu') in net.py:15",
        "before that PyTorch's default of Embedding at [0] in net.py:9",
        "before that PyTorch's default of Embedding in net.py:9",
    ]
    assert "scale (3,) 0 writes never written: memory as it was found" in " ".join(said)
    assert any(line.startswith("copy (10, 4) 1 write copied from emb.weight") for line in said)
    at = next(i for i, line in enumerate(said) if line.startswith("attention.out_proj.bias"))
    assert said[at].endswith("filled by zeros_ in net.py:27, step 1")
    assert said[at + 2] == "before that PyTorch's default of Linear in net.py:12"


def test_json_holds_every_tensors_story(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    main([f"{file}:build", "--json"])
    (found,) = json.loads(capsys.readouterr().out)
    stories = {row["name"]: row["story"] for row in found["rows"]}
    story = stories["emb.weight"]
    assert (story["kind"], story["function"], story["times"]) == ("filled", "zero_", 4)
    drawn = story["earlier"][-1]
    assert drawn["arguments"] == {"a": 0, "mode": "fan_out", "nonlinearity": "relu"}
    assert drawn["line"] == f"{file}:15"
    assert (story["earlier"][0]["kind"], story["earlier"][0]["owner"]) == ("default", "Embedding")
    assert (stories["copy"]["kind"], stories["copy"]["source"]) == ("copied", "emb.weight")
    assert (stories["scale"]["kind"], stories["scale"]["times"]) == ("never written", 0)
