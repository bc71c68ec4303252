"""A box drawn on a picture picks its elements, within the picture; anything else a browser may say changes nothing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.questions.picture import Heatmap
from core.tensor.window import window_of

ends = st.integers(-30, 60)


def picture(origin: tuple[int, int], span: tuple[int, int]) -> Heatmap:
    """A picture of that part of a tensor, a cell an element."""
    values = np.zeros(span, np.float32)
    return Heatmap(values, values, values, np.zeros(span, np.uint8), origin, span, (1, 1), (100, 100))


@given(
    st.tuples(ends, ends, ends, ends),
    st.tuples(st.integers(0, 9), st.integers(0, 9)),
    st.tuples(st.integers(1, 20), st.integers(1, 20)),
)
def test_a_box_picks_the_elements_in_it_that_are_in_the_picture(
    box: tuple[int, int, int, int], origin: tuple[int, int], span: tuple[int, int]
) -> None:
    """A loop over all elements of the picture is the oracle."""
    picked = [
        [at for at in range(first, first + size) if low <= at < high]
        for (low, high), first, size in zip((box[:2], box[2:]), origin, span, strict=True)
    ]
    whole = (origin[0], origin[0] + span[0], origin[1], origin[1] + span[1])
    expected = tuple(edge for part in picked for edge in (part[0], part[-1] + 1)) if all(picked) else whole
    assert window_of(list(box), picture(origin, span)) == expected


def test_an_empty_box_is_the_whole() -> None:
    assert window_of([], picture((3, 4), (2, 2))) is None


@pytest.mark.parametrize(
    "reported",
    [
        *(
            None,
            "1234",
            {},
            7,
            [1, 2, 3],
            [1, 2, 3, 4, 5],
            [0.5, 1, 0, 1],
            [True, 2, 0, 1],
            [None] * 4,
            ["0", "1", "0", "1"],
        ),
        *([2, 2, 0, 1], [10**30, 10**31, 0, 1], [[0, 1], [0, 1], 0, 1]),
    ],
    ids=str,
)
def test_what_is_no_box_leaves_the_part_as_it_is(reported: object) -> None:
    assert window_of(reported, picture((1, 2), (5, 6))) == (1, 6, 2, 8)
