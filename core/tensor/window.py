"""From what a chart reports of a drawn box to rows and columns."""

from collections.abc import Mapping
from math import floor
from typing import Any

from ..questions.picture import Heatmap, Window


def window_of(event: Any, picture: Heatmap) -> Window | None:
    """First row, row after the last, and the same for columns, of the elements whose centers a box covers.

    Args:
        event: a chart's selection state, `{"selection": {"box": [{"x": [x0, x1], "y": [y0, y1]}]}}`.
        picture: what the box was drawn on; the window stays within it.
    """
    boxes = event.get("selection", {}).get("box", []) if isinstance(event, Mapping) else []
    if not boxes or len(boxes[0].get("x", ())) != 2 or len(boxes[0].get("y", ())) != 2:
        return None
    rows = _covered(boxes[0]["y"], picture.origin[0], picture.span[0])
    columns = _covered(boxes[0]["x"], picture.origin[1], picture.span[1])
    return None if rows is None or columns is None else (*rows, *columns)


def _covered(bounds: Any, origin: int, span: int) -> tuple[int, int] | None:
    """Elements lie at whole coordinates and reach half a unit to each side: any that the box touches counts."""
    low, high = min(bounds), max(bounds)
    first, after = max(origin, floor(low + 0.5)), min(origin + span, floor(high + 0.5) + 1)
    return (first, after) if first < after else None
