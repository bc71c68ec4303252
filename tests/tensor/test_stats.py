"""Statistics against torch, NumPy and exact arithmetic."""

import math
from fractions import Fraction
from statistics import stdev

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from numpy.typing import NDArray

from core.tensor.stats import summary
from tests.tensor.values import SHAPES, floats, normal


def test_summary_agrees_with_torch() -> None:
    for shape in SHAPES:
        for dtype in (torch.float32, torch.float64):
            w = normal(*shape, dtype=dtype) * 0.02 + 0.3
            found, exact = summary(w), w.double()
            assert found.numel == w.numel()
            assert found.mean == pytest.approx(exact.mean().item(), rel=1e-12)
            assert (found.min, found.max) == (w.min().item(), w.max().item())
            assert found.l2 == pytest.approx(torch.linalg.norm(exact).item(), rel=1e-12)
            if w.numel() > 1:
                assert found.std == pytest.approx(exact.std().item(), rel=1e-10)


def test_std_survives_a_mean_a_billion_times_larger() -> None:
    offset = normal(300, 300, dtype=torch.float64) * 1e-3 + 1e6
    assert summary(offset).std == pytest.approx(offset.std().item(), rel=1e-9)
    rounded = offset.float()  # only a handful of float32 numbers lie there
    assert summary(rounded).std == pytest.approx(rounded.double().std().item(), rel=1e-9, abs=1e-12)
    few = torch.tensor([1e6, 1e6 + 0.0625, 1e6 - 0.0625, 1e6])
    assert summary(few).std == pytest.approx(stdev(few.tolist()), rel=1e-12)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("mean", [0.0, 0.3, 30.0, 99.0, 101.0, 300.0, 1e3, 1e4, 1e5, 1e7])
def test_std_keeps_its_digits_however_large_the_mean_is_beside_it(mean: float, dtype: torch.dtype) -> None:
    """From a mean of 100 standard deviations on the sum of squares has lost four digits and more: exact arithmetic."""
    w = (normal(40, 50, dtype=torch.float64) + mean).to(dtype)
    values = [Fraction(x) for x in w.reshape(-1).tolist()]
    exact = sum(values, Fraction()) / len(values)
    variance = float(sum(((x - exact) * (x - exact) for x in values), Fraction()) / (len(values) - 1))
    found = summary(w)
    # Below the threshold the sum of squares is good to 1e-16 / 2e-4; above it the deviations are summed.
    assert found.std == pytest.approx(math.sqrt(variance), rel=1e-11 if mean < 100 else 1e-14)
    assert found.mean == pytest.approx(float(exact), rel=1e-14, abs=1e-15)


def test_std_needs_two_finite_values() -> None:
    assert summary(torch.tensor([3.0])).std is None
    assert summary(torch.tensor([3.0, math.nan])).std is None
    assert summary(torch.tensor([3.0, math.nan, 5.0])).std == pytest.approx(math.sqrt(2))


def test_a_constant_tensor_has_no_spread() -> None:
    for value in (0.1, 1.0, 1e-30, -7e33, 2.0**127):
        found = summary(torch.full((200, 30), value))
        assert (found.std, found.mean, found.min) == (0.0, found.max, found.max)


def test_the_largest_numbers_do_not_overflow_statistics_that_are_representable() -> None:
    found = summary(torch.tensor([1e308, 1e308, -1e308, -1e308], dtype=torch.float64))
    assert (found.mean, found.l2) == (0.0, None)  # the norm, 2e308, is not a float64
    assert found.std == pytest.approx(1e308 * math.sqrt(4 / 3))
    assert summary(torch.tensor([5e-324, 1e-323], dtype=torch.float64)).l2 == 1e-323
    tiny = summary(torch.tensor([3e-200, 4e-200], dtype=torch.float64))
    assert tiny.l2 == pytest.approx(5e-200, rel=1e-14)


@pytest.mark.parametrize("exponent", [440, 460, 1000, -440, -460, -1000])
def test_a_power_of_two_moves_no_digit_of_a_statistic(exponent: int) -> None:
    """Beyond 2^450 sums are taken of scaled values: by a power of two, which loses nothing."""
    w = normal(30, 40, dtype=torch.float64).clamp(-3, 3).exp()
    plain, moved = summary(w), summary(w * 2.0**exponent)
    for name in ("mean", "std", "min", "max", "l2"):
        assert getattr(moved, name) == math.ldexp(getattr(plain, name), exponent), name


@settings(max_examples=150)
@given(floats())
def test_summary_of_any_floats_is_exact_arithmetic_over_the_finite_ones(array: NDArray[np.floating]) -> None:
    found = summary(array)
    finite = [float(x) for x in array[np.isfinite(array)]]
    assert found.numel == array.size
    assert (found.nan, found.inf) == (int(np.isnan(array).sum()), int(np.isinf(array).sum()))
    assert found.zeros == int((array == 0).sum())
    assert found.negative_zeros == int(((array == 0) & np.signbit(array)).sum())
    assert found.nonfinite == array.size - len(finite)
    if not finite:
        assert found.mean is found.std is found.min is found.max is found.l2 is None
        return
    exact = [Fraction(x) for x in finite]
    mean = sum(exact, Fraction()) / len(exact)
    largest = max(map(abs, finite))
    assert (found.min, found.max) == (min(finite), max(finite))
    assert found.mean is not None
    assert abs(Fraction(found.mean) - mean) <= Fraction(largest) * Fraction(1, 10**14) + Fraction(5e-324)
    if len(finite) > 1:
        assert_root(found.std, sum(((x - mean) * (x - mean) for x in exact), Fraction()) / (len(exact) - 1), largest)
    assert_root(found.l2, sum((x * x for x in exact), Fraction()), largest)


def assert_root(found: float | None, square: Fraction, largest: float) -> None:
    """The root of `square` up to rounding, None beyond the largest float64."""
    if found is None:
        assert square > Fraction(1.79e308) ** 2
        return
    slack = Fraction(largest) * Fraction(1, 10**12) + Fraction(1e-323)
    low, high = max(Fraction(0), Fraction(found) - slack), Fraction(found) + slack
    assert low * low <= square <= high * high
