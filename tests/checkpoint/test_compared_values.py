"""What a comparison says of values: counts of bits, norms against exact arithmetic, in every dtype."""

import dataclasses
import math
from fractions import Fraction
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from core import compare_states
from core.checkpoint import sides

NAN, INF = math.nan, math.inf
NARROW = [
    *(torch.bfloat16, torch.float16, torch.float8_e4m3fn, torch.float8_e5m2),
    *(torch.float8_e4m3fnuz, torch.float8_e5m2fnuz, torch.float8_e8m0fnu),
]


def only(before: Tensor, after: Tensor) -> Any:
    (row,) = compare_states({"w": before}, {"w": after})
    return row


def exact_relative(before: list[Any], after: list[Any]) -> float:
    """L2 of the difference over L2 before, of fractions; the root alone is rounded."""
    old, new = [Fraction(v) for v in before], [Fraction(v) for v in after]
    over, under = sum((b - a) ** 2 for a, b in zip(old, new, strict=True)), sum(a**2 for a in old)
    if not over:
        return 0.0
    if not under:
        return INF
    square = Fraction(over) / Fraction(under)
    shift = (square.numerator.bit_length() - square.denominator.bit_length()) // 2
    try:
        return math.ldexp(math.sqrt(float(square / Fraction(4) ** shift)), shift)
    except OverflowError:
        return INF


def test_each_state_has_its_word_and_the_largest_change_comes_first() -> None:
    before = {"same": torch.ones(2), "gone": torch.ones(2), "little": torch.ones(4), "much": torch.ones(4)}
    after = {
        "same": torch.ones(2),
        "little": torch.tensor([1, 1, 1, 2.0]),
        "much": torch.zeros(4),
        "new": torch.ones(1),
    }
    before["turned"], after["turned"] = torch.ones(2, 3), torch.ones(3, 2)
    rows = compare_states(before, after)
    assert [(row.name, row.state, row.changed, row.relative) for row in rows] == [
        ("much", "changed", 4, 1.0),
        ("little", "changed", 1, 0.5),
        ("same", "unchanged", 0, 0.0),
        ("gone", "missing", None, None),
        ("turned", "reshaped", None, None),
        ("new", "extra", None, None),
    ]
    assert rows[4].shapes == ((2, 3), (3, 2))
    assert rows[3].dtypes == ("float32", None)
    assert rows[5].shapes == (None, (1,))


def test_equal_changes_stand_in_the_order_of_the_first_state() -> None:
    names = ["b", "a", "c"]
    rows = compare_states({n: torch.ones(2) for n in names}, {n: torch.full((2,), 3.0) for n in reversed(names)})
    assert [row.name for row in rows] == names


def test_a_row_is_frozen_plain_data() -> None:
    row = only(torch.ones(2), torch.zeros(2))
    with pytest.raises(dataclasses.FrozenInstanceError):
        row.state = "unchanged"
    plain = (str, int, float, type(None))
    assert all(isinstance(v, (*plain, tuple)) for v in dataclasses.asdict(row).values())


