"""Statistics, histograms and pictures against torch, NumPy and exact arithmetic."""

import math
from dataclasses import astuple
from fractions import Fraction
from statistics import stdev

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray
from torch import Tensor

from core.questions.picture import NAN, NEGATIVE_INFINITY, POSITIVE_INFINITY, Heatmap
from core.tensor.binning import bin_counts, bin_edges
from core.tensor.stats import card_statistics, heatmap, histogram, shared_statistics, summary

SHAPES = [(1, 1), (3, 7), (129, 5), (50, 1000), (401, 300), (7, 9001), (1, 70_001), (70_001, 1)]


def normal(*shape: int, seed: int = 0, dtype: torch.dtype = torch.float32) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def floats(*dtypes: type[np.floating]) -> st.SearchStrategy[NDArray[np.floating]]:
    """Matrices of any values at all: NaN, infinities, zeros of both signs, subnormals, the largest numbers."""
    return st.sampled_from(dtypes or (np.float32, np.float64)).flatmap(
        lambda dtype: hnp.arrays(dtype, hnp.array_shapes(min_dims=2, max_dims=2, min_side=0, max_side=9))
    )


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
    # Below the threshold of 1e-4 the sum of squares is good to 1e-16 / 1e-4; above it the deviations are summed.
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


def test_histogram_agrees_with_numpy_on_its_edges() -> None:
    for bins in (1, 7, 60, 255, 256, 1000):
        for dtype in (torch.float32, torch.float64):
            w = normal(400, 500, dtype=dtype)
            found = histogram(w, bins=bins)
            assert np.array_equal(found.counts[0], np.histogram(w, found.edges)[0])
            assert found.counts[0].dtype == np.int64


@pytest.mark.parametrize("bins", [2, 10, 60])
def test_values_on_edges_fall_where_numpy_puts_them(bins: int) -> None:
    for low, high in ((0.0, float(bins)), (-1.0, 1.0), (-0.3, 0.7), (1e6, 1e6 + 1), (-5e-41, 5e-41), (-3e38, 3e38)):
        edges = bin_edges(low, high, bins)
        for dtype in (np.float32, np.float64):
            on = edges.astype(dtype)
            near = [on, np.nextafter(on, dtype(np.inf)), np.nextafter(on, dtype(-np.inf))]
            values = np.repeat(np.concatenate(near), 40)
            values = values[(values >= edges[0]) & (values <= edges[-1])]
            # Alone they are so few that each is compared; many times over, all are doubtful; among others, a few are.
            among = np.linspace(edges[0], edges[-1], 200_003).clip(values.min(), values.max()).astype(dtype)
            for w in (values, np.tile(values, 100), np.concatenate([values[::40], among])):
                counts = bin_counts(w.reshape(1, -1), edges, all_finite=True)
                assert np.array_equal(counts, np.histogram(w, edges)[0])


def test_whole_numbers_are_counted_as_numpy_counts_them() -> None:
    grid = torch.arange(-30, 31).repeat(2000)
    for w in (grid, grid.float(), grid.to(torch.int8), (grid > 0), grid.double() / 30):
        found = histogram(w)
        expected = np.histogram(w.double().numpy(), found.edges)[0]
        assert np.array_equal(found.counts[0], expected)


def test_an_outlier_does_not_blur_the_counts() -> None:
    w = normal(300, 300)
    w[7, 9] = 1e30
    found = histogram(w)
    assert found.counts[0][0] + found.counts[0][-1] == w.numel()
    assert found.counts[0][-1] == 1


@settings(max_examples=150)
@given(st.lists(floats(), min_size=1, max_size=3), st.integers(1, 300), st.sampled_from([1, 5000]))
def test_histograms_of_any_floats_count_every_finite_value(
    drawn: list[NDArray[np.floating]], bins: int, times: int
) -> None:
    arrays = [np.repeat(array.reshape(-1), times) for array in drawn]
    found = histogram(*arrays, bins=bins)
    assert found.edges.dtype == np.float64
    assert found.edges.shape == (bins + 1,)
    assert np.isfinite(found.edges).all()
    assert (found.edges[1:] > found.edges[:-1]).all()
    for array, counts in zip(arrays, found.counts, strict=True):
        finite = array[np.isfinite(array)].astype(np.float64)
        assert counts.sum() == finite.size
        assert np.array_equal(counts, np.bincount(np.searchsorted(found.edges[1:-1], finite, "right"), minlength=bins))


