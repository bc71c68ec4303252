"""Pictures and distribution of one tensor, or pictures of several, side by side on one ruler."""

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from core.figures.colors import HIGHLIGHT
from core.figures.distribution import add_histogram
from core.figures.frame import base, heading
from core.figures.picture import add_picture, limits, magnitude
from core.measurements import Card, Heatmap, Summary


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
    layout = base(height=card_height(card))
    width = 0.60 / len(pictures) - 0.03 if card.histogram else 0.94 / len(pictures) - 0.03
    for index, (title, picture, limit) in enumerate(pictures):
        start = index * (width + 0.045)
        layout["annotations"].append(heading(title, start + width / 2))
        if picture is None:
            layout["annotations"].append(_remark("not there", start + width / 2))
            continue
        last = index == len(pictures) - 1 or own_scales
        add_picture(traces, layout, picture, card, index + 1, (start, start + width), limit, colorbar=last)
    if card.histogram is not None:
        shown = (
            ["difference"] if len(card.pictures) == 1 else [t for t, p in zip(titles, _present(card), strict=True) if p]
        )
        add_histogram(traces, layout, card.histogram, shown, domain=(0.72, 1.0), log=log)
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
    limit = max((magnitude(card.after) for card in cards), default=0.0)
    traces: list[dict[str, Any]] = []
    layout = base(height=height)
    width = 0.95 / len(cards) - 0.03
    for index, (card, title) in enumerate(zip(cards, titles, strict=True)):
        start = index * (width + 0.04)
        layout["annotations"].append(heading(title, start + width / 2))
        shown = card.pictures[-1]
        if shown is not None:
            last = index == len(cards) - 1
            add_picture(traces, layout, shown, card, index + 1, (start, start + width), limit, colorbar=last)
            if marked is not None:
                layout["shapes"].append(_frame(marked, shown, "" if index == 0 else str(index + 1)))
    return go.Figure(traces, layout)


def card_height(card: Card) -> int:
    """Pixels that keep small matrices legible and large ones modest."""
    rows = max((p.mean.shape[0] for p in card.pictures if p is not None), default=1)
    return 136 if rows == 1 else min(250, max(176, 60 + 20 * rows))


def _present(card: Card) -> tuple[Heatmap | None, ...] | tuple[Summary | None, ...]:
    return (card.before, card.after)


def _remark(remark: str, x: float) -> dict[str, Any]:
    return heading(remark, x) | {"y": 0.5, "yanchor": "middle"}


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
