"""Parts that a model's file declares, held against what wrote them."""

from pathlib import Path

import pytest

from core.check import main

MODEL = """
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, padded=True):
        super().__init__()
        self.emb = nn.Embedding(50, 16, padding_idx=0)
        self.lstm = nn.LSTM(16, 32)
        nn.init.normal_(self.emb.weight, 0, 0.1)
        with torch.no_grad():
            if padded:
                self.emb.weight[0].zero_()
            self.lstm.bias_hh_l0[32:64].fill_(1)


def build():
    return Net()


def padding_lost():
    return Net(False)


def other_gate():
    return Net()


expects = {"emb.weight": normal(0, 0.1), "emb.weight[0]": zeros(), "lstm.bias_hh_l0[n/4:n/2]": ones()}
other_gate.expects = {**expects, "lstm.bias_hh_l0[:n/4]": ones()}
"""


@pytest.mark.parametrize(
    ("build", "status", "says"),
    [
        ("build", 0, "5 consistent"),
        ("padding_lost", 1, "[0] the model's constructor declares 0"),
        ("other_gate", 1, "[:32] the model's constructor declares 1"),
    ],
)
def test_each_part_is_judged_as_it_is_declared(
    tmp_path: Path, build: str, status: int, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "net.py").write_text(MODEL, encoding="utf-8")
    assert main([f"{tmp_path}/net.py:{build}"]) == status
    assert says in capsys.readouterr().out
