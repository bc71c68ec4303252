"""Pictures over the frames of a film, and curves that a cursor runs along, for a canvas to draw: one frame is a still.

A film is plain values, and arrays that hold every frame of a picture and every step of a curve.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .. import text
from ..questions.arrays import Float64s
from .colors import GRADIENTS, HIGHLIGHT, LINES, VALUES
from .drawing import ChartDrawing, ChartRow, FilmDrawing, FilmRow, MovingPanel, Panel, Remark, Scale
from .ticks import round_ticks

#: Pixels above a picture for its title; below it for labels; the plot of a chart, its labels, and a line of its legend.
TITLE, LABELS, BARE = 28, 44, 8
_PLOT, _ACROSS, _ENTRY = 104, 24, 18
_STRIP, _LOWEST = 30, 64  # pixels of a picture of one row, and of several rows at least
_ROOM = 720  # pixels across that a row of pictures has at least


@dataclass(frozen=True, slots=True)
class Line:
    """A curve over steps: its name, its color, one value a step (not drawn where not finite), and whether dashed."""

    name: str
    color: str
    values: Float64s
    dashed: bool = False


def film(
    alt: str,
    rows: Sequence[FilmRow],
    charts: Sequence[Sequence[ChartDrawing]] = (),
    steps: Sequence[int] = (0,),
) -> FilmDrawing:
    """A film of rows of pictures above rows of charts; `steps` are those at which its frames were taken."""
    lines: list[ChartRow] = [
        {"height": max(chart["height"] for chart in line), "charts": list(line)} for line in charts
    ]
    return {
        "alt": text.plain(alt),
        "steps": list(steps),
        "rows": list(rows),
        "lines": lines,
        "height": sum(row["height"] for row in rows) + sum(line["height"] for line in lines),
        "colors": {"values": VALUES, "gradients": GRADIENTS, "highlight": HIGHLIGHT, "lines": LINES},
    }


def row(panels: Sequence[Panel | MovingPanel | Remark], scale: Scale, *, height: int) -> FilmRow:
    """Pictures side by side, each `height` pixels high under its title."""
    labeled = any("across" in panel and panel["across"]["ticks"] for panel in panels)
    below = LABELS if labeled else BARE
    return {"panels": list(panels), "scale": scale, "below": below, "height": TITLE + height + below}


def panel_title(title: str) -> str:
    """A title as it is drawn above a picture."""
    return text.plain(title, 60)


def picture_height(shapes: Sequence[tuple[int, int]], most: int) -> int:
    """Pixels of a row of pictures of those (rows, columns), at `most`; wide ones are as low as squares make them."""
    room = _ROOM / max(1, len(shapes)) - 30
    wanted = [round(room * rows / columns) if rows > 1 else 0 for rows, columns in shapes]
    tallest = max(wanted, default=0)
    return min(most, max(tallest, _LOWEST)) if tallest else _STRIP


def chart(
    title: str,
    lines: Sequence[Line],
    *,
    zero: bool = False,
    guide: float | None = None,
    span: tuple[float, float] | None = None,
) -> ChartDrawing:
    """Curves over steps on one axis.

    Args:
        title: what is drawn; lines: the curves.
        zero: whether the axis begins at zero; guide: a value at which a line is drawn across.
        span: the ends of the axis; by default those of the finite values.
    """
    low, high = span or _ends(lines, zero=zero, guide=guide)
    last = max((len(line.values) for line in lines), default=1) - 1
    return {
        "title": title,
        "lines": [
            {"name": text.plain(line.name, 40), "color": line.color, "values": line.values, "dashed": line.dashed}
            for line in lines
        ],
        "low": low,
        "high": high,
        "guide": guide,
        "across": round_ticks(0, max(last, 1), 4, whole=True),
        "up": round_ticks(low, high, 4),
        "plot": _PLOT,
        "height": TITLE + _PLOT + _ACROSS + _ENTRY * len(lines) + 12,
    }


def _ends(lines: Sequence[Line], *, zero: bool, guide: float | None) -> tuple[float, float]:
    values = np.concatenate([line.values for line in lines]) if lines else np.zeros(0)
    finite = [*values[np.isfinite(values)].tolist(), *([] if guide is None else [guide])]
    low, high = min(finite, default=0.0), max(finite, default=1.0)
    low = min(low, 0.0) if zero else low
    room = (high - low) * 0.06 or abs(high) * 0.1 or 1e-12
    return (low if zero and low == 0 else low - room), high + room
