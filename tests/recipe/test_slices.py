"""Parts of tensors, against numpy's boolean masks."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.recipe.slices import Box, Places, Shape

_SIDES = st.integers(0, 9)
_PLACES = st.builds(Places, _SIDES, st.integers(0, 12), st.integers(1, 5))


def mask(box: Box, shape: Shape) -> np.ndarray:
    found = np.zeros(shape, dtype=bool)
    found[box.index] = True
    return found


@st.composite
def shapes_with_boxes(draw: st.DrawFn, boxes: int) -> tuple[Shape, list[Box]]:
    shape = tuple(draw(st.lists(_SIDES, max_size=3)))
    return shape, [Box(tuple(draw(_PLACES) for _ in shape)).clipped(shape) for _ in range(boxes)]


@given(shapes_with_boxes(1))
def test_a_box_has_the_shape_and_elements_of_what_it_indexes(case: tuple[Shape, list[Box]]) -> None:
    shape, (box,) = case
    assert np.empty(shape)[box.index].shape == box.shape
    assert mask(box, shape).sum() == box.numel


@given(shapes_with_boxes(2))
def test_what_two_boxes_share_and_what_one_leaves_of_the_other(case: tuple[Shape, list[Box]]) -> None:
    shape, (one, other) = case
    first, second = mask(one, shape), mask(other, shape)
    assert (mask(one & other, shape) == (first & second)).all()
    rest = one.minus(other)
    assert sum((mask(box, shape).astype(int) for box in rest), np.zeros(shape, int)).tolist() == (
        (first & ~second).astype(int).tolist()
    )
    assert all(box.numel for box in rest)
    assert one.holds(other) == bool((first | ~second).all())


@given(shapes_with_boxes(2))
def test_equal_elements_are_equal_boxes_along_every_axis(case: tuple[Shape, list[Box]]) -> None:
    shape, (one, other) = case
    if one.numel and other.numel:
        assert (one == other) == bool((mask(one, shape) == mask(other, shape)).all())
        assert (hash(one) == hash(other)) or one != other


@given(shapes_with_boxes(1))
def test_its_text_indexes_the_same_elements(case: tuple[Shape, list[Box]]) -> None:
    shape, (box,) = case
    if box.numel and shape:
        by_text = np.zeros(shape, dtype=bool)
        by_text[eval(f"np.s_{box.as_text(shape) or '[...]'}", {"np": np})] = True
        assert (by_text == mask(box, shape)).all()


def test_parts_as_a_person_writes_them() -> None:
    shape = (4, 6)
    assert Box.whole(shape).as_text(shape) == ""
    assert Box((Places(0, 1), Places(0, 6))).as_text(shape) == "[0]"
    assert Box((Places(0, 4), Places(5, 6))).as_text(shape) == "[:, 5]"
    assert Box((Places(0, 4, 2), Places(1, 6))).as_text(shape) == "[::2, 1:]"
    assert Box.whole(()).numel == 1


@pytest.mark.parametrize(("start", "stop", "step"), [(-1, 3, 1), (0, 3, 0), (0, 3, -1)])
def test_a_run_counts_upward(start: int, stop: int, step: int) -> None:
    with pytest.raises(ValueError, match="count upward"):
        Places(start, stop, step)
