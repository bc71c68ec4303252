"""Pooling in pieces gives what a plain loop over the cells gives, wherever a piece ends and whatever a cell measures.

The oracle is NumPy on each cell alone. Pieces are made small by the constants of the room, so that pictures of a few
thousand elements meet every way of being cut that one of a billion does: several cells a piece, and several pieces a
cell, down, across or both.
"""

import math
from fractions import Fraction
from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from core.questions.picture import NAN, NEGATIVE_INFINITY, POSITIVE_INFINITY
from core.tensor import pooling
from core.tensor.cells import Grid, pieces
from core.tensor.pooling import finite_chunks, sweep

Picture = NDArray[np.float32]


def picture(shape: tuple[int, int], *, clean: bool = True) -> Picture:
    """Values that all differ, in no order; unless `clean`, some of each kind that is not finite, and zeros."""
    values = np.random.default_rng(shape).permutation(math.prod(shape)).astype(np.float32).reshape(shape) - 7
    if not clean:
        for index, value in enumerate((math.nan, math.inf, -math.inf, 0.0, -0.0)):
            values.reshape(-1)[index * 13 :: 97] = value
    return values


def assert_swept(values: Picture, grid: Grid, scale: float = 1.0) -> None:
    """A sweep equals what NumPy says of each cell alone, and of the whole."""
    found = sweep(values, grid, scale)
    cells = found.cells
    for row in range(grid.cells[0]):
        for column in range(grid.cells[1]):
            (height, width), at = grid.cell, (row, column)
            block = values[row * height : (row + 1) * height, column * width : (column + 1) * width]
            finite = block[np.isfinite(block)].astype(np.float64)
            assert cells.low[at] == finite.min(initial=np.inf)
            assert cells.high[at] == finite.max(initial=-np.inf)
            assert cells.total[at] == pytest.approx(math.fsum(finite) * scale, rel=1e-12, abs=1e-9)
            assert cells.absent[at] == block.size - finite.size
            kinds = NAN * bool(np.isnan(block).any()) | POSITIVE_INFINITY * bool((block == np.inf).any())
            assert cells.flags[at] == kinds | NEGATIVE_INFINITY * bool((block == -np.inf).any())
            assert grid.sizes()[at] == block.size
    finite = values[np.isfinite(values)].astype(np.float64)
    tally = found.tally
    assert (found.low, found.high) == (finite.min(initial=np.inf), finite.max(initial=-np.inf))
    assert tally.squares == pytest.approx(math.fsum((finite * scale) ** 2), rel=1e-12)
    assert (tally.nan, tally.inf) == (np.isnan(values).sum(), np.isinf(values).sum())
    assert (tally.zeros, tally.negative_zeros) == ((values == 0).sum(), ((values == 0) & np.signbit(values)).sum())
    assert found.all_finite == np.isfinite(values).all()
    assert found.scale == scale


@pytest.mark.parametrize("clean", [True, False], ids=["finite", "with NaN and infinities"])
@pytest.mark.parametrize(
    ("shape", "cell"),
    [
        pytest.param((100, 12), (50, 4), id="a cell higher than a piece"),
        pytest.param((107, 12), (50, 4), id="the last row of cells is ragged"),
        pytest.param((30, 70), (3, 35), id="a cell wider than a band"),
        pytest.param((30, 77), (3, 35), id="the last column of cells is ragged"),
        pytest.param((103, 71), (51, 35), id="both"),
        pytest.param((40, 40), (2, 2), id="many cells a piece"),
        pytest.param((41, 43), (2, 2), id="many cells a piece, ragged"),
        pytest.param((64, 16), (1, 1), id="a cell an element"),
        pytest.param((90, 1), (45, 1), id="one column"),
        pytest.param((1, 90), (1, 45), id="one row"),
        pytest.param((5, 7), (5, 7), id="one cell"),
        pytest.param((0, 7), (1, 7), id="no rows"),
    ],
)
def test_a_sweep_in_small_pieces_finds_what_numpy_finds_in_each_cell(
    shape: tuple[int, int], cell: tuple[int, int], clean: bool
) -> None:
    values = picture(shape, clean=clean)
    with mock.patch.multiple(pooling, CHUNK=96, BAND=16):
        assert_swept(values, Grid(shape, cell))
        assert_swept(values.T, Grid(shape, cell).transposed)
        assert_swept(values, Grid(shape, cell), 0.25)


