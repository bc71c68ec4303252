"""One picture of a card as a Plotly figure, large enough to draw a box on."""

from typing import Any
from urllib.parse import quote

import numpy as np
import plotly.graph_objects as go

from .. import text
from ..questions.picture import Block, Heatmap
from ..questions.tensor import Card
from .colors import HIGHLIGHT, LINES, VALUES
from .picture import GAPS_UP_TO, MARKS, Statistic, axis_title, borders, cells, limits, scaled_blocks
from .plotly_layout import QUICK, base

_GRADIENT = "data:image/svg+xml;utf8," + quote(
    "<svg xmlns='http://www.w3.org/2000/svg' width='8' height='100' preserveAspectRatio='none'>"
    "<linearGradient id='g' x1='0' y1='1' x2='0' y2='0'>"
    + "".join(f"<stop offset='{stop}' stop-color='{color}'/>" for stop, color in VALUES)
    + "</linearGradient><rect width='8' height='100' fill='url(#g)'/></svg>"
)
_LARGE_HEIGHT, _STRIP_HEIGHT = 420, 150
_MOST_MARKS = 500
_RIGHT = 0.9  # of the width; beyond it stands the ruler


def heatmap_figure(card: Card, index: int, *, statistic: Statistic = "extreme") -> go.Figure:
    """One picture of a card, large: a box drawn on it selects a window."""
    picture = card.pictures[index]
    if picture is None:
        raise ValueError(f"{card.info.name!r} does not exist at this moment")
    limit = limits(card)[index] or 1.0
    marks = _marks(picture)
    bar, ends = _ruler(limit)
    layout = base(height=_STRIP_HEIGHT if picture.span[0] == 1 else _LARGE_HEIGHT) | {
        "xaxis": _across(picture, card),
        "yaxis": _down(picture, card),
        "shapes": _lines(picture, card),
        "images": [bar],
        "annotations": ends,
        "dragmode": "select",
        "margin": {"l": 56, "r": 8, "t": 8, "b": 44},
    }
    return go.Figure([_cells(picture, limit, statistic), *([marks] if marks else [])], layout)


def _cells(picture: Heatmap, limit: float, statistic: Statistic) -> dict[str, Any]:
    """The cells themselves, at the indices of their elements."""
    values = cells(picture, statistic)
    (row, column), (tall, wide) = picture.origin, picture.cell
    gap = 1 if max(values.shape) <= GAPS_UP_TO else 0
    return {
        "type": "heatmap",
        "z": values,
        "y0": row + (tall - 1) / 2,
        "dy": tall,
        "x0": column + (wide - 1) / 2,
        "dx": wide,
        "zmin": -limit,
        "zmax": limit,
        "colorscale": VALUES,
        "zsmooth": False,
        "xgap": gap,
        "ygap": gap,
        "hovertemplate": _hover(picture, values.dtype, statistic),
        "showscale": False,
    }


def _across(picture: Heatmap, card: Card) -> dict[str, Any]:
    first, length = picture.origin[1], picture.mean.shape[1] * picture.cell[1]
    return {
        "domain": [0.0, _RIGHT],
        "anchor": "y",
        "range": [first - 0.5, first + picture.span[1] - 0.5],
        "title": {"text": text.figure(axis_title(card, card.layout.columns)), "standoff": 8},
        **_ticks(length),
    }


def _down(picture: Heatmap, card: Card) -> dict[str, Any]:
    first, length = picture.origin[0], picture.mean.shape[0] * picture.cell[0]
    axis = {
        "anchor": "x",
        "range": [first + picture.span[0] - 0.5, first - 0.5],
        "title": {"text": text.figure(axis_title(card, card.layout.rows)), "standoff": 8},
        **_ticks(length, blocks=scaled_blocks(card)),
    }
    alone = picture.mean.shape[0] == 1
    return axis | ({"showticklabels": False, "title": {"text": ""}} if alone else {})


def _hover(picture: Heatmap, dtype: np.dtype[Any], statistic: Statistic) -> str:
    digits = 17 if dtype == np.float64 else 9  # enough to tell any two values apart
    if picture.exact:
        return f"[%{{y}}, %{{x}}] = %{{z:.{digits}g}}<extra></extra>"
    tall, wide = picture.cell
    what = {"extreme": "largest magnitude", "mean": "mean", "lowest": "lowest", "highest": "highest"}[statistic]
    return f"{what} of {tall}×{wide} around [%{{y:.0f}}, %{{x:.0f}}]: %{{z:.6g}}<extra></extra>"


def _ruler(limit: float) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The color scale's legend beside the picture: an image and the values at its ends.

    Plotly's own color bar lays the whole chart out a second time, which was a third of a chart's drawing time.
    """
    x = _RIGHT + 0.006
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


def _ticks(length: int, blocks: tuple[Block, ...] = ()) -> dict[str, Any]:
    common = {"showgrid": False, "zeroline": False, "ticks": "", **QUICK}
    if blocks:
        centers = [(block.start + block.stop - 1) / 2 for block in blocks]
        return common | {
            "tickmode": "array",
            "tickvals": centers,
            "ticktext": [text.figure(block.label) for block in blocks],
        }
    return common | ({"dtick": 1} if length <= 8 else {"nticks": 6, "tickformat": "d"})


def _lines(picture: Heatmap, card: Card) -> list[dict[str, Any]]:
    lines = []
    for side, other, starts in zip("yx", "xy", borders(picture, card), strict=True):
        for start in starts:
            place = {f"{side}0": start - 0.5, f"{side}1": start - 0.5, f"{other}0": 0, f"{other}1": 1}
            refs = {f"{side}ref": side, f"{other}ref": f"{other} domain"}
            lines.append({"type": "line", "line": {"color": LINES, "width": 1.2}, **place, **refs})
    return lines
