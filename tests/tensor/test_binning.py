"""Counts agree with comparisons value by value, because the arithmetic that finds a bin knows how wrong it can be.

The oracle is exact arithmetic for the bound, and NumPy's search among the edges for the counts.
"""

import math
from fractions import Fraction
from unittest import mock

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from core.tensor import binning
from core.tensor.binning import Ruler, bin_counts, bin_edges

#: Ranges whose steps float32 cannot write down, far from zero, across it, and very small.
RANGES = [
    (-1.0, 1.0),
    (0.1, 0.7),
    (-0.3, 0.7),
    (3.0, 10.0),
    (-1e-3, 2e-3),
    (100.0, 101.0),
    (-7e5, 3e5),
    (-1e-30, 1e-30),
    (-2e35, 1e35),
]


def around(edges: NDArray[np.float64], dtype: type[np.floating]) -> NDArray[np.floating]:
    """Each edge as `dtype` writes it and its neighbors, those within the edges."""
    on = edges.astype(dtype)
    values = np.concatenate([on, np.nextafter(on, dtype(np.inf)), np.nextafter(on, dtype(-np.inf))])
    inside: NDArray[np.floating] = values[(values >= edges[0]) & (values <= edges[-1])]
    return inside


def counted(values: NDArray[np.floating], edges: NDArray[np.float64]) -> list[int]:
    """The last edge belongs to the last bin."""
    at = np.searchsorted(edges[1:-1], values.astype(np.float64), side="right")
    return list(np.bincount(at, minlength=len(edges) - 1).tolist())


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("bins", [1, 3, 60, 200, 255, 256, 600])
@pytest.mark.parametrize(("low", "high"), RANGES)
def test_a_value_lies_where_the_ruler_says_or_a_bin_further(
    low: float, high: float, bins: int, dtype: type[np.floating]
) -> None:
    """What is added and what is promised: x · rate + base, in `dtype`, is in [t - reach, t) for the exact t."""
    edges = bin_edges(low, high, bins)
    ruler = Ruler.along(edges, np.dtype(dtype))
    if ruler is None:
        assert dtype == np.float32  # too coarse for so many bins so far from zero: float64 must do
        return
    assert 0 < ruler.reach < 0.01
    values = np.concatenate([around(edges, dtype), np.linspace(low, high, 301).astype(dtype).clip(*edges[[0, -1]])])
    values = np.unique(values[(values >= edges[0]) & (values <= edges[-1])])
    # As `_bounds` computes it: torch multiplies and adds in one go.
    position = torch.add(
        torch.tensor(ruler.base, dtype=torch.from_numpy(values).dtype), torch.from_numpy(values), alpha=ruler.rate
    ).numpy()
    upper = position + dtype(ruler.reach)
    step = (Fraction(edges[-1]) - Fraction(edges[0])) / bins
    for value, least, most in zip(values.tolist(), position.tolist(), upper.tolist(), strict=True):
        exact = (Fraction(value) - Fraction(edges[0])) / step
        assert least < exact <= Fraction(most)
        # The edges are float64 themselves: the bin by comparison is one of the two that the ruler names.
        bin_ = min(int(np.searchsorted(edges, value, side="right")) - 1, bins)
        assert max(0, math.trunc(least)) <= bin_ <= math.trunc(most)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("bins", [3, 60, 255, 256, 600])
@pytest.mark.parametrize(("low", "high"), RANGES)
def test_values_next_to_an_edge_are_compared_once_more(
    low: float, high: float, bins: int, dtype: type[np.floating]
) -> None:
    """Among 100,000 values in the middle of bins, so few on edges are picked out and looked at again."""
    edges = bin_edges(low, high, bins)
    near = around(edges, dtype)[:190]
    middles = ((edges[1:] + edges[:-1]) / 2).astype(dtype)
    values = np.insert(np.resize(middles, 100_000), np.linspace(0, 100_000, len(near)).astype(int), near)
    with mock.patch.object(binning, "_compared", wraps=binning._compared) as compared:
        found = bin_counts(values.reshape(1, -1), edges, all_finite=True)
    assert found.tolist() == counted(values, edges)
    looked_at = sum(len(call.args[0]) for call in compared.call_args_list)
    assert looked_at <= 8 * len(near) + 8, "comparing them all is right, and too slow"


@settings(max_examples=60)
@given(st.floats(-1e3, 1e3), st.floats(1e-3, 1e3), st.integers(1, 300), st.sampled_from([np.float32, np.float64]))
def test_values_on_the_edges_of_any_range_are_counted_by_comparison(
    low: float, width: float, bins: int, dtype: type[np.floating]
) -> None:
    edges = bin_edges(low, low + width, bins)
    near = around(edges, dtype)
    middle = ((edges[1:] + edges[:-1]) / 2).astype(dtype).clip(edges[0], edges[-1])
    values = np.concatenate([np.resize(middle, 20_000), near[: 20_000 // 512 * 8]])
    assert bin_counts(values.reshape(1, -1), edges, all_finite=True).tolist() == counted(values, edges)


@pytest.mark.parametrize("size", [4095, 4096, 4097, 5003])
def test_counts_do_not_depend_on_how_a_picture_is_cut(size: int) -> None:
    values = np.random.default_rng(size).normal(size=size)
    values[::57] = np.round(values[::57])
    edges = bin_edges(float(values.min()), float(values.max()), 60)
    with mock.patch.object(binning, "CHUNK", 1000):
        for picture in (values.reshape(1, -1), values.reshape(-1, 1)):
            found = bin_counts(picture, edges, all_finite=True)
            assert found.tolist() == counted(values, edges)
            holed = np.where(np.arange(size).reshape(picture.shape) % 7 == 0, np.nan, picture)
            kept = holed[np.isfinite(holed)]
            assert bin_counts(holed, edges, all_finite=False).tolist() == counted(kept, edges)


@pytest.mark.parametrize(
    ("low", "high", "wide"),
    [
        (2.0, 2.0, (1.0, 3.0)),
        (-4.0, -4.0, (-6.0, -2.0)),
        (0.0, 0.0, (-0.5, 0.5)),
        (-1.0, 3.0, (-1.0, 3.0)),
    ],
)
def test_the_edges_of_a_constant_lie_half_of_it_to_each_side(
    low: float, high: float, wide: tuple[float, float]
) -> None:
    edges = bin_edges(low, high, 4)
    assert edges.tolist() == np.linspace(*wide, 5).tolist()


def test_edges_too_close_to_tell_apart_are_moved_apart_by_what_four_numbers_a_bin_take() -> None:
    for bins in (1, 60, 300):
        edges = bin_edges(1.0, 1.0 + 2**-52, bins)
        assert (np.diff(edges) > 0).all()
        assert edges[0] == 1.0 - 4 * bins * 2**-52
        assert edges[-1] == 1.0 + 2**-52 + 4 * bins * 2**-52
        apart = 1.0 + 4 * bins * 2**-52
        assert bin_edges(1.0, apart, bins)[[0, -1]].tolist() == [1.0, apart]