@settings(max_examples=40)
@given(
    st.tuples(st.integers(1, 40), st.integers(1, 40)),
    st.tuples(st.integers(1, 45), st.integers(1, 45)),
    st.integers(1, 20),
    st.integers(20, 200),
)
def test_a_sweep_does_not_depend_on_where_pieces_end(
    shape: tuple[int, int], cell: tuple[int, int], band: int, chunk: int
) -> None:
    with mock.patch.multiple(pooling, CHUNK=chunk, BAND=band):
        assert_swept(picture(shape, clean=False), Grid(shape, cell))


def test_a_cell_higher_than_a_piece_of_full_size_keeps_every_row() -> None:
    """128 rows of a full band make a piece: the extremes of this cell lie in its first and in its second one."""
    values = np.zeros((200, pooling.BAND), np.float32)
    values[3, ::2], values[130, 1::2] = -5, 4
    found = sweep(values, Grid(values.shape, (200, 2))).cells
    assert (found.low == -5).all()
    assert (found.high == 4).all()
    assert (found.total == -1).all()


@pytest.mark.parametrize("width", [2, 9, 30, 31, 37, 41, 53, 2 * 37, 31 * 3, 41 * 43, 1])
def test_cells_of_any_width_keep_the_extremes_wherever_they_lie(width: int) -> None:
    """A run shrinks by its prime factors: small ones one after the other, those above 31 in one go."""
    for place in {0, 1 % width, width // 2, width - 1}:
        values = np.ones((2, 3 * width), np.float32)
        values[0, width + place], values[1, place] = 8, -9
        found = sweep(values, Grid(values.shape, (2, width))).cells
        assert found.high.tolist() == [[1, 8, 1]]
        assert found.low.tolist() == [[-9, 1, 1]]
        assert found.total.tolist() == [[2 * width - 10, 2 * width + 7, 2 * width]]


@settings(max_examples=100)
@given(st.integers(0, 60), st.integers(1, 70), st.integers(1, 70))
def test_pieces_cover_an_axis_once_with_whole_cells_or_parts_of_one(length: int, cell: int, limit: int) -> None:
    found = list(pieces(length, cell, limit))
    assert [at for piece in found for at in range(piece.start, piece.stop)] == list(range(length))
    begun: set[int] = set()
    for piece in found:
        assert 0 < piece.length <= limit
        assert piece.span == slice(piece.start, piece.stop)
        assert list(range(length))[piece.span] == list(range(piece.start, piece.stop))
        assert piece.cells == 1 or piece.length == piece.cells * cell
        covered = {at // cell for at in range(piece.start, piece.stop)}
        assert covered == set(range(piece.first_cell, piece.first_cell + piece.cells))
        assert piece.cell_span == slice(piece.first_cell, piece.first_cell + piece.cells)
        assert piece.fresh == (not covered & begun)
        begun |= covered


@settings(max_examples=60)
@given(st.tuples(st.integers(1, 500), st.integers(1, 500)), st.tuples(st.integers(1, 130), st.integers(1, 130)))
def test_a_grid_is_the_finest_with_at_most_so_many_cells(shape: tuple[int, int], most: tuple[int, int]) -> None:
    grid = Grid.at_most(shape, *most)
    for length, cell, cells, limit in zip(shape, grid.cell, grid.cells, most, strict=True):
        assert cells == len(range(0, length, cell)) <= limit
        assert cell == 1 or len(range(0, length, cell - 1)) > limit
    assert grid.sizes().sum() == math.prod(shape)


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("size", [1, 5, 12, 13, 1000])
def test_chunks_hold_each_finite_value_once_and_no_more_than_asked(size: int, turned: bool) -> None:
    for clean in (True, False):
        for cut in (slice(None), slice(2, 9)):  # a part of each row: memory with gaps
            values = picture((8, 13), clean=clean)[:, cut]
            values = values.T if turned else values
            chunks = list(finite_chunks(values, size, all_finite=clean))
            assert max(map(len, chunks)) <= size
            assert sorted(np.concatenate(chunks).tolist()) == sorted(values[np.isfinite(values)].tolist())
            assert len(chunks) <= -(-values.size // max(1, size // 2)) + len(values)


def test_sums_are_of_the_values_times_the_scale_to_the_last_digits() -> None:
    values = picture((20, 30)).astype(np.float64) * 1e-3
    found = sweep(values, Grid((20, 30), (20, 30)), 0.5)
    assert found.cells.total[0, 0] == pytest.approx(float(sum(map(Fraction, values.flat)) / 2), rel=1e-14)
