"""Pictures of several tensors side by side on one ruler."""

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from core.figures.colors import HIGHLIGHT
from core.figures.frame import base, heading
from core.figures.picture import add_picture, magnitude
from core.measurements import Card, Heatmap


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
