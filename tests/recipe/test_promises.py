"""What each scheme makes of a tensor, against what torch draws and against scipy."""

import math
import statistics
from typing import Any

import numpy as np
import pytest
import torch
from scipy import stats
from torch import nn

from core.recipe.schemes.by_fan import gain_of
from core.recipe.schemes.promise import Exactly, Orthogonal, ZerosInColumns, fan_in_and_fan_out
from core.recipe.schemes.scheme import Value
from core.recipe.schemes.table import SCHEMES, promise_of, resolve_options
from core.replaying.initializing import initialize
from core.theory.probability import cdf, moments, support

Options = dict[str, Value]

#: Every row of the table: scheme, options, shape.
ROWS: list[tuple[str, Options, tuple[int, ...]]] = [
    ("uniform", {}, (300, 200)),
    ("uniform", {"a": -3.0, "b": 0.5}, (300, 200)),
    ("normal", {}, (300, 200)),
    ("normal", {"mean": 2.0, "std": 0.01}, (300, 200)),
    ("trunc_normal", {}, (300, 200)),
    ("trunc_normal", {"std": 0.02}, (300, 200)),
    ("trunc_normal", {"mean": 1.0, "std": 0.5, "a": 0.0, "b": 1.2}, (300, 200)),
    ("xavier_uniform", {}, (300, 200)),
    ("xavier_uniform", {"gain": 5 / 3}, (30, 20, 5, 3)),
    ("xavier_normal", {}, (300, 200)),
    ("xavier_normal", {"gain": 0.1}, (30, 20, 5, 3)),
    ("kaiming_uniform", {}, (300, 200)),
    ("kaiming_uniform", {"a": math.sqrt(5)}, (30, 20, 5, 3)),
    ("kaiming_uniform", {"mode": "fan_out", "nonlinearity": "tanh"}, (30, 20, 99)),
    ("kaiming_normal", {}, (300, 200)),
    ("kaiming_normal", {"mode": "fan_out", "nonlinearity": "selu"}, (30, 20, 5, 3, 2)),
    ("lecun_normal", {}, (300, 200)),
    ("lecun_normal", {}, (30, 20, 5, 3)),
    ("orthogonal", {}, (300, 200)),
    ("orthogonal", {"gain": 2.0}, (100, 20, 3, 5)),
    ("sparse", {}, (300, 200)),
    ("sparse", {"sparsity": 0.5, "std": 2.0}, (301, 200)),
]


def drawn(scheme: str, options: Options, shape: tuple[int, ...], seed: int = 0) -> torch.Tensor:
    torch.manual_seed(seed)
    tensor = torch.empty(shape)
    initialize(tensor, scheme, resolve_options(scheme, options))
    return tensor


@pytest.mark.parametrize(("scheme", "options", "shape"), ROWS)
def test_moments_and_support_are_those_of_what_torch_draws(
    scheme: str, options: Options, shape: tuple[int, ...]
) -> None:
    found, values = promise_of(scheme, options, shape), drawn(scheme, options, shape).double().flatten().numpy()
    about, n = moments(found.distribution), values.size
    assert abs(values.mean() - about.mean) < 5 * about.std / math.sqrt(n)
    assert abs(values.std() / about.std - 1) < 5 * math.sqrt((about.kurtosis - 1) / (4 * n))
    kurtosis = ((values - values.mean()) ** 4).mean() / values.var() ** 2
    assert kurtosis == pytest.approx(about.kurtosis, rel=0.1)
    low, high = support(found.distribution)
    assert low - 1e-6 <= values.min()
    assert values.max() <= high + 1e-6


@pytest.mark.parametrize(("scheme", "options", "shape"), ROWS)
def test_the_cdf_is_that_of_what_torch_draws(scheme: str, options: Options, shape: tuple[int, ...]) -> None:
    found, values = promise_of(scheme, options, shape), drawn(scheme, options, shape, seed=1).double().flatten().numpy()
    values = values[values != 0]
    at_zero = sum(atom.probability for atom in found.distribution.atoms)

    shares = (cdf(found.distribution, values) - at_zero * (values >= 0)) / (1 - at_zero)
    assert stats.kstest(shares, "uniform").pvalue > 1e-4