@pytest.mark.parametrize(
    "values",
    [
        torch.tensor([1e308, -1e308], dtype=torch.float64),
        torch.tensor([1.7976931348623157e308, -1.7976931348623157e308, 0], dtype=torch.float64),
        torch.full((5,), 1.7976931348623157e308, dtype=torch.float64),
        torch.full((5,), 2.0**127),
        torch.full((5,), 1e-14),
        torch.full((5,), 5e-324, dtype=torch.float64),
        torch.tensor([0.0, 5e-324], dtype=torch.float64),
        torch.tensor([1.0, 1.0 + 2**-52], dtype=torch.float64),
        torch.zeros(5),
        torch.tensor([2**63 - 1, -(2**63)]),
        torch.full((4,), math.nan),
        torch.empty(0, 3),
    ],
    ids=str,
)
def test_ranges_that_break_numpy_have_a_histogram(values: Tensor) -> None:
    found = histogram(values)
    assert (np.diff(found.edges / 4) > 0).all()
    assert found.counts[0].sum() == int(torch.isfinite(values).sum())


def test_a_histogram_begins_at_the_smallest_value_and_ends_at_the_largest_of_all_tensors() -> None:
    found = histogram(torch.tensor([-1.0, 0.5]), torch.tensor([2.0, math.inf]), torch.tensor([math.nan]))
    assert (found.edges[0], found.edges[-1]) == (-1.0, 2.0)
    assert [int(counts.sum()) for counts in found.counts] == [2, 1, 0]


def pooled(array: NDArray[np.floating], picture: Heatmap) -> list[tuple[float, float, float, int]]:
    """Low, high, mean and flags of every cell, by a loop over cells."""
    height, width = picture.cell
    cells = []
    for row in range(0, array.shape[0], height):
        for column in range(0, array.shape[1], width):
            block = array[row : row + height, column : column + width].astype(np.float64)
            finite = block[np.isfinite(block)]
            flags = NAN * np.isnan(block).any() | POSITIVE_INFINITY * (block == np.inf).any()
            flags |= NEGATIVE_INFINITY * (block == -np.inf).any()
            low, high, mean = (finite.min(), finite.max(), finite.mean()) if finite.size else (math.nan,) * 3
            cells.append((low, high, mean, int(flags)))
    return cells


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("clean", [True, False])
def test_each_cell_holds_the_extremes_and_the_mean_of_its_block(shape: tuple[int, int], clean: bool) -> None:
    w = normal(*shape).numpy()
    if not clean:
        for index, value in enumerate((math.nan, math.inf, -math.inf)):
            w.reshape(-1)[index * 13 % w.size :: 997] = value
    for max_rows, max_columns in ((128, 128), (5, 3), (1, 1)):
        picture = heatmap(w, max_rows, max_columns)
        assert picture.low.shape[0] <= max_rows
        assert picture.low.shape[1] <= max_columns
        low, high, mean, flags = np.array(pooled(w, picture)).T
        np.testing.assert_array_equal(picture.low.reshape(-1), low)
        np.testing.assert_array_equal(picture.high.reshape(-1), high)
        np.testing.assert_array_equal(picture.nonfinite.reshape(-1), flags)
        np.testing.assert_allclose(picture.mean.reshape(-1), mean, rtol=1e-5, atol=1e-9)


@settings(max_examples=100)
@given(floats(), st.integers(1, 4), st.integers(1, 4))
def test_pooling_any_floats_loses_neither_extreme(array: NDArray[np.floating], rows: int, columns: int) -> None:
    picture = heatmap(array, rows, columns)
    finite = array[np.isfinite(array)]
    if finite.size:
        assert np.nanmin(picture.low) == finite.min()
        assert np.nanmax(picture.high) == finite.max()
    here = ~np.isnan(picture.low)
    assert (picture.low[here] <= picture.mean[here]).all()
    assert (picture.mean[here] <= picture.high[here]).all()
    assert np.array_equal(np.isnan(picture.mean), ~here)
    flags = int(np.bitwise_or.reduce(picture.nonfinite, axis=None))
    expected = NAN * bool(np.isnan(array).any()) | POSITIVE_INFINITY * bool((array == np.inf).any())
    assert flags == expected | NEGATIVE_INFINITY * bool((array == -np.inf).any())


