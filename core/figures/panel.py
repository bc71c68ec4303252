"""A heatmap as plain values and arrays for a canvas to draw: nothing is left to decide there but pixels."""

from collections.abc import Sequence

import numpy as np

from .. import text
from ..questions.picture import Block, Heatmap
from ..questions.tensor import Card
from .drawing import Axis, Panel, Remark
from .picture import GAPS_UP_TO, MARKS, SHOWN, Statistic, axis_title, borders, cells, scaled_blocks, spelled
from .ticks import Tick, round_ticks

_EVERY_UP_TO = 8  # elements an axis that are all labeled


def panel(
    picture: Heatmap,
    limit: float,
    *,
    title: str,
    axes: tuple[str, str],
    blocks: Sequence[Block] = (),
    lines: tuple[list[int], list[int]] = ([], []),
    labeled: tuple[bool, bool] = (True, True),
    ruler: bool = True,
    statistic: Statistic = "extreme",
) -> Panel:
    """A picture on a scale from -limit to limit.

    Args:
        picture: as measured; limit: end of the color scale; title: plain text above it.
        axes: what rows and columns count; blocks: labeled runs of rows.
        lines: rows and columns before which a line is drawn.
        labeled: whether rows and whether columns are labeled; rows are not where there is only one.
        ruler: whether the color scale is drawn beside it.
        statistic: what a cell of several elements shows.
    """
    values = cells(picture, statistic)
    shown = (labeled[0] and values.shape[0] > 1, labeled[1])
    down, across = (
        axis(
            picture.span[side],
            picture.cell[side],
            picture.mean.shape[side],
            first=picture.origin[side],
            name=axes[side],
            blocks=blocks if side == 0 else (),
            borders=lines[side],
            labeled=shown[side],
        )
        for side in (0, 1)
    )
    drawn: Panel = {
        "title": title,
        "values": np.ascontiguousarray(values),
        "flags": np.ascontiguousarray(picture.nonfinite) if picture.nonfinite.any() else None,
        "marks": list(MARKS.items()),
        "digits": 17 if values.dtype == np.float64 else 9,  # enough to tell any two values apart
        "limit": limit,
        "ruler": ends(limit) if ruler else [],
        "gap": max(values.shape) <= GAPS_UP_TO,
        "shows": SHOWN[statistic],
        "down": down,
        "across": across,
    }
    texts = spelled(picture, statistic)
    return drawn if texts is None else {**drawn, "texts": texts}


def card_panel(
    card: Card,
    picture: Heatmap | None,
    limit: float,
    *,
    title: str,
    labeled: tuple[bool, bool] = (True, True),
    ruler: bool,
    absent: str = "not there",
    statistic: Statistic = "extreme",
) -> Panel | Remark:
    """One picture of a card, with the borders of its kernels or gates; a remark where there is none."""
    if picture is None:
        return {"title": title, "remark": absent}
    return panel(
        picture,
        limit,
        title=title,
        axes=(axis_title(card, card.layout.rows), axis_title(card, card.layout.columns)),
        blocks=scaled_blocks(card),
        lines=borders(picture, card),
        labeled=labeled,
        ruler=ruler,
        statistic=statistic,
    )


def axis(
    span: int,
    cell: int,
    count: int,
    *,
    first: int = 0,
    name: str = "",
    blocks: Sequence[Block] = (),
    borders: Sequence[int] = (),
    labeled: bool = True,
) -> Axis:
    """One axis of a picture: `count` cells of `cell` elements from element `first` on, `span` elements in all."""
    ticks: list[Tick]
    if not labeled:
        ticks = []
    elif blocks:
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
        "name": text.plain(name) if labeled else "",
    }


def ends(limit: float) -> list[str]:
    """The labels of a color scale from its upper end to its lower."""
    return [text.number(limit, 3), "0", text.number(-limit, 3)]
