"""What is promised of tensors laid out of draws: how often right ones are called wrong; a wrong scale is found.

Each is built under observation with fixed seeds. At most 1 % of right ones may raise an alarm; beyond that are more
alarms than come up by chance once in 10,000 runs. A scale that is wrong by 1.5, changed behind the observer's back, has
to be found every time in 1,024 distinct draws or more.
"""

from collections.abc import Callable

import pytest
import torch
from scipy import stats
from torch import Tensor, nn
from torch.nn import functional

from core.theory.model_verdict import ModelCheck

from .origin import built

SHAPE = (48, 32)


def _interleaved() -> Tensor:
    return nn.init.kaiming_normal_(torch.empty(16, 16, 3, 3)).repeat_interleave(4, dim=0)


def _looped() -> Tensor:
    drawn, tensor = torch.randn(SHAPE), torch.empty(4 * SHAPE[0], SHAPE[1])
    for start in range(4):
        tensor[start::4].copy_(drawn)
    return tensor


def _among() -> Tensor:
    drawn = torch.randn(SHAPE)
    return torch.cat([drawn, drawn, torch.randn(SHAPE), -drawn])


def _experts() -> Tensor:
    return torch.stack([nn.init.xavier_uniform_(torch.empty(SHAPE)) for _ in range(4)]) * 0.5


def _diagonal() -> Tensor:
    return torch.randn(64, 64).fill_diagonal_(1.0).mul_(0.3).add_(0.1)


TENSORS: dict[str, Callable[[], Tensor]] = {
    "interleaved": _interleaved,
    "copied in a loop": _looped,
    "among others, and negated": _among,
    "experts": _experts,
    "layers joined": lambda: torch.cat([nn.Linear(32, 64).weight.data for _ in range(3)]),
    "cut and joined": lambda: torch.cat(torch.randn(192, 32).chunk(4)[::-1]),
    "repeated in bfloat16": lambda: torch.randn(SHAPE).bfloat16().repeat(4, 1),
    "a triangle": lambda: (torch.rand(64, 64) + 1).triu(1),
    "a diagonal set": _diagonal,
    "the identity and noise": lambda: torch.eye(64) + 0.01 * torch.randn(64, 64),
    "padded": lambda: functional.pad(torch.randn(SHAPE), (2, 8, 1, 0), value=1.5),
    "turned": lambda: torch.randn(32, 12, 4).permute(2, 0, 1).contiguous().flip(0),
}


def _kinds(make: Callable[[], Tensor], seed: int, *factors: float) -> list[str]:
    """The verdicts on a tensor as it was made, and with its scale wrong by each of the factors."""

    def build() -> nn.Module:
        net = nn.Module()
        net.w = nn.Parameter(make())
        return net

    torch.manual_seed(seed)
    net, found = built(build)
    kinds = [ModelCheck(net, found).model().kind]
    right = net.get_parameter("w").detach().clone()
    for factor in factors:
        net.get_parameter("w").data.copy_(right * factor)
        kinds.append(ModelCheck(net, found).model().kind)
    return list(kinds)


@pytest.mark.parametrize("name", TENSORS)
def test_a_wrong_scale_is_found_where_draws_were_laid_out(name: str) -> None:
    for seed in range(10):
        right, *wrong = _kinds(TENSORS[name], seed, 1.5, 1 / 1.5)
        assert right == "consistent"
        assert set(wrong) <= {"violates", "inconsistent"}


@pytest.mark.slow
@pytest.mark.parametrize("name", TENSORS)
def test_right_ones_raise_an_alarm_once_in_a_hundred_at_most(name: str) -> None:
    trials = 400
    alarms = sum(kind in ("violates", "inconsistent") for seed in range(trials) for kind in _kinds(TENSORS[name], seed))
    assert alarms <= int(stats.binom.isf(1e-4, trials, 0.01))
