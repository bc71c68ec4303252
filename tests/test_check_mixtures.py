"""The command on heavy-tailed mixtures, which are right, and on a uniform that is declared a normal, which is not."""

import pytest

from core.check import main
from core.check.checking import check

FILE = """
import torch
from torch import nn

def build():
    net = nn.Linear(10, 200, bias=False)
    for row in (net.weight,):
        wide = torch.rand(row.shape) < 0.02
        with torch.no_grad():
            row.copy_(torch.where(wide, torch.randn(row.shape), torch.randn(row.shape) * 0.05))
    return net
build.expects = mixture(share(0.02, normal(0, 1)), normal(0, 0.05))

def flat():
    net = nn.Linear(10, 15, bias=False)
    nn.init.uniform_(net.weight, -(3 ** 0.5), 3 ** 0.5)
    return net
flat.expects = normal(0, 1)
"""


@pytest.mark.parametrize("count", [40, pytest.param(200, marks=pytest.mark.slow)])
def test_a_mixture_with_heavy_tails_that_is_declared_is_hardly_ever_called_wrong(file: str, count: int) -> None:
    said = {seed: check(f"{file}:build", None, seed).rows[0].verdict for seed in range(count)}
    alarms = {seed: each for seed, each in said.items() if each.kind != "consistent"}
    assert len(alarms) <= 0.01 * count, alarms  # chance alone raises 0.3 %


def test_a_uniform_of_equal_std_that_is_declared_a_normal_is_found(
    file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([f"{file}:flat"]) == 1
    assert "no value is farther than 1.7" in capsys.readouterr().out
