"""Measurements as Plotly figures: every color of the dashboard's pictures lives here, no raw data comes here.

Backgrounds, fonts and grid lines are left unset, so that Streamlit's theme decides them in light and dark. The value
scale fades to almost nothing at zero for the same reason: zero looks like the page, whichever color that is.
"""

from collections.abc import Sequence
from typing import Any, Literal
from urllib.parse import quote

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from core import text
from core.layout import Block
from core.measurements import NAN, NEGATIVE_INFINITY, POSITIVE_INFINITY, Card, Heatmap, Histogram, Summary

Statistic = Literal["extreme", "mean", "lowest", "highest"]

BEFORE = "rgba(140, 150, 164, 0.58)"
AFTER = "rgba(26, 111, 223, 0.62)"
HIGHLIGHT = "rgb(230, 97, 1)"
LINES = "rgba(128, 136, 150, 0.55)"
#: Blue below zero, red above: ColorBrewer's RdBu, safe for color-blind eyes, faded out at its center.
VALUES = [
    [0.0, "rgba(5, 67, 140, 1)"],
    [0.15, "rgba(33, 102, 172, 1)"],
    [0.35, "rgba(67, 147, 215, 0.72)"],
    [0.5, "rgba(128, 136, 150, 0.10)"],
    [0.65, "rgba(226, 110, 84, 0.72)"],
    [0.85, "rgba(196, 45, 52, 1)"],
    [1.0, "rgba(150, 10, 38, 1)"],
]
#: Purple below zero, orange above: ColorBrewer's PuOr, for gradients.
GRADIENTS = [
    [0.0, "rgba(84, 39, 136, 1)"],
    [0.25, "rgba(128, 115, 190, 0.9)"],
    [0.5, "rgba(128, 136, 150, 0.10)"],
    [0.75, "rgba(233, 140, 40, 0.9)"],
    [1.0, "rgba(190, 90, 6, 1)"],
]
#: Without these Plotly measures every label and lays the chart out again to make room for it.
_QUICK = {"automargin": False, "ticklabeloverflow": "allow"}
_GRADIENT = "data:image/svg+xml;utf8," + quote(
    "<svg xmlns='http://www.w3.org/2000/svg' width='8' height='100' preserveAspectRatio='none'>"
    "<linearGradient id='g' x1='0' y1='1' x2='0' y2='0'>"
    + "".join(f"<stop offset='{stop}' stop-color='{color}'/>" for stop, color in VALUES)
    + "</linearGradient><rect width='8' height='100' fill='url(#g)'/></svg>"
)
_MARKS = {NAN: "NaN", POSITIVE_INFINITY: "+inf", NEGATIVE_INFINITY: "−inf"}
_LARGE_HEIGHT, _STRIP_HEIGHT = 420, 150
_MOST_MARKS = 500
_MOST_LINES = 80
_GAPS_UP_TO = 40  # cells an axis; more, and gaps eat the picture


def comparison(
    card: Card, titles: Sequence[str] = ("before", "after"), *, log: bool = False, own_scales: bool = False
) -> go.Figure:
    """The pictures of a card side by side on one color scale, and its histogram on one array of edges.

    Args:
        card: as measured; a difference card has one picture.
        titles: one a picture.
        log: logarithmic counts, so that a single outlier shows.
        own_scales: a color scale for each picture instead of one for all.
    """
    pictures = list(zip(titles, card.pictures, limits(card, own_scales), strict=False))
    traces: list[dict[str, Any]] = []
    layout = _base(height=card_height(card))
    width = 0.60 / len(pictures) - 0.03 if card.histogram else 0.94 / len(pictures) - 0.03
    for index, (title, picture, limit) in enumerate(pictures):
        start = index * (width + 0.045)
        layout["annotations"].append(_title(title, start + width / 2))
        if picture is None:
            layout["annotations"].append(_remark("not there", start + width / 2))
            continue
        last = index == len(pictures) - 1 or own_scales
        _add_picture(traces, layout, picture, card, index + 1, (start, start + width), limit, colorbar=last)
    if card.histogram is not None:
        shown = (
            ["difference"] if len(card.pictures) == 1 else [t for t, p in zip(titles, _present(card), strict=True) if p]
        )
        _add_histogram(traces, layout, card.histogram, shown, domain=(0.72, 1.0), log=log)
    return go.Figure(traces, layout)


