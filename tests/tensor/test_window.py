"""A box drawn on a picture picks the elements it touches, within the picture; anything else picks none."""

from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.questions.picture import Heatmap
from core.tensor.window import window_of

coordinates = st.one_of(st.floats(-15, 40), st.integers(-30, 80).map(lambda twice: twice / 2))


def picture(origin: tuple[int, int], span: tuple[int, int]) -> Heatmap:
    """A picture of that part of a tensor, a cell an element."""
    values = np.zeros(span, np.float32)
    return Heatmap(values, values, values, np.zeros(span, np.uint8), origin, span, (1, 1), (100, 100))


def box(x: Any, y: Any) -> dict[str, Any]:
    """What a chart reports of a box."""
    return {"selection": {"box": [{"x": x, "y": y}]}}


@given(
    st.tuples(coordinates, coordinates),
    st.tuples(coordinates, coordinates),
    st.tuples(st.integers(0, 9), st.integers(0, 9)),
    st.tuples(st.integers(1, 20), st.integers(1, 20)),
)
@example((2.5, 3.5), (0.4, 0.6), (0, 0), (5, 5))
@example((-9.0, -1.0), (0.0, 1.0), (0, 0), (5, 5))
def test_a_box_covers_the_elements_it_touches(
    x: tuple[float, float], y: tuple[float, float], origin: tuple[int, int], span: tuple[int, int]
) -> None:
    """Element i reaches from i - 1/2 to i + 1/2: a loop over all of them is the oracle."""
    touched = [
        [at for at in range(first, first + size) if min(ends) < at + 0.5 and max(ends) >= at - 0.5]
        for ends, first, size in zip((y, x), origin, span, strict=True)
    ]
    expected = tuple(edge for part in touched for edge in (part[0], part[-1] + 1)) if all(touched) else None
    assert window_of(box(list(x), list(y)), picture(origin, span)) == expected


@pytest.mark.parametrize(
    "event",
    [
        None,
        "selection",
        {},
        {"selection": {}},
        {"selection": {"box": []}},
        {"selection": {"box": [{}]}},
        {"selection": {"box": [{"x": [1, 2]}]}},
        {"selection": {"box": [{"y": [1, 2]}]}},
        box([1, 2, 3], [1, 2]),
        box([1, 2], [1]),
    ],
    ids=str,
)
def test_what_is_no_box_picks_nothing(event: Any) -> None:
    assert window_of(event, picture((0, 0), (5, 5))) is None