@pytest.mark.parametrize(
    ("before", "after", "changed", "relative"),
    [
        ([0.0, 0.0], [0.0, 1.0], 1, INF),
        ([0.0, 0.0], [0.0, 0.0], 0, 0.0),
        ([], [], 0, 0.0),
        ([0.0, 1.0], [-0.0, 1.0], 1, 0.0),
        ([0.0], [-0.0], 1, 0.0),
        ([NAN, 1.0], [NAN, 1.0], 0, 0.0),
        ([NAN, 3.0, 4.0], [NAN, 3.0, 9.0], 1, 1.0),
        ([INF, 3.0, 4.0], [INF, 3.0, 9.0], 1, 1.0),
        ([1.0, 2.0], [NAN, 2.0], 1, INF),
        ([NAN, 2.0], [1.0, 2.0], 1, INF),
        ([INF, 2.0], [-INF, 2.0], 1, INF),
        ([1.0, 2.0], [INF, 2.0], 1, INF),
        ([1e308, -1e308], [-1e308, 1e308], 2, 2.0),
        ([5e-324, 0.0], [0.0, 5e-324], 2, math.sqrt(2)),
        ([1e-200], [1e200], 1, INF),
        ([1e200], [1e-200], 1, 1.0),
        ([1e-300, 1.0], [2e-300, 1.0], 1, 1e-300),
    ],
)
def test_values_that_are_no_plain_numbers(
    before: list[float], after: list[float], changed: int, relative: float
) -> None:
    row = only(torch.tensor(before, dtype=torch.float64), torch.tensor(after, dtype=torch.float64))
    assert row.changed == changed
    assert row.relative == pytest.approx(relative, rel=1e-15)
    assert row.state == ("changed" if changed else "unchanged")


def test_a_nan_of_another_payload_is_another_value() -> None:
    bits = torch.tensor([0x7FC00000, 0x7FC00001], dtype=torch.int32)
    row = only(bits[:1].view(torch.float32), bits[1:].view(torch.float32))
    assert (row.state, row.changed) == ("changed", 1)


@given(st.data())
def test_the_relative_change_is_that_of_exact_arithmetic(data: st.DataObject) -> None:
    width = data.draw(st.sampled_from([torch.float64, torch.float32, torch.float16, torch.bfloat16]))
    count = data.draw(st.integers(1, 8))
    numbers = st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=count, max_size=count)
    before, after = (torch.tensor(data.draw(numbers), dtype=torch.float64).to(width) for _ in range(2))
    if not (before.isfinite().all() and after.isfinite().all()):
        return
    row = only(before, after)
    expected = exact_relative(before.double().tolist(), after.double().tolist())
    assert row.relative == pytest.approx(expected, rel=1e-12)
    signed = [[(value, math.copysign(1, value)) for value in side.tolist()] for side in (before, after)]
    assert row.changed == sum(one != other for one, other in zip(*signed, strict=True))


@given(st.data())
def test_whole_numbers_are_subtracted_as_such(data: st.DataObject) -> None:
    width = data.draw(st.sampled_from([torch.int64, torch.uint64, torch.int32, torch.uint16, torch.int8, torch.uint8]))
    found = torch.iinfo(width)
    ends = st.sampled_from([found.min, found.max, found.max - 1, 0, 1])
    values = st.lists(ends | st.integers(found.min, found.max), min_size=3, max_size=3)
    before, after = data.draw(values), data.draw(values)
    row = only(torch.tensor(before, dtype=width), torch.tensor(after, dtype=width))
    assert row.relative == pytest.approx(exact_relative(before, after), rel=1e-14)
    assert row.changed == sum(a != b for a, b in zip(before, after, strict=True))


def test_truth_values_and_complex_numbers() -> None:
    row = only(torch.tensor([True, True, False, True]), torch.tensor([True, False, True, True]))
    assert (row.changed, row.relative) == (2, pytest.approx(math.sqrt(2 / 3)))
    for width in (torch.complex64, torch.complex128):
        row = only(torch.tensor([3 + 4j, 1j], dtype=width), torch.tensor([3 - 4j, 1j], dtype=width))
        assert (row.changed, row.relative) == (1, pytest.approx(8 / math.sqrt(26)))
        turned = only(torch.tensor([1j], dtype=width), torch.tensor([complex(0, -1)], dtype=width).conj())
        assert turned.state == "unchanged"


@pytest.mark.parametrize(
    "width",
    [
        torch.bfloat16,
        torch.float16,
        torch.float8_e4m3fn,
        torch.float8_e5m2,
        torch.float8_e4m3fnuz,
        torch.float8_e8m0fnu,
    ],
    ids=str,
)
def test_narrow_floats_count_as_what_they_stand_for(width: torch.dtype) -> None:
    before, after = torch.tensor([1.0, 2.0, 4.0]).to(width), torch.tensor([1.0, 4.0, 4.0]).to(width)
    row = only(before, after)
    assert (row.changed, row.relative) == (1, pytest.approx(2 / math.sqrt(21)))


