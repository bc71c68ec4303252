"""Each test's p-value against scipy's own, and how a tensor's tests share its false alarms."""

import math

import numpy as np
import pytest
import torch
from scipy import stats

from core.recipe.schemes.distribution import (
    Distribution,
    constant,
    mixed,
    normal,
    sphere_coordinate,
    truncated_normal,
    uniform,
)
from core.recipe.schemes.table import promise_of
from core.theory import goodness, power
from core.theory.examination import examined, look
from core.theory.probability import cdf, continuous, moments
from core.theory.rounding import Grid
from core.theory.verdict import FALSE_ALARM, judged

NORMAL, UNIFORM = normal(0, 1), uniform(-1, 1)


def sample(values: torch.Tensor) -> goodness.Sample:
    return goodness.sample(values, Grid(torch.float64, torch.float64))


def asked_of(values: torch.Tensor, expected: Distribution) -> dict[str, goodness.Test]:
    names = ("std", "mean", "reach", "shape")
    return dict(zip(names, goodness.tests(sample(values), expected), strict=True))


def some_normal(size: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(size, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize("factor", [0.9, 1.1])
def test_the_std_of_a_normal_is_tested_by_chi_squared_on_both_sides(factor: float) -> None:
    values = some_normal(200)
    values *= factor / float(values.square().mean().sqrt())
    tail = stats.chi2(200).cdf(200 * factor**2) if factor < 1 else stats.chi2(200).sf(200 * factor**2)
    assert asked_of(values, NORMAL)["std"].p == pytest.approx(2 * tail, rel=1e-6)


@pytest.mark.parametrize("shift", [-0.15, 0.15])
def test_the_mean_is_tested_on_both_sides(shift: float) -> None:
    values = some_normal(200)
    values += shift - values.mean()
    z = abs(shift) * math.sqrt(200)
    assert asked_of(values, NORMAL)["mean"].p == pytest.approx(2 * stats.norm.sf(z), rel=1e-6)


@pytest.mark.parametrize("reach", [0.2, 1.999])
def test_the_largest_deviation_within_bounds_is_tested_on_both_sides(reach: float) -> None:
    bounded = truncated_normal(0, 0.7, -2, 2)
    size = 50
    values = torch.linspace(-reach, reach, size, dtype=torch.float64)
    inside = float(cdf(bounded, np.array(reach)) - cdf(bounded, np.array(-reach)))
    tail = min(inside**size, 1 - inside**size)
    found = asked_of(values, bounded)["reach"].p
    assert found == pytest.approx(min(1, 2 * tail), rel=1e-6)


def test_the_largest_deviation_has_one_side_where_the_other_is_certain() -> None:
    small = 0.9 * torch.linspace(-1, 1, 60, dtype=torch.float64)
    assert asked_of(small, UNIFORM)["reach"].p == pytest.approx(0.9**60, rel=1e-6)


def test_the_largest_deviation_of_a_normal_is_tested_on_both_sides() -> None:
    far = torch.cat([some_normal(99).clamp(-2, 2), torch.tensor([4.5], dtype=torch.float64)])
    assert asked_of(far, NORMAL)["reach"].p == pytest.approx(2 - 2 * (1 - 2 * stats.norm.sf(4.5)) ** 100, rel=1e-6)
    cut = some_normal(100).clamp(-1.5, 1.5)
    assert asked_of(cut, NORMAL)["reach"].p == pytest.approx(2 * (1 - 2 * stats.norm.sf(1.5)) ** 100, rel=1e-6)


@pytest.mark.parametrize("power", [0.8, 1.3])
def test_the_shape_is_tested_by_massarts_inequality_with_its_factor_2(power: float) -> None:
    uniforms = torch.rand(300, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    values = 2 * uniforms**power - 1
    apart = float(stats.ks_1samp(values.numpy(), stats.uniform(-1, 2).cdf).statistic)
    assert asked_of(values, UNIFORM)["shape"].p == pytest.approx(2 * math.exp(-2 * 300 * apart**2), rel=1e-6)


@pytest.mark.parametrize("hits", [0, 20, 45, 100])
def test_a_share_is_tested_by_the_binomial_on_both_sides(hits: int) -> None:
    binomial = stats.binom(100, 0.3)
    expected = min(1.0, 2 * min(binomial.cdf(hits), binomial.sf(hits - 1)))
    assert goodness.share_test(hits, 100, 0.3, "zero").p == pytest.approx(expected)


def test_half_of_a_tensors_false_alarms_go_to_what_tells_its_scale_best() -> None:
    def weights(expected: Distribution) -> list[float]:
        return [test.weight for test in goodness.tests(sample(some_normal(50)), expected)]

    assert weights(UNIFORM) == [1.0, 1.0, 3.0, 1.0]
    assert weights(mixed((0.5, uniform(-10, -5)), (0.5, uniform(5, 10)))) == [1.0, 1.0, 3.0, 1.0]
    for expected in (NORMAL, truncated_normal(0, 1, -2, 2), sphere_coordinate(1, 8)):
        assert weights(expected) == [3.0, 1.0, 1.0, 1.0]


def test_the_shares_of_a_mixture_belong_to_its_components() -> None:
    uneven = mixed((0.9, normal(0, 1)), (0.1, constant(5.0)))
    assert [(part.share, part.scale) for part in uneven.parts] == [(0.9, 1.0)]
    assert [(atom.value, atom.probability) for atom in uneven.atoms] == [(5.0, 0.1)]
    assert moments(uneven).mean == pytest.approx(0.5)
    two = continuous(mixed((0.5, constant(0.0)), (0.4, uniform(-1, 1)), (0.1, uniform(-9, 9))))
    assert [part.share for part in two.parts] == pytest.approx([0.8, 0.2])
    assert [part.scale for part in two.parts] == [2.0, 18.0]


@pytest.mark.parametrize("scheme", ["normal", "uniform", "trunc_normal"])
@pytest.mark.parametrize(("draws", "tensors"), [(1, 1), (10, 1), (1, 7), (10, 7)])
def test_the_bound_that_would_pass_is_that_of_the_verdict(scheme: str, draws: int, tensors: int) -> None:
    """What a verdict says would pass passes, and what lies just outside does not: draws and tensors widen it."""
    options = {"a": -1.0, "b": 1.0} if scheme == "uniform" else {}
    promise = promise_of(scheme, options, (5000,))
    torch.manual_seed(1)
    findings = [examined(look(_drawn(scheme)), promise) for _ in range(tensors)]
    first = judged(findings, draws)[0]
    assert first.kind == "consistent"
    weight = power.scale_weights(promise.distribution)[0]
    level = FALSE_ALARM / (draws * tensors) / 6 * weight
    low, high = power.std_band(promise.distribution, 5000, level)
    assert first.sentence.endswith(f"anything from {low:.3g} to {high:.3g} would pass")
    alone = judged(findings[:1])[0]
    assert (alone.sentence == first.sentence) == (draws * tensors == 1)


def _drawn(scheme: str) -> torch.Tensor:
    tensor = torch.empty(5000)
    match scheme:
        case "normal":
            torch.nn.init.normal_(tensor)
        case "uniform":
            torch.nn.init.uniform_(tensor, -1, 1)
        case _:
            torch.nn.init.trunc_normal_(tensor)
    return tensor