_XAVIER = math.sqrt(6 / 500)
SCIPY = [
    ("uniform", {"a": -3.0, "b": 0.5}, stats.uniform(-3, 3.5)),
    ("normal", {"mean": 2.0, "std": 0.01}, stats.norm(2, 0.01)),
    ("trunc_normal", {}, stats.truncnorm(-2, 2)),
    ("trunc_normal", {"mean": 1.0, "std": 0.5, "a": 0.0, "b": 1.2}, stats.truncnorm(-2, 0.4, 1, 0.5)),
    ("xavier_uniform", {}, stats.uniform(-_XAVIER, 2 * _XAVIER)),
    ("xavier_normal", {}, stats.norm(0, math.sqrt(2 / 500))),
    ("kaiming_uniform", {}, stats.uniform(-math.sqrt(6 / 200), 2 * math.sqrt(6 / 200))),
    ("kaiming_normal", {"mode": "fan_out"}, stats.norm(0, math.sqrt(2 / 300))),
    ("lecun_normal", {}, stats.norm(0, math.sqrt(1 / 200))),
]


@pytest.mark.parametrize(("scheme", "options", "scipys"), SCIPY)
def test_where_scipy_has_the_distribution_they_agree(scheme: str, options: Options, scipys: Any) -> None:
    own = promise_of(scheme, options, (300, 200)).distribution
    x = scipys.ppf(np.linspace(0.001, 0.999, 101))
    assert cdf(own, x) == pytest.approx(scipys.cdf(x))
    assert (moments(own).mean, moments(own).std) == pytest.approx((scipys.mean(), scipys.std()))
    fourth = scipys.expect(lambda x: (x - scipys.mean()) ** 4)
    assert moments(own).kurtosis == pytest.approx(fourth / scipys.std() ** 4, rel=1e-4)


@pytest.mark.parametrize("shape", [(8, 4), (1, 8), (7, 7), (16, 6, 5, 5), (3, 9, 4), (2, 3, 2, 3, 2), (64, 1, 3, 3)])
def test_fans_are_torchs(shape: tuple[int, ...]) -> None:
    assert fan_in_and_fan_out(shape) == nn.init._calculate_fan_in_and_fan_out(torch.empty(shape))


@pytest.mark.parametrize("nonlinearity", [str(c) for c in SCHEMES["kaiming_normal"].options[2].choices])
@pytest.mark.parametrize("slope", [0.0, 0.2, math.sqrt(5)])
def test_gains_are_torchs(nonlinearity: str, slope: float) -> None:
    assert gain_of(nonlinearity, slope) == pytest.approx(nn.init.calculate_gain(nonlinearity, slope))  # type: ignore[arg-type]  # torch types it as a Literal


@pytest.mark.parametrize(("scheme", "shape"), [("eye", (8, 5)), ("eye", (3, 3)), ("dirac", (8, 5, 3, 3))])
def test_what_is_not_random_has_torchs_mean_and_std_exactly(scheme: str, shape: tuple[int, ...]) -> None:
    values = drawn(scheme, {}, shape).flatten().tolist()
    about = moments(promise_of(scheme, {}, shape).distribution)
    assert (about.mean, about.std) == pytest.approx((statistics.fmean(values), statistics.pstdev(values)))


@pytest.mark.parametrize("groups", [1, 2, 4])
def test_dirac_counts_its_ones(groups: int) -> None:
    found = promise_of("dirac", {"groups": groups}, (8, 3, 5))
    ones = int(drawn("dirac", {"groups": groups}, (8, 3, 5)).sum())
    assert found.distribution.atoms[1].probability == pytest.approx(ones / 120)
    assert any(f"= {ones}" in line for line in found.algebra)