def test_one_nan_and_one_outlier_in_45_million_weights_are_counted_and_seen() -> None:
    w = torch.zeros(4096, 11008).uniform_(-1, 1, generator=torch.Generator().manual_seed(1))
    row, column, far_row, far_column = 1234, 5678, 4095, 11007
    w[row, column], w[far_row, far_column] = math.nan, 1e6
    found, counted, picture = card_statistics(w)
    assert (found.nan, found.inf, found.max) == (1, 0, 1e6)
    assert counted.counts[0].sum() == w.numel() - 1
    assert counted.counts[0][-1] == 1
    height, width = picture.cell
    assert np.argwhere(picture.nonfinite).tolist() == [[row // height, column // width]]
    assert np.argwhere(picture.high == 1e6).tolist() == [[far_row // height, far_column // width]]
    assert np.isfinite(picture.mean).all()


def test_a_picture_that_fits_shows_each_value_exactly() -> None:
    w = normal(20, 30)
    w[3, 4], w[5, 6], w[7, 8] = math.nan, -0.0, -math.inf
    picture = heatmap(w)
    assert picture.exact
    assert picture.mean is picture.low is picture.high
    assert picture.mean.dtype == np.float32
    shown = torch.from_numpy(picture.mean)
    assert torch.equal(shown.isnan(), ~w.isfinite())
    assert torch.equal(shown[w.isfinite()], w[w.isfinite()])
    assert np.signbit(picture.mean[5, 6])
    assert (picture.nonfinite[3, 4], picture.nonfinite[7, 8]) == (NAN, NEGATIVE_INFINITY)


def test_exact_cells_are_float32_only_where_that_is_exact() -> None:
    for values, dtype in (
        (torch.tensor([[0.1]], dtype=torch.float64), np.float64),
        (torch.tensor([[2**24, -3]]), np.float32),
        (torch.tensor([[2**24 + 1, 0]]), np.float64),
        (torch.tensor([[True, False]]), np.float32),
        (torch.tensor([[0.1]], dtype=torch.bfloat16), np.float32),
    ):
        picture = heatmap(values)
        assert picture.mean.dtype == dtype
        assert picture.mean.tolist() == values.double().tolist()


def test_a_window_shows_its_part_of_the_picture() -> None:
    w = normal(300, 500)
    picture = heatmap(w, window=(10, 30, 400, 500))
    assert (picture.origin, picture.span, picture.cell, picture.shape) == ((10, 400), (20, 100), (1, 1), (300, 500))
    assert np.array_equal(picture.mean, w[10:30, 400:500].numpy())
    pooled_part = heatmap(w, 16, 16, window=(100, 300, 0, 500))
    assert pooled_part.cell == (13, 32)
    assert np.nanmin(pooled_part.low) == w[100:300].min()
    with pytest.raises(ValueError, match="rows 0 to 301 and columns 0 to 5 does not fit a picture of 300 rows and 500"):
        heatmap(w, window=(0, 301, 0, 5))


def test_views_are_pooled_like_their_contiguous_copies() -> None:
    w = normal(300, 400)
    for view in (w.t(), w[::3, ::5], w[5:].t()[7:], w.flip(0), w[:, :1].expand(300, 50)):
        ours, copied = card_statistics(view), card_statistics(view.clone(memory_format=torch.contiguous_format))
        assert astuple(ours[0]) == pytest.approx(astuple(copied[0]), rel=1e-12)
        assert np.array_equal(ours[1].counts, copied[1].counts)
        np.testing.assert_array_equal(ours[2].low, copied[2].low)
        np.testing.assert_allclose(ours[2].mean, copied[2].mean, rtol=1e-6, atol=1e-9)


def test_tensors_of_any_rank_lie_flat_behind_their_first_axis() -> None:
    assert heatmap(torch.tensor(3.0)).shape == (1, 1)
    assert heatmap(torch.zeros(7)).shape == (1, 7)
    assert heatmap(torch.zeros(6, 3, 5, 5)).shape == (6, 75)


def test_before_and_after_share_their_bins() -> None:
    before, after = normal(200, 300), normal(200, 300, seed=1) * 3
    summaries, counted, pictures = shared_statistics(before, after)
    assert summaries == (summary(before), summary(after))
    assert np.array_equal(counted.edges, histogram(before, after).edges)
    for w, counts, picture in zip((before, after), counted.counts, pictures, strict=True):
        assert np.array_equal(counts, np.histogram(w, counted.edges)[0])
        assert np.array_equal(picture.mean, heatmap(w).mean)


@pytest.mark.parametrize(
    "window", [(-1, 3, 0, 4), (0, 4, 0, 4), (2, 1, 0, 4), (0, 3, -1, 4), (0, 3, 0, 5), (0, 3, 3, 2)], ids=str
)
def test_a_window_beyond_the_picture_is_refused_on_every_side(window: tuple[int, int, int, int]) -> None:
    w = normal(3, 4)
    with pytest.raises(ValueError, match="does not fit a picture of 3 rows and 4 columns; choose it inside"):
        heatmap(w, window=window)
    assert np.array_equal(heatmap(w, window=(0, 3, 0, 4)).mean, w.numpy())
    assert heatmap(w, window=(1, 1, 0, 4)).mean.shape == (0, 4)
