"""What constructors write instead of calling an init: each formula's theory is its own, or nothing is promised.

`KNOWN` and `REPEATED` say the distribution by scipy, against which the promise is held; of `UNKNOWN`, nothing is
promised, since they are drawn otherwise than their first operation.
"""

# mypy: disable-error-code="no-untyped-call"
# torch leaves its distributions untyped

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from scipy import stats
from torch import Tensor, nn
from torch.distributions import Normal, Uniform

from core.observation import provenance
from core.questions.theory import VerdictRow
from core.theory.model_verdict import ModelCheck
from core.theory.origins import origins_when_built

Formula = Callable[[], Tensor]
SHAPE = (64, 48)


def judged(formula: Formula) -> VerdictRow:
    torch.manual_seed(0)
    with provenance() as story:
        net = nn.ParameterDict({"w": nn.Parameter(formula())})
    return ModelCheck(net, origins_when_built(net, story.of(net))).model().rows[0]


KNOWN: dict[str, tuple[Formula, Any]] = {
    "-torch.rand(n)": (lambda: -torch.rand(SHAPE), stats.uniform(-1, 1)),
    "-torch.randn(n) * 3": (lambda: -torch.randn(SHAPE) * 3, stats.norm(0, 3)),
    "-(torch.rand(n).neg_())": (lambda: -torch.rand(SHAPE).neg_(), stats.uniform(0, 1)),
    "1 - torch.rand(n)": (lambda: 1 - torch.rand(SHAPE), stats.uniform(0, 1)),
    "torch.tensor(0.02) * torch.randn(n)": (lambda: torch.tensor(0.02) * torch.randn(SHAPE), stats.norm(0, 0.02)),
    "torch.tensor(1.) + torch.rand(n)": (lambda: torch.tensor(1.0) + torch.rand(SHAPE), stats.uniform(1, 1)),
    "torch.randn(n) * torch.tensor(2.).expand(n)": (
        lambda: torch.randn(SHAPE) * torch.tensor(2.0).expand(SHAPE),
        stats.norm(0, 2),
    ),
    "Uniform(-1, 1).sample(n)": (lambda: Uniform(-1.0, 1.0).sample(SHAPE), stats.uniform(-1, 2)),
    "Normal(0, 0.1).sample(n)": (lambda: Normal(0.0, 0.1).sample(SHAPE), stats.norm(0, 0.1)),
    "Normal(1, 0.1).rsample(n)": (lambda: Normal(1.0, 0.1).rsample(torch.Size(SHAPE)), stats.norm(1, 0.1)),
    "erfinv(2 * torch.rand(n) - 1) * sqrt(2) * 0.02": (
        lambda: torch.erfinv(2 * torch.rand(SHAPE) - 1) * 2**0.5 * 0.02,
        stats.norm(0, 0.02),
    ),
}
UNKNOWN: dict[str, Formula] = {
    "torch.randn(n).abs()": lambda: torch.randn(SHAPE).abs(),
    "torch.randn(n) * torch.randn(rows, 1)": lambda: torch.randn(SHAPE) * torch.randn(SHAPE[0], 1),
    "torch.randn(n) * torch.randn(n)": lambda: torch.randn(SHAPE) * torch.randn(SHAPE),
    "torch.randn(n).clamp(min=zeros)": lambda: torch.randn(SHAPE).clamp(min=torch.zeros(SHAPE)),
    "torch.randn(n).clamp(max=zeros of a row)": lambda: torch.randn(SHAPE).clamp(max=torch.zeros(SHAPE[1])),
    "torch.randn(n).clamp_(zeros, ones)": lambda: torch.randn(SHAPE).clamp_(torch.zeros(SHAPE), torch.ones(SHAPE)),
    "torch.normal(zeros, stds)": lambda: torch.normal(torch.zeros(SHAPE), torch.rand(SHAPE)),
    "torch.normal(0, stds)": lambda: torch.normal(0.0, torch.linspace(0.1, 1, 500)),
    "torch.normal(means, 1)": lambda: torch.normal(torch.linspace(-9, 9, 500), 1.0),
    "Normal(zeros, stds).sample(n)": lambda: Normal(torch.zeros(48), torch.linspace(0.1, 1, 48)).sample((64,)),
    "Uniform(zeros, highs).sample(n)": lambda: Uniform(torch.zeros(48), torch.linspace(0.1, 1, 48)).sample((64,)),
    "torch.randn(columns).expand(n) * 0.02": lambda: torch.randn(SHAPE[1]).expand(SHAPE) * 0.02,
    "torch.rand(n).log()": lambda: torch.rand(SHAPE).log(),
    "torch.randn(n) ** 2": lambda: torch.randn(SHAPE) ** 2,
    "F.normalize(torch.randn(n))": lambda: nn.functional.normalize(torch.randn(SHAPE)),
}
#: The law of a single value is known, and its repeats were seen to be made; how often each value stands in the tensor.
REPEATED: dict[str, tuple[Formula, Any, int]] = {
    "zeros.copy_(torch.randn(columns))": (
        lambda: torch.zeros(SHAPE).copy_(torch.randn(SHAPE[1])),
        stats.norm(0, 1),
        SHAPE[0],
    ),
    "w[:] = torch.randn(1, columns)": (
        lambda: torch.empty(SHAPE).copy_(torch.randn(1, SHAPE[1]).expand(SHAPE)),
        stats.norm(0, 1),
        SHAPE[0],
    ),
    "w[:] = an identity's first row": (
        lambda: torch.empty(SHAPE).copy_(nn.init.eye_(torch.empty(1, SHAPE[1]))),
        stats.bernoulli(1 / SHAPE[1]),
        SHAPE[0],
    ),
    "torch.randn(1, columns).expand(n).clone()": (
        lambda: torch.randn(1, SHAPE[1]).expand(SHAPE).clone(),
        stats.norm(0, 1),
        SHAPE[0],
    ),
    "torch.randn(n).repeat(2, 1) * 2": (lambda: torch.randn(SHAPE).repeat(2, 1) * 2, stats.norm(0, 2), 2),
}


