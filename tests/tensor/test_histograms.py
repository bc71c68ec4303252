"""Histograms against NumPy and exact counts."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from torch import Tensor

from core.tensor.binning import bin_counts, bin_edges
from core.tensor.stats import heatmap, histogram, shared_statistics, summary
from tests.tensor.values import floats, normal


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


def test_before_and_after_share_their_bins() -> None:
    before, after = normal(200, 300), normal(200, 300, seed=1) * 3
    summaries, counted, pictures = shared_statistics(before, after)
    assert summaries == (summary(before), summary(after))
    assert np.array_equal(counted.edges, histogram(before, after).edges)
    for w, counts, picture in zip((before, after), counted.counts, pictures, strict=True):
        assert np.array_equal(counts, np.histogram(w, counted.edges)[0])
        assert np.array_equal(picture.mean, heatmap(w).mean)
