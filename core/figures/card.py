"""A card's row, pictures and distribution on one ruler, as plain values and arrays for a canvas to draw.

Nothing is left to decide where it is drawn but pixels: values, labels, borders and colors are all said here.
"""

from .. import text
from ..questions.picture import Histogram
from ..questions.tensor import Card
from ..questions.theory import Curve
from .colors import AFTER, BEFORE, HIGHLIGHT, THEORY, VALUES
from .distribution import expected, expected_bins
from .drawing import CardColors, CardDrawing, CurveDrawing, HistogramDrawing, Panel, Remark
from .panel import card_panel
from .picture import Statistic, is_difference, limits
from .ticks import count_ticks, round_ticks

#: What is drawn in which color.
COLORS: CardColors = {"values": VALUES, "highlight": HIGHLIGHT, "theory": THEORY}

#: Pixels of the large view's row of pictures, of one where all are strips, and of its distribution.
_LARGE_HEIGHT, _STRIP_HEIGHT, _BARS_HEIGHT = 440, 150, 250
#: What the moments before and after are called.
Moments = tuple[str, str]
_SEEN = 2e-3  # of a curve's height that tells it from the axis
_MARGIN = 1.25  # of the axis of counts above the tallest bar that a curve may claim; more of it is cut off


def card_drawing(
    card: Card,
    *,
    log: bool = False,
    own_scales: bool = False,
    curve: Curve | None = None,
    moments: Moments | None = None,
) -> CardDrawing:
    """The pictures of a card side by side on one color scale, and its histogram on one array of edges.

    Args:
        card: as measured; a difference card has one picture.
        log: logarithmic counts, so that a single outlier shows.
        own_scales: a color scale for each picture instead of one for all.
        curve: what the later tensor's values should be, over the histogram.
        moments: what before and after are called; where both are one, it is drawn once.
    """
    return {
        "alt": _alt(card),
        "height": card_height(card),
        "panels": _panels(card, own_scales=own_scales, moments=moments),
        "histogram": _once(histogram_of(card, card.histogram, curve, log=log), moments) if card.histogram else None,
        "colors": COLORS,
    }


def large_drawing(
    card: Card, *, statistic: Statistic = "extreme", curve: Curve | None = None, moments: Moments | None = None
) -> CardDrawing:
    """The same pictures large, each cell with that statistic of its elements, and the distribution below them.

    Args:
        card: as measured; statistic: what a cell of several elements shows.
        curve: what the later tensor's values should be, over the histogram.
        moments: what before and after are called; where both are one, it is drawn once.
    """
    alone = all(picture is None or picture.span[0] == 1 for picture in card.pictures)
    above = _STRIP_HEIGHT if alone else _LARGE_HEIGHT
    below = _once(histogram_of(card, card.histogram, curve, ticks=9), moments) if card.histogram else None
    return {
        "alt": _alt(card),
        "height": above + (_BARS_HEIGHT if below else 0),
        "above": above,
        "panels": _panels(card, statistic=statistic, moments=moments),
        "histogram": below,
        "colors": COLORS,
    }


def _panels(
    card: Card,
    *,
    own_scales: bool = False,
    statistic: Statistic = "extreme",
    moments: Moments | None = None,
) -> list[Panel | Remark]:
    each = limits(card, own_scales)
    if moments and moments[0] == moments[1]:
        (*_, picture), (*_, limit) = card.pictures, each
        return [card_panel(card, picture, limit or 1.0, title=text.plain(moments[1]), ruler=True, statistic=statistic)]
    first = next((index for index, picture in enumerate(card.pictures) if picture is not None), 0)
    last = len(card.pictures) - 1
    shown = enumerate(zip(card.pictures, each, _titles(card), strict=True))
    panels = [
        card_panel(
            card,
            picture,
            limit or 1.0,
            title=title,
            labeled=(index == first, True),
            ruler=index == last or own_scales,
            statistic=statistic,
        )
        for index, (picture, limit, title) in shown
    ]
    if moments:
        for panel, titles in zip(panels, _longer(card, moments), strict=True):
            panel["titles"] = titles
    return panels


def _once(histogram: HistogramDrawing, moments: Moments | None) -> HistogramDrawing:
    """Where both moments are one, only the later bars, by its name."""
    if moments is None or moments[0] != moments[1]:
        return histogram
    return {**histogram, "bars": [{**bars, "name": text.plain(moments[1])} for bars in histogram["bars"][-1:]]}


def card_height(card: Card) -> int:
    """Pixels that keep small matrices legible and large ones modest."""
    rows = max((p.mean.shape[0] for p in card.pictures if p is not None), default=1)
    return 140 if rows == 1 else min(250, max(180, 64 + 20 * rows))


def _titles(card: Card) -> list[str]:
    if is_difference(card):
        return ["after − before"]
    return ["before", "after (unchanged)" if card.change.changed == 0 else "after"]


def _longer(card: Card, moments: Moments) -> list[list[str]]:
    """The titles with the moments that they mean, where there is room for them."""
    before, after = map(text.plain, moments)
    if is_difference(card):
        return [[f"{after} − {before}"]]
    same = [f"after: {after} (unchanged)"] if card.change.changed == 0 else []
    return [[f"before: {before}"], [*same, f"after: {after}"]]


def _alt(card: Card) -> str:
    before, after = (text.number(s.std, 3) if s else "–" for s in (card.before, card.after))
    return f"{text.plain(card.info.name)}: std {before} before, {after} after"


def histogram_of(
    card: Card, histogram: Histogram, curve: Curve | None, *, log: bool = False, ticks: int = 5
) -> HistogramDrawing:
    """Bars on their edges, and over them what the last ones should be; about so many values are labeled."""
    low, high = float(histogram.edges[0]), float(histogram.edges[-1])
    tallest = top = float(max(counts.max(initial=0) for counts in histogram.counts)) or 1.0
    theory: CurveDrawing | None = None
    if curve is not None:
        x, y, stems = expected(curve, histogram)
        seen = x[y > _SEEN * y.max(initial=0.0)].tolist()
        low, high = _room(low, high, seen or [value for value, _, _ in stems])
        top = min(_MARGIN * tallest, max([tallest, *y.tolist(), *(height for _, height, _ in stems)]))
        theory = {
            "label": text.plain(curve.label),
            "x": x.tolist(),
            "y": y.tolist(),
            "stems": stems,
            "bins": expected_bins(curve, histogram).tolist(),
        }
    return {
        "title": "distribution",
        "edges": histogram.edges.tolist(),
        "bars": [
            {"name": name, "color": color, "counts": counts.tolist()}
            for (name, color), counts in zip(_bars(card), histogram.counts, strict=True)
        ],
        "log": log,
        "low": low,
        "high": high,
        "top": top,
        "across": round_ticks(low, high, ticks),
        "up": count_ticks(top, 4, log=log),
        "curve": theory,
    }


def _bars(card: Card) -> list[tuple[str, str]]:
    looks = {"difference": ("after − before", AFTER), "before": ("before", BEFORE), "after": ("after", AFTER)}
    return [looks[counted] for counted in card.counted]


def _room(low: float, high: float, wanted: list[float]) -> tuple[float, float]:
    """The axis of values, moved out to where the curve ends; only a little where that would make the bars thin."""
    ends = min([low, *wanted]), max([high, *wanted])
    if ends[1] / 4 - ends[0] / 4 <= high - low:
        return ends
    quarter = high / 4 - low / 4
    return max(low - quarter, ends[0]), min(high + quarter, ends[1])
