"""A heatmap as plain values and arrays for a canvas to draw: nothing is left to decide there but pixels."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import text
from ..questions.tensor import Block, Heatmap
from .picture import GAPS_UP_TO, MARKS, cells
from .ticks import Tick, round_ticks

_EVERY_UP_TO = 8  # elements an axis that are all labeled


def panel(
    picture: Heatmap,
    limit: float,
    *,
    axes: tuple[str, str],
    blocks: Sequence[Block] = (),
    borders: tuple[list[int], list[int]] = ([], []),
    labeled: bool = True,
    ruler: bool = True,
) -> dict[str, Any]:
    """A picture on a scale from -limit to limit.

    Args:
        picture: as measured; limit: end of the color scale.
        axes: what rows and columns count; blocks: labeled runs of rows.
        borders: rows and columns before which a line is drawn.
        labeled: whether rows are labeled; ruler: whether the color scale is drawn beside it.

    Returns:
        Plain values, and arrays at `values` (float32 or float64) and `flags` (uint8).
    """
    values = cells(picture, "extreme")
    down, across = (
        axis(
            picture.span[side],
            picture.cell[side],
            picture.mean.shape[side],
            first=picture.origin[side],
            name=axes[side],
            blocks=blocks if side == 0 else (),
            borders=borders[side],
        )
        for side in (0, 1)
    )
    if not labeled or values.shape[0] == 1:
        down |= {"ticks": [], "name": ""}  # the first picture says it
    return {
        "values": np.ascontiguousarray(values),
        "flags": np.ascontiguousarray(picture.nonfinite) if picture.nonfinite.any() else None,
        "marks": list(MARKS.items()),
        "digits": 17 if values.dtype == np.float64 else 9,  # enough to tell any two values apart
        "limit": limit,
        "ruler": ends(limit) if ruler else [],
        "gap": max(values.shape) <= GAPS_UP_TO,
        "down": down,
        "across": across,
    }


def axis(
    span: int,
    cell: int,
    count: int,
    *,
    first: int = 0,
    name: str = "",
    blocks: Sequence[Block] = (),
    borders: Sequence[int] = (),
) -> dict[str, Any]:
    """One axis of a picture: `count` cells of `cell` elements from element `first` on, `span` elements in all."""
    ticks: list[Tick]
    if blocks:
        ticks = [((block.start + block.stop - 1) / 2, text.plain(block.label)) for block in blocks]
    elif span <= _EVERY_UP_TO:
        ticks = [(index, str(index)) for index in range(first, first + span)]
    else:
        ticks = round_ticks(first, first + span - 1, 6, whole=True)
    return {
        "first": first,
        "span": span,
        "cell": cell,
        "count": count,
        "ticks": [tick for tick in ticks if first <= tick[0] < first + span],
        "borders": list(borders),
        "name": text.plain(name),
    }


def ends(limit: float) -> list[str]:
    """The labels of a color scale from its upper end to its lower."""
    return [text.number(limit, 3), "0", text.number(-limit, 3)]