@pytest.mark.parametrize("formula", KNOWN)
def test_the_theory_is_that_of_the_whole_formula(formula: str) -> None:
    draw, oracle = KNOWN[formula]
    row = judged(draw)
    assert row.verdict.kind == "consistent", row
    assert row.expected_std is not None
    assert np.isclose(row.expected_std, oracle.std(), rtol=1e-6)
    torch.manual_seed(1)
    assert stats.kstest(draw().double().numpy().ravel(), oracle.cdf).pvalue > 1e-6  # so is the oracle the formula's


@pytest.mark.parametrize("formula", UNKNOWN)
def test_nothing_is_promised_of_what_is_not_followed(formula: str) -> None:
    row = judged(UNKNOWN[formula])
    assert row.verdict.kind == "no theory", row
    assert row.story.kind != "unseen"


@pytest.mark.parametrize("formula", REPEATED)
def test_what_was_seen_to_be_repeated_has_the_law_of_its_distinct_values(formula: str) -> None:
    draw, oracle, times = REPEATED[formula]
    row = judged(draw)
    assert row.verdict.kind == "consistent", row
    assert row.expected_std is not None
    assert np.isclose(row.expected_std, oracle.std(), rtol=1e-6)
    torch.manual_seed(0)
    drawn = draw()
    assert torch.equal(drawn, drawn[: len(drawn) // times].repeat(times, 1))  # so it does repeat


def test_a_constant_that_is_repeated_stays_one() -> None:
    for formula in (
        lambda: torch.zeros(SHAPE).copy_(torch.full((SHAPE[1],), 0.3)),
        lambda: torch.full((1, SHAPE[1]), 0.3).expand(SHAPE).clone(),
        lambda: torch.empty(SHAPE).copy_(torch.tensor(0.3)),
    ):
        row = judged(formula)
        assert row.verdict.kind == "consistent", row
        assert row.expected_std == 0
