"""Heatmaps: a tensor, or a part of it, in cells on a zero-centered scale."""

from typing import Any, Literal
from urllib.parse import quote

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from .. import text
from ..questions.tensor import NAN, NEGATIVE_INFINITY, POSITIVE_INFINITY, Block, Card, Heatmap, Summary
from .colors import HIGHLIGHT, LINES, VALUES
from .frame import QUICK, base

Statistic = Literal["extreme", "mean", "lowest", "highest"]

_GRADIENT = "data:image/svg+xml;utf8," + quote(
    "<svg xmlns='http://www.w3.org/2000/svg' width='8' height='100' preserveAspectRatio='none'>"
    "<linearGradient id='g' x1='0' y1='1' x2='0' y2='0'>"
    + "".join(f"<stop offset='{stop}' stop-color='{color}'/>" for stop, color in VALUES)
    + "</linearGradient><rect width='8' height='100' fill='url(#g)'/></svg>"
)
MARKS = {NAN: "NaN", POSITIVE_INFINITY: "+inf", NEGATIVE_INFINITY: "−inf"}
_LARGE_HEIGHT, _STRIP_HEIGHT = 420, 150
_MOST_MARKS = 500
_MOST_LINES = 80
GAPS_UP_TO = 40  # cells an axis; more, and gaps eat the picture


def heatmap_figure(card: Card, index: int, *, statistic: Statistic = "extreme", own_scales: bool = False) -> go.Figure:
    """One picture of a card, large: a box drawn on it selects a window."""
    shown = card.pictures[index]
    if shown is None:
        raise ValueError(f"{card.info.name!r} does not exist at this moment")
    traces: list[dict[str, Any]] = []
    layout = base(height=_STRIP_HEIGHT if shown.span[0] == 1 else _LARGE_HEIGHT)
    limit = limits(card, own_scales)[index]
    add_picture(traces, layout, shown, card, 1, (0.0, 0.9), limit, colorbar=True, statistic=statistic)
    layout |= {"dragmode": "select", "margin": {"l": 56, "r": 8, "t": 8, "b": 44}}
    return go.Figure(traces, layout)


def limits(card: Card, own_scales: bool = False) -> list[float]:
    """The symmetric end of the color scale of each picture: the largest magnitude of the whole tensors."""
    summaries: list[Summary | None] = [card.difference] if len(card.pictures) == 1 else [card.before, card.after]
    each = [magnitude(summary) for summary in summaries]
    return each if own_scales else [max(each)] * len(each)


def cells(picture: Heatmap, statistic: Statistic) -> NDArray[np.floating]:
    """What each cell shows: its mean, lowest or highest value, or the one of largest magnitude, sign kept."""
    if statistic == "mean":
        return picture.mean
    if statistic == "lowest" or picture.exact:
        return picture.low
    if statistic == "highest":
        return picture.high
    return np.where(np.abs(picture.high) >= np.abs(picture.low), picture.high, picture.low)


def magnitude(summary: Summary | None) -> float:
    """The largest magnitude, 0 where there is none."""
    if summary is None or summary.min is None or summary.max is None:
        return 0.0
    return max(abs(summary.min), abs(summary.max))


def add_picture(
    traces: list[dict[str, Any]],
    layout: dict[str, Any],
    picture: Heatmap,
    card: Card,
    number: int,
    domain: tuple[float, float],
    limit: float,
    *,
    colorbar: bool,
    statistic: Statistic = "extreme",
) -> None:
    """A heatmap on its own pair of axes, with marks, borders and the ruler, into `traces` and `layout`."""
    axis = "" if number == 1 else str(number)
    values = cells(picture, statistic)
    rows, columns = values.shape
    (row, column), (tall, wide) = picture.origin, picture.cell
    gap = 1 if max(rows, columns) <= GAPS_UP_TO else 0
    traces.append(
        {
            "type": "heatmap",
            "z": values,
            "y0": row + (tall - 1) / 2,
            "dy": tall,
            "x0": column + (wide - 1) / 2,
            "dx": wide,
            "xaxis": f"x{axis}",
            "yaxis": f"y{axis}",
            "zmin": -(limit or 1.0),
            "zmax": limit or 1.0,
            "colorscale": VALUES,
            "zsmooth": False,
            "xgap": gap,
            "ygap": gap,
            "hovertemplate": _hover(picture, values.dtype, statistic),
            "showscale": False,
        }
    )
    if colorbar:
        bar, ends = _ruler(domain[1] + 0.006, limit or 1.0)
        layout["images"].append(bar)
        layout["annotations"].extend(ends)
    marks = _marks(picture)
    if marks:
        traces.append(marks | {"xaxis": f"x{axis}", "yaxis": f"y{axis}"})
    names = [text.figure(axis_title(card, axes)) for axes in (card.layout.rows, card.layout.columns)]
    layout[f"xaxis{axis}"] = {
        "domain": list(domain),
        "anchor": f"y{axis}",
        "range": [column - 0.5, column + picture.span[1] - 0.5],
        "title": {"text": names[1], "standoff": 8},
        **_ticks(columns * wide),
    }
    layout[f"yaxis{axis}"] = {
        "anchor": f"x{axis}",
        "range": [row + picture.span[0] - 0.5, row - 0.5],
        "title": {"text": names[0] if number == 1 else "", "standoff": 8},
        **_ticks(rows * tall, blocks=scaled_blocks(card)),
    }
    if rows == 1 or number > 1:
        layout[f"yaxis{axis}"] |= {"showticklabels": False, "title": {"text": ""}}  # the first picture says it
    layout["shapes"].extend(_lines(picture, card, axis))


