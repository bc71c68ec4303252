"""What every picture of a tensor shows: its cells, the end of its color scale, its names and borders."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..questions.picture import NAN, NEGATIVE_INFINITY, POSITIVE_INFINITY, Block, Heatmap, Summary
from ..questions.tensor import Card

Statistic = Literal["extreme", "mean", "lowest", "highest"]
#: What a cell of several elements says that it shows of them.
SHOWN: dict[Statistic, str] = {
    "extreme": "largest magnitude",
    "mean": "mean",
    "lowest": "lowest",
    "highest": "highest",
}

MARKS = {NAN: "NaN", POSITIVE_INFINITY: "+inf", NEGATIVE_INFINITY: "−inf"}
GAPS_UP_TO = 40  # cells an axis; more, and gaps eat the picture
_MOST_LINES = 80


def is_difference(card: Card) -> bool:
    """Whether the card's one picture is that of the difference; else there are one before and one after."""
    return len(card.pictures) == 1


def limits(card: Card, own_scales: bool = False) -> list[float]:
    """The symmetric end of the color scale of each picture: the largest magnitude of the whole tensors."""
    summaries: list[Summary | None] = [card.difference] if is_difference(card) else [card.before, card.after]
    each = [magnitude(summary) for summary in summaries]
    return each if own_scales else [max(each)] * len(each)


def magnitude(summary: Summary | None) -> float:
    """The largest magnitude of a whole tensor, 0 where there is none."""
    return (summary.largest if summary else None) or 0.0


def largest(*arrays: NDArray[np.floating]) -> float:
    """The largest finite magnitude, 0 where there is none."""
    return max(float(np.abs(array[np.isfinite(array)]).max(initial=0.0)) for array in arrays)


def cells(picture: Heatmap, statistic: Statistic) -> NDArray[np.floating]:
    """What each cell shows: its mean, lowest or highest value, or the one of largest magnitude, sign kept."""
    if statistic == "mean":
        return picture.mean
    if statistic == "lowest" or picture.exact:
        return picture.low
    if statistic == "highest":
        return picture.high
    return np.where(np.abs(picture.high) >= np.abs(picture.low), picture.high, picture.low)


def spelled(picture: Heatmap, statistic: Statistic) -> list[str] | None:
    """What each cell shows, with every digit, where its array rounds it; None where it does not."""
    if picture.spelled is None or statistic == "mean":
        return None
    low, high = picture.spelled
    if statistic == "lowest" or picture.exact:
        return list(low)
    if statistic == "highest":
        return list(high)
    return [max(pair[::-1], key=lambda number: abs(int(number))) for pair in zip(low, high, strict=True)]


def axis_title(card: Card, axes: tuple[int, ...]) -> str:
    """What the axes that run one way count, outer before inner: `out × kh`."""
    return " × ".join(card.axes[axis] for axis in axes if axis < len(card.axes))


def scaled_blocks(card: Card) -> tuple[Block, ...]:
    """The labeled blocks of axis 0 in rows of the picture; none when axis 0 does not run down first."""
    if not card.layout.rows or card.layout.rows[0] != 0:
        return ()
    step = card.grid[0] or 1
    return tuple(Block(block.label, block.start * step, block.stop * step) for block in card.blocks)


def borders(picture: Heatmap, card: Card) -> tuple[list[int], list[int]]:
    """Rows and columns before which a new kernel or gate begins, where those are far enough apart to be seen."""
    found = []
    blocks = [block.start for block in scaled_blocks(card)[1:]]
    for axis, starts in enumerate((blocks, [])):
        step, cell, total = card.grid[axis], picture.cell[axis], picture.shape[axis]
        if step >= 2 * cell and step < total and total // step <= _MOST_LINES:
            starts = [*starts, *range(step, total, step)]
        first, last = picture.origin[axis], picture.origin[axis] + picture.span[axis]
        found.append(sorted({start for start in starts if first < start < last}))
    return found[0], found[1]