def side_by_side(
    cards: Sequence[Card], titles: Sequence[str], *, height: int = 300, marked: tuple[int, int] | None = None
) -> go.Figure:
    """The later picture of each card on one color scale; `marked` frames one element in each.

    Args:
        cards: of tensors of one shape; titles: one a card.
        height: in pixels.
        marked: row and column of an element.
    """
    limit = max((_magnitude(card.after) for card in cards), default=0.0)
    traces: list[dict[str, Any]] = []
    layout = _base(height=height)
    width = 0.95 / len(cards) - 0.03
    for index, (card, title) in enumerate(zip(cards, titles, strict=True)):
        start = index * (width + 0.04)
        layout["annotations"].append(_title(title, start + width / 2))
        shown = card.pictures[-1]
        if shown is not None:
            last = index == len(cards) - 1
            _add_picture(traces, layout, shown, card, index + 1, (start, start + width), limit, colorbar=last)
            if marked is not None:
                layout["shapes"].append(_frame(marked, shown, "" if index == 0 else str(index + 1)))
    return go.Figure(traces, layout)


def _frame(element: tuple[int, int], picture: Heatmap, axis: str) -> dict[str, Any]:
    (row, column), (tall, wide) = element, picture.cell
    top, left = row // tall * tall - 0.5, column // wide * wide - 0.5
    sides = {
        "x0": left,
        "x1": left + wide,
        "y0": top,
        "y1": top + tall,
        "xref": f"x{axis}",
        "yref": f"y{axis}",
    }
    return {"type": "rect", "line": {"color": HIGHLIGHT, "width": 3}, **sides}


def picture(card: Card, index: int, *, statistic: Statistic = "extreme", own_scales: bool = False) -> go.Figure:
    """One picture of a card, large: a box drawn on it selects a window."""
    shown = card.pictures[index]
    if shown is None:
        raise ValueError(f"{card.info.name!r} does not exist at this moment")
    traces: list[dict[str, Any]] = []
    layout = _base(height=_STRIP_HEIGHT if shown.span[0] == 1 else _LARGE_HEIGHT)
    limit = limits(card, own_scales)[index]
    _add_picture(traces, layout, shown, card, 1, (0.0, 0.92), limit, colorbar=True, statistic=statistic)
    layout |= {"dragmode": "select", "margin": {"l": 56, "r": 8, "t": 8, "b": 44}}
    return go.Figure(traces, layout)


def distribution(histogram: Histogram, names: Sequence[str], *, height: int = 220, log: bool = False) -> go.Figure:
    """Histograms on one array of edges."""
    traces: list[dict[str, Any]] = []
    layout = _base(height=height)
    _add_histogram(traces, layout, histogram, names, domain=(0.0, 1.0), log=log)
    return go.Figure(traces, layout)


def losses(values: Sequence[float], *, height: int = 160) -> go.Figure:
    """The loss before each update of a training step."""
    line: dict[str, Any] = {
        "type": "scatter",
        "y": list(values),
        "x": list(range(len(values))),
        "mode": "lines+markers",
    }
    line |= {
        "line": {"color": AFTER, "width": 2},
        "marker": {"size": 4},
        "hovertemplate": "update %{x}: %{y:.6g}<extra></extra>",
    }
    layout = _base(height=height)
    layout |= {"xaxis": {"title": {"text": "update"}, "automargin": True}}
    layout |= {"yaxis": {"title": {"text": "loss"}, "automargin": True}}
    return go.Figure([line], layout)


def limits(card: Card, own_scales: bool = False) -> list[float]:
    """The symmetric end of the color scale of each picture: the largest magnitude of the whole tensors."""
    summaries: list[Summary | None] = [card.difference] if len(card.pictures) == 1 else [card.before, card.after]
    each = [_magnitude(summary) for summary in summaries]
    return each if own_scales else [max(each)] * len(each)


def card_height(card: Card) -> int:
    """Pixels that keep small matrices legible and large ones modest."""
    rows = max((p.mean.shape[0] for p in card.pictures if p is not None), default=1)
    return 136 if rows == 1 else min(250, max(176, 60 + 20 * rows))


def _present(card: Card) -> tuple[Heatmap | None, ...] | tuple[Summary | None, ...]:
    return (card.before, card.after)


def _magnitude(summary: Summary | None) -> float:
    if summary is None or summary.min is None or summary.max is None:
        return 0.0
    return max(abs(summary.min), abs(summary.max))


def _base(height: int) -> dict[str, Any]:
    return {
        "height": height,
        "margin": {"l": 56, "r": 8, "t": 26, "b": 44},
        "annotations": [],
        "shapes": [],
        "images": [],
        "showlegend": False,
        "bargap": 0,
        "barmode": "overlay",
        "hoverlabel": {"align": "left"},
    }


def _title(title: str, x: float) -> dict[str, Any]:
    return {
        "text": text.figure(title),
        "x": x,
        "y": 1.0,
        "xref": "paper",
        "yref": "paper",
        "xanchor": "center",
        "yanchor": "bottom",
        "showarrow": False,
        "font": {"size": 13},
    }


def _remark(remark: str, x: float) -> dict[str, Any]:
    return _title(remark, x) | {"y": 0.5, "yanchor": "middle"}


