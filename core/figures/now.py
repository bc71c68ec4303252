"""A tensor as it is now: one picture and one distribution, where nothing is compared."""

from dataclasses import replace

from .. import text
from ..questions.tensor import Card
from .card import card_drawing
from .colors import BEFORE
from .drawing import Bars, CardDrawing, HistogramDrawing

_TITLE = "now"


def now_drawing(card: Card) -> CardDrawing:
    """The later moment of a card alone, in the color of what is before a step."""
    drawing = card_drawing(replace(card, pictures=(None, card.pictures[-1])))
    *_, panel = drawing["panels"]
    panel["title"] = _TITLE
    std = text.number(card.after.std if card.after else None, 3)
    return {
        **drawing,
        "alt": f"{text.plain(card.info.name)} now: std {std}",
        "panels": [panel],
        "histogram": _last(drawing["histogram"]),
    }


def _last(histogram: HistogramDrawing | None) -> HistogramDrawing | None:
    if histogram is None:
        return None
    bars: list[Bars] = [{**bars, "name": _TITLE, "color": BEFORE} for bars in histogram["bars"][-1:]]
    return {**histogram, "bars": bars}
