"""Which tensors share bytes, for every way strides can lie in memory: the oracle is the list of addresses itself."""

import itertools

import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from torch import Tensor

from core.module.overlap import dense, extents, overlap, overlapping, stored_bytes

#: (size, stride) of each axis, and where the first element lies.
View = tuple[int, tuple[tuple[int, int], ...]]
BASE = 64

views = st.tuples(st.integers(0, 12), st.lists(st.tuples(st.integers(0, 3), st.integers(0, 6)), max_size=3).map(tuple))


def view(base: Tensor, of: View) -> Tensor:
    offset, axes = of
    return base.as_strided([size for size, _ in axes], [stride for _, stride in axes], offset)


def addresses(of: View) -> list[int]:
    """Where each element lies, as often as elements lie there."""
    offset, axes = of
    indices = itertools.product(*(range(size) for size, _ in axes))
    return [offset + sum(i * stride for i, (_, stride) in zip(index, axes, strict=True)) for index in indices]


#: Four elements in four places' worth of memory, two of them never reached: the stride of 0 repeats a row.
REPEATED: View = (0, ((2, 0), (2, 3)))
#: Eight elements over eight places, six of them reached, with no stride of 0.
FOLDED: View = (0, ((2, 1), (2, 1), (2, 5)))


@settings(max_examples=300)
@given(views, views)
@example(REPEATED, (1, ((2, 1),)))
@example((1, ((2, 1),)), REPEATED)
@example(FOLDED, (3, ((2, 1),)))
@example(FOLDED, (4, ()))
@example((0, ((3, 2),)), (1, ((3, 2),)))
@example((0, ((4, 1),)), (4, ((4, 1),)))
@example((0, ((4, 1),)), (3, ((4, 1),)))
@example((2, ((3, 1), (2, 3))), (2, ((2, 3), (3, 1))))
@example((5, ((0, 1),)), (5, ()))
def test_two_views_of_one_storage_overlap_where_an_element_of_each_has_one_address(one: View, other: View) -> None:
    base = torch.zeros(BASE)
    first, second = view(base, one), view(base, other)
    common = bool(set(addresses(one)) & set(addresses(other)))
    assert overlap(first, second) == overlap(second, first) == common
    assert overlapping([first, second]) == ([sorted([first, second], key=address)] if common else [])
    assert stored_bytes([first, second]) == 4 * len(set(addresses(one)) | set(addresses(other)))
    for tensor, of in ((first, one), (second, other)):
        found = sorted(addresses(of))
        if found:
            assert dense(tensor) == (found == list(range(found[0], found[0] + len(found))))
        assert stored_bytes([tensor]) == stored_bytes([tensor, tensor]) == 4 * len(set(found))
        low, high = extents([tensor])[0].tolist()
        assert high - low == (4 * (found[-1] - found[0] + 1) if found else 0)


def address(tensor: Tensor) -> tuple[int, int]:
    low, high = extents([tensor])[0].tolist()
    return low, high


@settings(max_examples=100)
@given(st.lists(views, max_size=6))
def test_groups_are_those_that_a_walk_from_address_to_address_connects(drawn: list[View]) -> None:
    base = torch.zeros(BASE)
    tensors = [view(base, of) for of in drawn]
    left = {index: set(addresses(of)) for index, of in enumerate(drawn)}
    groups: list[set[int]] = []
    while left:
        index, reached = left.popitem()
        group = {index}
        while touching := [other for other, places in left.items() if places & reached]:
            for other in touching:
                group.add(other)
                reached |= left.pop(other)
        groups.append(group)
    found = overlapping(tensors)
    ids = {id(tensor): index for index, tensor in enumerate(tensors)}
    assert {frozenset(ids[id(t)] for t in group) for group in found} == {
        frozenset(group) for group in groups if len(group) > 1
    }
    assert stored_bytes(tensors) == 4 * len(set().union(*map(addresses, drawn)))


def test_elements_of_several_bytes_share_a_byte_where_dtypes_differ() -> None:
    base = torch.zeros(16, dtype=torch.uint8)
    whole, part = base.view(torch.float32), base[3:4]
    assert overlap(whole[:1], part)
    assert not overlap(whole[1:], part)
    assert stored_bytes([whole[:1], base[2:6]]) == 6


def test_tensors_without_bytes_share_none() -> None:
    meta, empty, sparse = torch.zeros(3, device="meta"), torch.zeros(0, 3), torch.eye(3).to_sparse()
    lazy = torch.nn.LazyLinear(2).weight
    for one, other in itertools.product((meta, empty, sparse, lazy), repeat=2):
        assert not overlap(one, other)
    assert overlapping([meta, empty, sparse, lazy, torch.zeros(2)]) == []
    assert stored_bytes([meta, empty, lazy]) == 0
    assert stored_bytes([sparse, sparse, torch.zeros(2)]) == 9 * 4 + 8
    assert overlapping([]) == []
    assert stored_bytes([]) == 0


class Elsewhere(Tensor):
    """A tensor that says it lies on another device."""

    device = torch.device("meta")


def test_one_number_on_two_devices_is_two_addresses() -> None:
    base = torch.zeros(8)
    assert overlap(base[:3], base[1:5])
    assert not overlap(base[:3], base[1:5].as_subclass(Elsewhere))


def test_rows_that_are_one_row_are_counted_at_once() -> None:
    row = torch.ones(3)
    wide = row.expand(10**12, 3)
    assert stored_bytes([wide]) == stored_bytes([wide, row]) == 12
    assert overlap(wide, row[1:])
    assert not overlap(wide, torch.ones(3))
