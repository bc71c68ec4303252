"""From what a browser reports of a box drawn on a picture to the part of the tensor that is shown."""

from collections.abc import Sequence

from ..questions.picture import Heatmap, Window


def window_of(reported: object, picture: Heatmap) -> Window | None:
    """First row, row after the last, and the same for columns, of the box's elements; None is the whole.

    Args:
        reported: as the browser says it, which may be anything.
        picture: what the box was drawn on; the window stays within it, and what is no box leaves it as it is.
    """
    (row, column), (rows, columns) = picture.origin, picture.span
    shown = (row, row + rows, column, column + columns)
    if reported == []:
        return None
    if not isinstance(reported, Sequence) or len(reported) != 4 or not all(type(end) is int for end in reported):
        return shown
    top, bottom, left, right = reported
    part = (max(top, row), min(bottom, row + rows), max(left, column), min(right, column + columns))
    return part if part[0] < part[1] and part[2] < part[3] else shown