def _add_picture(
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
    axis = "" if number == 1 else str(number)
    values = cells(picture, statistic)
    rows, columns = values.shape
    (row, column), (tall, wide) = picture.origin, picture.cell
    gap = 1 if max(rows, columns) <= _GAPS_UP_TO else 0
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
    names = [_axis_title(card, axes) for axes in (card.layout.rows, card.layout.columns)]
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
        **_ticks(rows * tall, blocks=_scaled_blocks(card)),
    }
    if rows == 1 or number > 1:
        layout[f"yaxis{axis}"] |= {"showticklabels": False, "title": {"text": ""}}  # the first picture says it
    layout["shapes"].extend(_borders(picture, card, axis))


def cells(picture: Heatmap, statistic: Statistic) -> NDArray[np.floating]:
    """What each cell shows: its mean, lowest or highest value, or the one of largest magnitude, sign kept."""
    if statistic == "mean":
        return picture.mean
    if statistic == "lowest" or picture.exact:
        return picture.low
    if statistic == "highest":
        return picture.high
    return np.where(np.abs(picture.high) >= np.abs(picture.low), picture.high, picture.low)


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
    names = [", ".join(name for bit, name in _MARKS.items() if flag & bit) for flag in flags]
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


def _axis_title(card: Card, axes: tuple[int, ...]) -> str:
    return " × ".join(text.figure(card.axes[axis]) for axis in axes if axis < len(card.axes))


def _ticks(length: int, blocks: tuple[Block, ...] = ()) -> dict[str, Any]:
    common = {"showgrid": False, "zeroline": False, "ticks": "", **_QUICK}
    if blocks:
        centers = [(block.start + block.stop - 1) / 2 for block in blocks]
        return common | {
            "tickmode": "array",
            "tickvals": centers,
            "ticktext": [block.label for block in blocks],
        }
    return common | ({"dtick": 1} if length <= 8 else {"nticks": 6, "tickformat": "d"})


def _scaled_blocks(card: Card) -> tuple[Block, ...]:
    """The labeled blocks of axis 0 in rows of the picture; none when axis 0 does not run down first."""
    if not card.layout.rows or card.layout.rows[0] != 0:
        return ()
    step = card.grid[0] or 1
    return tuple(Block(block.label, block.start * step, block.stop * step) for block in card.blocks)


def _borders(picture: Heatmap, card: Card, axis: str) -> list[dict[str, Any]]:
    """Lines between kernels and between gates, where they are far enough apart to be seen."""
    lines = []
    rows = [block.start for block in _scaled_blocks(card)[1:]]
    for step, cell, total, positions, horizontal in (
        (card.grid[0], picture.cell[0], picture.shape[0], rows, True),
        (card.grid[1], picture.cell[1], picture.shape[1], [], False),
    ):
        if step >= 2 * cell and step < total and total // step <= _MOST_LINES:
            positions = [*positions, *range(step, total, step)]
        start, span = (picture.origin[0], picture.span[0]) if horizontal else (picture.origin[1], picture.span[1])
        for position in sorted(set(positions)):
            if start < position < start + span:
                across = {
                    "y0": position - 0.5,
                    "y1": position - 0.5,
                    "x0": 0,
                    "x1": 1,
                    "xref": f"x{axis} domain",
                    "yref": f"y{axis}",
                }
                down = {
                    "x0": position - 0.5,
                    "x1": position - 0.5,
                    "y0": 0,
                    "y1": 1,
                    "yref": f"y{axis} domain",
                    "xref": f"x{axis}",
                }
                lines.append(
                    {
                        "type": "line",
                        "line": {"color": LINES, "width": 1.2},
                        **(across if horizontal else down),
                    }
                )
    return lines


def _add_histogram(
    traces: list[dict[str, Any]],
    layout: dict[str, Any],
    histogram: Histogram,
    names: Sequence[str],
    *,
    domain: tuple[float, float],
    log: bool,
) -> None:
    edges = histogram.edges
    centers, widths = edges[:-1] / 2 + edges[1:] / 2, np.diff(edges)
    colors = [BEFORE, AFTER] if len(names) == 2 else [BEFORE if list(names) == ["before"] else AFTER]
    for name, counts, color in zip(names, histogram.counts, colors, strict=True):
        traces.append(
            {
                "type": "bar",
                "x": centers,
                "y": counts,
                "width": widths,
                "name": text.figure(name),
                "marker": {"color": color, "line": {"width": 0}},
                "xaxis": "x9",
                "yaxis": "y9",
                "hovertemplate": f"{text.figure(name)}: %{{y}} near %{{x:.4g}}<extra></extra>",
            }
        )
    layout["annotations"].append(_title("distribution", sum(domain) / 2))
    layout["xaxis9"] = {
        "domain": list(domain),
        "anchor": "y9",
        "nticks": 5,
        "zeroline": False,
        **_QUICK,
    }
    layout["yaxis9"] = {
        "anchor": "x9",
        "type": "log" if log else "linear",
        "nticks": 4,
        "rangemode": "tozero",
        **_QUICK,
    }