def test_a_columns_zeros_are_rounded_up() -> None:
    found = promise_of("sparse", {"sparsity": 0.1}, (4, 9))
    assert found.structure == ZerosInColumns(1)
    assert found.distribution.atoms[0].probability == 0.25
    assert drawn("sparse", {"sparsity": 0.1}, (4, 9)).eq(0).sum(0).tolist() == [1] * 9
    assert moments(promise_of("sparse", {}, (300, 2)).distribution).kurtosis == pytest.approx(3 / 0.9)


def test_the_rms_of_an_orthogonal_matrix_is_not_random() -> None:
    for shape in ((8, 3), (3, 8), (5, 2, 3)):
        found = promise_of("orthogonal", {"gain": 2.0}, shape)
        for seed in range(3):
            rms = drawn("orthogonal", {"gain": 2.0}, shape, seed).square().mean().sqrt()
            assert float(rms) == pytest.approx(moments(found.distribution).std, rel=1e-5)
        assert found.structure == Orthogonal(2.0)


@pytest.mark.parametrize(
    ("scheme", "options", "value"),
    [
        ("xavier_normal", {"gain": 0.0}, 0.0),
        ("normal", {"mean": 3.0, "std": 0.0}, 3.0),
        ("constant", {"val": 42.0}, 42.0),
    ],
)
def test_without_width_one_value_is_certain(scheme: str, options: Options, value: float) -> None:
    assert promise_of(scheme, options, (8, 4)).structure == Exactly("constant", value)


_XAVIER_LINEAR: tuple[str, Options, tuple[int, ...]] = ("xavier_uniform", {}, (8, 4))
_LINEAR: tuple[str, Options, tuple[int, ...]] = ("kaiming_uniform", {"a": math.sqrt(5)}, (8, 4))


@pytest.mark.parametrize(
    ("row", "line"),
    [
        (_XAVIER_LINEAR, "bound = gain · sqrt(6 / (fan_in + fan_out)) = 1 · sqrt(6 / (4 + 8)) = 0.7071"),
        (_LINEAR, "gain = sqrt(2 / (1 + a²)) = sqrt(2 / (1 + 2.236²)) = 0.5774"),
        (_LINEAR, "bound = gain · sqrt(3 / fan_in) = 0.5774 · sqrt(3 / 4) = 0.5"),
        (("kaiming_normal", {}, (16, 6, 5, 5)), "fan_in = size(1) · size(2) · size(3) = 6 · 5 · 5 = 150"),
        (("lecun_normal", {}, (8, 4)), "std = 1 / sqrt(fan_in) = 1 / sqrt(4) = 0.5"),
        (("normal", {"std": 0.01}, (8, 4)), "variance = std² = 0.01² = 0.0001"),
        (("trunc_normal", {"std": 0.02}, (3,)), "the bounds are absolute and lie 100 std out: nothing is truncated"),
        (("orthogonal", {}, (8, 4)), "RMS = gain / sqrt(max(rows, columns)) = 1 / sqrt(8) = 0.3536, not random"),
        (("sparse", {}, (4, 9)), "zeros a column = ceil(sparsity · rows) = ceil(0.1 · 4) = 1"),
    ],
)
def test_the_algebra_shows_the_real_numbers(row: tuple[str, Options, tuple[int, ...]], line: str) -> None:
    assert line in promise_of(*row).algebra


@pytest.mark.parametrize(("scheme", "options", "shape"), [row for row in ROWS if row[0] == "trunc_normal"])
def test_the_truncated_std_of_the_algebra_is_scipys(scheme: str, options: Options, shape: tuple[int, ...]) -> None:
    found = promise_of(scheme, options, shape)
    shown = [line.rpartition("= ")[2] for line in found.algebra if line.startswith("std")]
    assert all(float(each) == pytest.approx(moments(found.distribution).std, rel=1e-3) for each in shown)
    assert shown or options == {"std": 0.02}


@pytest.mark.parametrize("scheme", ["xavier_uniform", "kaiming_normal", "orthogonal", "sparse", "eye", "dirac"])
def test_a_scheme_that_needs_more_axes_says_so(scheme: str) -> None:
    with pytest.raises(ValueError, match=r"axes"):
        promise_of(scheme, {}, (8,))
