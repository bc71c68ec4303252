"""Pooled pictures: each cell against its block of the tensor, windows and views included."""

import math
from dataclasses import astuple

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from core.questions.picture import NAN, NEGATIVE_INFINITY, POSITIVE_INFINITY, Heatmap
from core.tensor.stats import card_statistics, heatmap
from tests.tensor.values import SHAPES, floats, normal


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


@pytest.mark.parametrize(
    "window", [(-1, 3, 0, 4), (0, 4, 0, 4), (2, 1, 0, 4), (0, 3, -1, 4), (0, 3, 0, 5), (0, 3, 3, 2)], ids=str
)
def test_a_window_beyond_the_picture_is_refused_on_every_side(window: tuple[int, int, int, int]) -> None:
    w = normal(3, 4)
    with pytest.raises(ValueError, match="does not fit a picture of 3 rows and 4 columns; choose it inside"):
        heatmap(w, window=window)
    assert np.array_equal(heatmap(w, window=(0, 3, 0, 4)).mean, w.numpy())
    assert heatmap(w, window=(1, 1, 0, 4)).mean.shape == (0, 4)