def test_packed_four_bit_floats() -> None:
    packed = [torch.tensor([byte, 0x11], dtype=torch.uint8).view(torch.float4_e2m1fn_x2) for byte in (0x21, 0x73)]
    row = only(*packed)  # 0.5, 1, 0.5, 0.5 becomes 1.5, 6, 0.5, 0.5
    assert (row.changed, row.relative) == (1, pytest.approx(math.sqrt(26 / 1.75)))


@pytest.mark.parametrize(
    ("before", "after", "changed", "relative"),
    [
        (torch.tensor([1.0, 2.0]), torch.tensor([1.0, 2.0], dtype=torch.bfloat16), 0, 0.0),
        (torch.tensor([1.001, 2.0]), torch.tensor([1.001, 2.0]).bfloat16(), 1, None),
        (torch.tensor([1, 2]), torch.tensor([1.0, 2.5]), 1, 0.5 / math.sqrt(5)),
        (torch.tensor([2**53 + 1]), torch.tensor([2.0**53], dtype=torch.float64), 1, 1 / (2**53 + 1)),
        (torch.tensor([2**63 - 1]), torch.tensor([2.0**63], dtype=torch.float64), 1, 1 / 2**63),
        (torch.tensor([-1]), torch.tensor([2**64 - 1], dtype=torch.uint64), 1, float(2**64)),
        (torch.tensor([NAN]), torch.tensor([NAN]).half(), 0, 0.0),
        (torch.tensor([1.0, 2.0]), torch.tensor([1 + 0j, 2 + 1j]), 1, 1 / math.sqrt(5)),
        (torch.tensor([True, False]), torch.tensor([1, 0]), 0, 0.0),
    ],
)
def test_another_dtype_is_compared_by_numbers_and_said(
    before: Tensor, after: Tensor, changed: int, relative: float | None
) -> None:
    row = only(before, after)
    assert row.changed == changed
    assert row.state == ("changed" if changed else "unchanged")
    assert relative is None or row.relative == pytest.approx(relative)
    assert row.dtypes == tuple(str(tensor.dtype).removeprefix("torch.") for tensor in (before, after))


def test_the_cosine_says_direction() -> None:
    before = torch.tensor([3.0, 4.0], dtype=torch.float64)
    assert only(before, before * 2).cosine == pytest.approx(1.0)
    assert only(before, -before).cosine == pytest.approx(-1.0)
    assert only(before, torch.tensor([4.0, -3.0], dtype=torch.float64)).cosine == pytest.approx(0.0, abs=1e-15)
    assert only(before * 1e-200, torch.tensor([1e200, 0.0], dtype=torch.float64)).cosine == pytest.approx(0.6)
    assert only(before, before).cosine == 1.0
    assert only(before, before * 0).cosine is None
    assert only(before, before / 0).cosine is None


def test_more_than_one_chunk_is_the_same_sum(monkeypatch: pytest.MonkeyPatch) -> None:
    before, after = torch.randn(1000, dtype=torch.float64), torch.randn(1000, dtype=torch.float64)
    after[::3] = before[::3]
    monkeypatch.setattr(sides, "CHUNK", 7)
    row = only(before.view(100, 10).t(), after.view(100, 10).t())
    base = math.fsum(value**2 for value in before.tolist())
    moved = math.fsum((b - a) ** 2 for a, b in zip(before.tolist(), after.tolist(), strict=True))
    assert row.changed == int((before != after).sum())
    assert row.relative == pytest.approx(math.sqrt(moved / base), rel=1e-13)
    assert row.cosine == pytest.approx(float(torch.cosine_similarity(before, after, dim=0)), rel=1e-12)
