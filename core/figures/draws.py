"""Several schemes drawn on one tensor: each draw's picture and distribution, all on one ruler."""

from .. import text
from ..questions.tensor import Card
from ..questions.theory import Draw, Drawn
from .card import COLORS, histogram_of
from .colors import AFTER
from .drawing import Bars, CardDrawing, HistogramDrawing
from .panel import card_panel
from .ticks import count_ticks, round_ticks

_MARGINS = 12 + 44  # pixels above and below a box, as the canvas has them
_PICTURE, _STRIP, _BARS = 120, 34, 96
_BESIDE, _BARS_SHARE = 158, 0.6


def draw_pictures(drawn: Drawn, *, stacked: bool) -> list[CardDrawing | None]:
    """For each draw what the canvas of a card shows, None where the scheme refused.

    All share the color scale and the axis of values; those without atoms the axis of counts too.

    Args:
        drawn: as measured.
        stacked: the distribution below the picture, for narrow columns, instead of beside it.
    """
    drawings = [_drawing(drawn, draw, stacked) for draw in drawn.draws]
    _share_axes([drawing["histogram"] for drawing in drawings if drawing and drawing["histogram"]])
    return drawings


def _drawing(drawn: Drawn, draw: Draw, stacked: bool) -> CardDrawing | None:
    card = draw.card
    picture = card.pictures[-1] if card else None
    if card is None or picture is None:
        return None
    histogram = _histogram(card, draw)
    height = _STRIP if picture.span[0] == 1 else _PICTURE
    std = text.number(card.after.std if card.after else None, 3)
    return {
        "alt": f"{draw.title} on {text.plain(drawn.name)}: std {std}",
        "height": _MARGINS + height + (_MARGINS + _BARS if histogram else 0) if stacked else _BESIDE,
        "stacked": height if stacked else None,
        "panels": [
            card_panel(card, picture, drawn.limit or 1.0, title="", labeled=(stacked, stacked), ruler=False),
        ],
        "bars_share": _BARS_SHARE,
        "histogram": histogram,
        "colors": COLORS,
    }


def _histogram(card: Card, draw: Draw) -> HistogramDrawing | None:
    if card.histogram is None:
        return None
    histogram = histogram_of(card, card.histogram, draw.expected.curve if draw.expected else None)
    bars: list[Bars] = [{**bars, "name": "drawn", "color": AFTER} for bars in histogram["bars"]]
    return {**histogram, "title": "", "bars": bars}


def _share_axes(histograms: list[HistogramDrawing]) -> None:
    if not histograms:
        return
    low, high = min(h["low"] for h in histograms), max(h["high"] for h in histograms)
    spread = [h for h in histograms if not (h["curve"] and h["curve"]["stems"])]
    top = max((h["top"] for h in spread), default=0.0)
    for histogram in histograms:
        histogram.update({"low": low, "high": high, "across": round_ticks(low, high, 5)})
    for histogram in spread:
        histogram.update({"top": top, "up": count_ticks(top, 4, log=False)})