def _hover(picture: Heatmap, dtype: np.dtype[Any], statistic: Statistic) -> str:
    digits = 17 if dtype == np.float64 else 9  # enough to tell any two values apart
    if picture.exact:
        return f"[%{{y}}, %{{x}}] = %{{z:.{digits}g}}<extra></extra>"
    tall, wide = picture.cell
    what = {"extreme": "largest magnitude", "mean": "mean", "lowest": "lowest", "highest": "highest"}[statistic]
    return f"{what} of {tall}×{wide} around [%{{y:.0f}}, %{{x:.0f}}]: %{{z:.6g}}<extra></extra>"


def _ruler(x: float, limit: float) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The color scale's legend at `x`: an image and the values at its ends.

    Plotly's own color bar lays the whole chart out a second time, which was a third of a chart's drawing time.
    """
    bar = {"source": _GRADIENT, "xref": "paper", "yref": "paper", "x": x, "y": 0, "sizing": "stretch"}
    bar |= {"sizex": 0.008, "sizey": 1, "xanchor": "left", "yanchor": "bottom", "layer": "above"}
    ends = [(text.number(limit, 3), 1, "top"), ("0", 0.5, "middle"), (text.number(-limit, 3), 0, "bottom")]
    place = {
        "x": x + 0.01,
        "xref": "paper",
        "yref": "paper",
        "xanchor": "left",
        "showarrow": False,
        "font": {"size": 11},
    }
    return bar, [{"text": label, "y": y, "yanchor": anchor, **place} for label, y, anchor in ends]


def _marks(picture: Heatmap) -> dict[str, Any] | None:
    """A cross on every cell that holds a non-finite value, up to a number that a browser draws at once."""
    rows, columns = np.nonzero(picture.nonfinite)
    if not rows.size:
        return None
    rows, columns = rows[:_MOST_MARKS], columns[:_MOST_MARKS]
    flags = picture.nonfinite[rows, columns]
    names = [", ".join(name for bit, name in MARKS.items() if flag & bit) for flag in flags]
    (row, column), (tall, wide) = picture.origin, picture.cell
    return {
        "type": "scatter",
        "mode": "markers",
        "y": row + (tall - 1) / 2 + rows * tall,
        "x": column + (wide - 1) / 2 + columns * wide,
        "marker": {"symbol": "x", "size": 8, "color": HIGHLIGHT},
        "text": names,
        "hovertemplate": "[%{y:.0f}, %{x:.0f}] holds %{text}<extra></extra>",
        "showlegend": False,
    }


def axis_title(card: Card, axes: tuple[int, ...]) -> str:
    """What the axes that run one way count, outer before inner: `out × kh`."""
    return " × ".join(card.axes[axis] for axis in axes if axis < len(card.axes))


def _ticks(length: int, blocks: tuple[Block, ...] = ()) -> dict[str, Any]:
    common = {"showgrid": False, "zeroline": False, "ticks": "", **QUICK}
    if blocks:
        centers = [(block.start + block.stop - 1) / 2 for block in blocks]
        return common | {
            "tickmode": "array",
            "tickvals": centers,
            "ticktext": [block.label for block in blocks],
        }
    return common | ({"dtick": 1} if length <= 8 else {"nticks": 6, "tickformat": "d"})


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


def _lines(picture: Heatmap, card: Card, axis: str) -> list[dict[str, Any]]:
    lines = []
    for side, other, starts in zip("yx", "xy", borders(picture, card), strict=True):
        for start in starts:
            place = {f"{side}0": start - 0.5, f"{side}1": start - 0.5, f"{other}0": 0, f"{other}1": 1}
            refs = {f"{side}ref": f"{side}{axis}", f"{other}ref": f"{other}{axis} domain"}
            lines.append({"type": "line", "line": {"color": LINES, "width": 1.2}, **place, **refs})
    return lines
