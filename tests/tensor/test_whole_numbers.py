"""Whole numbers beyond 2^53 are shown to the last digit, and a difference is 0 exactly where nothing changed."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from core.answers.answer import answer
from core.answers.base import Moments
from core.figures.panel import panel
from core.figures.picture import Statistic
from core.questions.tensor import GetCards, GetChangedCells, GetValues
from core.recipe.recipe import Recipe
from core.recipe.typed_number import typed_number
from core.replaying.editing import edit
from core.tensor.compare import difference
from core.tensor.readable import viewable
from core.tensor.stats import heatmap

RANGES = {
    torch.int64: (-(2**63), 2**63 - 1),
    torch.uint64: (0, 2**64 - 1),
    torch.int32: (-(2**31), 2**31 - 1),
    torch.uint32: (0, 2**32 - 1),
    torch.int8: (-128, 127),
    torch.uint8: (0, 255),
    torch.bool: (0, 1),
}
NEAR = {torch.int64: [2**53, 2**62, 2**63 - 1, -(2**63), 0, 1], torch.uint64: [2**53, 2**63, 2**64 - 1, 0]}


def numbers(dtype: torch.dtype) -> st.SearchStrategy[int]:
    low, high = RANGES[dtype]
    near = [n for at in NEAR.get(dtype, [0]) for n in (at - 1, at, at + 1) if low <= n <= high]
    return st.sampled_from(near) | st.integers(low, high)


@given(st.data())
@settings(max_examples=150, derandomize=True, database=None, deadline=None)
def test_a_difference_of_integers_is_pythons_rounded_once(data: st.DataObject) -> None:
    dtype = data.draw(st.sampled_from(list(RANGES)))
    pairs = data.draw(st.lists(st.tuples(numbers(dtype), numbers(dtype)), min_size=1, max_size=8))
    before, after = (viewable(torch.tensor(side, dtype=dtype))[0] for side in zip(*pairs, strict=True))
    found = difference(before, after)
    assert found is not None
    assert found.tolist() == [float(b - a) for a, b in pairs]


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.float16, torch.bfloat16])
def test_what_did_not_change_differs_by_0_and_what_did_by_what_it_did(dtype: torch.dtype) -> None:
    inf, nan = torch.inf, torch.nan
    before = torch.tensor([inf, -inf, nan, 1.0, inf, nan, -0.0, inf], dtype=dtype)
    after = torch.tensor([inf, -inf, nan, 3.0, 1.0, 2.0, 0.0, -inf], dtype=dtype)
    found = difference(viewable(before)[0], viewable(after)[0])
    assert found is not None
    expected = torch.tensor([0, 0, 0, 2, -inf, nan, 0, -inf], dtype=torch.float64)
    assert torch.equal(found.nan_to_num(7), expected.nan_to_num(7))
    assert not found[:3].isnan().any()


def test_a_nan_of_other_bits_is_a_change() -> None:
    bits = torch.tensor([0x7FC00000, 0x7FC00000], dtype=torch.int32)
    other = torch.tensor([0x7FC00000, 0x7FC00001], dtype=torch.int32)
    found = difference(bits.view(torch.float32), other.view(torch.float32))
    assert found is not None
    assert found.isnan().tolist() == [False, True]


def test_an_unchanged_infinity_is_a_zero_in_the_difference_picture() -> None:
    net = held(torch.tensor([[torch.inf, 1.0], [torch.nan, -torch.inf]]))
    other = held(torch.tensor([[torch.inf, 2.0], [torch.nan, -torch.inf]]))
    (card,) = answer(GetCards(("w",), difference=True), Moments(Recipe("mlp"), net, other, ()))
    (picture,) = card.pictures
    assert picture is not None
    assert picture.mean.tolist() == [[0, 1], [0, 0]]
    assert not picture.nonfinite.any()
    assert card.difference is not None
    assert card.difference.nonfinite == 0


@pytest.mark.parametrize(
    ("dtype", "before", "after"),
    [
        (torch.int64, [0, 5, -7], [2**53 + 1, 5, -(2**62) - 1]),
        (torch.int64, [2**53 + 1, 1], [2**53 + 3, 1]),
        (torch.int64, [-(2**63), -1], [2**63 - 1, -1]),
        (torch.int64, [2**62, -3], [-(2**62), 2**62]),
        (torch.uint64, [1, 7], [2**64 - 2, 7]),
        (torch.uint64, [2**63 + 1, 0], [2**63 - 2**60, 2**61 + 1]),
    ],
)
def test_a_difference_of_whole_numbers_has_every_digit_in_its_picture(
    dtype: torch.dtype, before: list[int], after: list[int]
) -> None:
    nets = [held(torch.tensor(side, dtype=dtype)) for side in (before, after)]
    (card,) = answer(GetCards(("w",), difference=True), Moments(Recipe("mlp"), nets[0], nets[1], ()))
    (picture,) = card.pictures
    assert picture is not None
    wanted = [b - a for a, b in zip(before, after, strict=True)]
    if picture.spelled is None:
        assert picture.mean.reshape(-1).tolist() == wanted
    else:
        assert [[int(text) for text in side] for side in picture.spelled] == [wanted, wanted]
    assert card.difference is not None
    assert (card.difference.min, card.difference.max) == (float(min(wanted)), float(max(wanted)))


def held(tensor: Tensor) -> nn.Module:
    net = nn.Module()
    net.register_buffer("w", tensor)
    return net


@pytest.mark.parametrize("dtype", [torch.int64, torch.uint64])
class TestEveryDigit:
    @given(st.data())
    @settings(max_examples=40, derandomize=True, database=None, deadline=None)
    def test_of_each_cells_extremes_is_there_to_be_read(self, dtype: torch.dtype, data: st.DataObject) -> None:
        rows, columns, side = (data.draw(st.integers(1, 7)) for _ in range(3))
        values = data.draw(st.lists(numbers(dtype), min_size=rows * columns, max_size=rows * columns))
        tensor = torch.tensor(values, dtype=dtype).reshape(rows, columns)
        picture = heatmap(tensor, side, side)
        if max(map(abs, values)) <= 2**53:
            assert picture.spelled is None
            return
        down, across = picture.cell
        cells = [
            [values[r * columns + c] for r in range(top, min(top + down, rows))
             for c in range(left, min(left + across, columns))]
            for top in range(0, rows, down) for left in range(0, columns, across)
        ]  # fmt: skip
        assert picture.spelled == (tuple(str(min(cell)) for cell in cells), tuple(str(max(cell)) for cell in cells))
        wanted: dict[Statistic, list[int]] = {
            "lowest": [min(cell) for cell in cells],
            "highest": [max(cell) for cell in cells],
            "extreme": [max(max(cell), min(cell), key=abs) for cell in cells],
        }
        for statistic, each in wanted.items():
            drawn = panel(picture, 1.0, title="", axes=("", ""), statistic=statistic)
            assert list(map(int, drawn["texts"])) == each
        assert "texts" not in panel(picture, 1.0, title="", axes=("", ""), statistic="mean") or picture.exact

    def test_of_a_transposed_view_too(self, dtype: torch.dtype) -> None:
        tensor = torch.tensor([[2**53 + 1, 2], [3, 2**53 + 3], [5, 6]], dtype=dtype)
        spelled = heatmap(tensor.t()).spelled
        assert spelled is not None
        assert spelled[0] == ("9007199254740993", "3", "5", "2", "9007199254740995", "6")

    def test_is_in_the_table_and_can_be_typed(self, dtype: torch.dtype) -> None:
        _, most = RANGES[dtype]
        tensor = torch.tensor([2**53 + 1, 7], dtype=dtype)
        net = held(tensor)
        assert answer(GetValues("w"), Moments(Recipe("mlp"), net, net, ())).exact == ("9007199254740993", "7")
        for number in (2**53 + 1, most, most - 1):
            edit(tensor, f"w[1] = {typed_number(str(number), str(dtype).removeprefix('torch.'))}")
            assert tensor.tolist() == [2**53 + 1, number]

    def test_of_what_changed_is_told(self, dtype: torch.dtype) -> None:
        before, after = (held(torch.tensor([1, 2**53 + more], dtype=dtype)) for more in (1, 2))
        (changed,) = answer(GetChangedCells(), Moments(Recipe("mlp"), before, after, ()))
        assert changed.first == ("9007199254740993", "9007199254740994")
        assert np.array_equal(changed.index, [[1]])


def test_smaller_whole_numbers_and_floats_need_no_spelling() -> None:
    for tensor in (torch.tensor([2**53]), torch.tensor([2**31 - 1], dtype=torch.int32), torch.tensor([1e300])):
        assert heatmap(tensor).spelled is None
