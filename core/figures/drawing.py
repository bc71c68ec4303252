"""What the components of `pages.components` are told to draw: plain values and arrays, which travel as one packed JSON.

Both sides keep to these types: the functions of this room make them, a component's JavaScript reads them.
"""

from typing import Any, Literal, NotRequired, TypedDict, final

from numpy.typing import NDArray

from .ticks import Tick

Scale = Literal["values", "gradients"]
#: Value, count and probability of an atom.
Stem = tuple[float, float, float]
#: A color scale: a place from 0 to 1, and the color there.
Stops = list[tuple[float, str]]


class Axis(TypedDict):
    """One axis of a picture: `count` cells of `cell` elements from element `first` on, `span` elements in all."""

    first: int
    span: int
    cell: int
    count: int
    ticks: list[Tick]
    borders: list[int]
    name: str


@final
class Panel(TypedDict):
    """A heatmap on a scale from -limit to limit.

    Attributes:
        title: above it; values: float32 or float64, (rows, columns).
        flags: uint8, (rows, columns), which values that are not finite a cell holds; None where none does.
        marks: what each bit of a flag means; digits: that a value is read with.
        ruler: labels of the color scale beside it, none where it is not drawn; gap: whether cells stand apart.
        down, across: its axes; framed: cells to frame, as row and column.
        titles: longer titles, of which the first is drawn that there is room for.
        shows: what of its elements a cell of several shows, by default the one of largest magnitude.
        texts: what each cell is read as, row after row, where `values` rounds it.
    """

    title: str
    values: NDArray[Any]
    flags: NDArray[Any] | None
    marks: list[tuple[int, str]]
    digits: int
    limit: float
    ruler: list[str]
    gap: bool
    down: Axis
    across: Axis
    framed: NotRequired[list[tuple[int, int]]]
    titles: NotRequired[list[str]]
    shows: NotRequired[str]
    texts: NotRequired[list[str]]


@final
class MovingPanel(TypedDict):
    """A heatmap over the frames of a film, values (frames, rows, columns), on one scale for all of them."""

    title: str
    values: NDArray[Any]
    digits: int
    shows: str
    limit: float
    ruler: list[str]
    gap: bool
    down: Axis
    across: Axis


@final
class Remark(TypedDict):
    """What stands in a picture's place where there is no picture."""

    title: str
    remark: str
    titles: NotRequired[list[str]]


class Bars(TypedDict):
    """The counts of one tensor, one a bin."""

    name: str
    color: str
    counts: list[int]


class CurveDrawing(TypedDict):
    """What values should be: a line in counts a bin, atoms as stems, and the count expected in each bin."""

    label: str
    x: list[float]
    y: list[float]
    stems: list[Stem]
    bins: list[float]


class HistogramDrawing(TypedDict):
    """Bars on one array of edges, the ends of both axes with their labels, and the curve over the last bars."""

    title: str
    edges: list[float]
    bars: list[Bars]
    log: bool
    low: float
    high: float
    top: float
    across: list[Tick]
    up: list[Tick]
    curve: CurveDrawing | None


class CardColors(TypedDict):
    """What a card is drawn with."""

    values: Stops
    highlight: str
    theory: str


@final
class CardDrawing(TypedDict):
    """A card's row of pictures and its distribution; `height` in pixels.

    Attributes:
        alt: the sentence for who cannot see it.
        stacked: pixels of the one picture where the distribution stands below it instead of beside it.
        above: pixels of the row of pictures where the distribution stands below all of them.
        bars_share: of the room for pictures and bars, that the bars have; by default a third.
    """

    alt: str
    height: int
    panels: list[Panel | Remark]
    histogram: HistogramDrawing | None
    colors: CardColors
    stacked: NotRequired[int | None]
    above: NotRequired[int]
    bars_share: NotRequired[float]


class FilmRow(TypedDict):
    """Pictures side by side on one color scale; pixels of the labels below them and of the whole row."""

    panels: list[Panel | MovingPanel | Remark]
    scale: Scale
    below: int
    height: int


class LineDrawing(TypedDict):
    """A curve over steps, float64, one value a step; not drawn where not finite."""

    name: str
    color: str
    values: NDArray[Any]
    dashed: bool


class ChartDrawing(TypedDict):
    """Curves over steps on one axis, a value at which a line is drawn across, and pixels of the plot and in all."""

    title: str
    lines: list[LineDrawing]
    low: float
    high: float
    guide: float | None
    across: list[Tick]
    up: list[Tick]
    plot: int
    height: int


class ChartRow(TypedDict):
    """Charts side by side."""

    height: int
    charts: list[ChartDrawing]


class FilmColors(TypedDict):
    """What a film is drawn with."""

    values: Stops
    gradients: Stops
    highlight: str
    lines: str


@final
class FilmDrawing(TypedDict):
    """Rows of pictures above rows of charts; `steps` are those at which the frames were taken: one is a still."""

    alt: str
    steps: list[int]
    rows: list[FilmRow]
    lines: list[ChartRow]
    height: int
    colors: FilmColors
