"""Twins in training: what a tied tensor and its untied copies do, as a film with curves."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..questions.experiments import Lane, Twins
from .colors import STORAGE, TIED, UNTIED, USES
from .drawing import ChartDrawing, FilmDrawing, MovingPanel
from .film import Line, chart, film, panel_title, picture_height, row
from .panel import axis, ends
from .picture import GAPS_UP_TO, largest

_HEIGHT = 124  # pixels of a picture at most: two rows of them are in view below the play button at 1280 × 720


def training_film(twins: Twins, names: Sequence[str], uses: Sequence[str], *, moved: bool) -> FilmDrawing:
    """A tied tensor under each of its names, its untied copies, and their gradients, over the frames of a training.

    Args:
        twins: as `GetTwins` answers.
        names: what the tied tensor is called at each use that is shown; uses: what each use is called.
        moved: draw how far the values have moved since the first frame.
    """
    lanes = [twins.tied, *twins.untied[: len(names)]]
    titles = [f"{net} {name}" for net in ("tied", "untied") for name in names]
    notes = [*["its gradient (the sum)"] * len(names), *["its gradient"] * len(names)]
    with np.errstate(invalid="ignore"):  # infinities that stay have not moved by any number
        values = [lane.values - lane.values[0] if moved else lane.values for lane in lanes]
    gradients = [lane.gradients for lane in lanes]
    height = picture_height([twins.shape] * len(titles), _HEIGHT)
    rows = [
        row(_over_frames(twins, values, titles), "values", height=height),
        row(_over_frames(twins, gradients, notes), "gradients", height=height),
    ]
    return film(f"{twins.name} in training", rows, _charts(twins, uses), twins.frames.tolist())


def _over_frames(twins: Twins, pictures: Sequence[NDArray[np.floating]], titles: Sequence[str]) -> list[MovingPanel]:
    """One panel a title, on one scale for all frames: the tied picture, repeated, and after it that of each copy."""
    shown = [*([pictures[0]] * (len(titles) - len(pictures) + 1)), *pictures[1:]]
    limit = largest(*pictures) or 1.0
    return [
        _moving(twins, picture, panel_title(title), limit, ruler=number == len(shown) - 1)
        for number, (picture, title) in enumerate(zip(shown, titles, strict=True))
    ]


def _moving(twins: Twins, picture: NDArray[np.floating], title: str, limit: float, *, ruler: bool) -> MovingPanel:
    down, across = (
        axis(twins.shape[side], twins.cell[side], picture.shape[side + 1], labeled=False) for side in (0, 1)
    )
    return {
        "title": title,
        "values": picture,
        "digits": 5,
        "shows": "mean",
        "limit": limit,
        "ruler": ends(limit) if ruler else [],
        "gap": max(picture.shape[1:]) <= GAPS_UP_TO,
        "down": down,
        "across": across,
    }


def _charts(twins: Twins, uses: Sequence[str]) -> list[list[ChartDrawing]]:
    losses = [Line("tied", TIED, twins.tied_losses), Line("untied", UNTIED, twins.untied_losses)]
    storage = Line("two Parameters, one storage", STORAGE, twins.storage_losses, dashed=True)
    norms = [Line(use, color, twins.use_norms[:, k]) for k, (use, color) in enumerate(zip(uses, USES, strict=False))]
    zeros = np.zeros_like(twins.distances)
    return [
        [
            chart("loss", [*losses, storage], zero=True),
            chart(
                "gradient norm in the tied net", [*norms, Line("their sum = .grad", TIED, twins.sum_norms)], zero=True
            ),
            chart(
                "cosine between the uses' gradients",
                [Line("cosine", TIED, twins.cosines)],
                guide=0.0,
                span=(-1.05, 1.05),
            ),
        ],
        [
            chart(
                "distance between the uses (L2)",
                [Line("untied", UNTIED, twins.distances), Line("tied", TIED, zeros)],
                zero=True,
            ),
            chart("update-to-data ratio (log10)", _ratios(twins), guide=-3.0),
            chart(
                "storage twin, max difference from tied",
                [Line("difference", STORAGE, twins.storage_gaps)],
                span=(0.0, _reach(twins)),
            ),
        ],
    ]


def _reach(twins: Twins) -> float:
    """The end of the axis of storage gaps: a hundredth of the largest weight, so that rounding looks like nothing."""
    return max(largest(twins.storage_gaps) * 1.06, largest(twins.tied.values) / 100) or 1.0


def _ratios(twins: Twins) -> list[Line]:
    lanes: list[tuple[str, Lane, str]] = [("tied", twins.tied, TIED)]
    lanes += [(f"untied, {lane.label}", lane, color) for lane, color in zip(twins.untied, USES, strict=False)]
    with np.errstate(divide="ignore", invalid="ignore"):
        return [Line(name, color, np.log10(lane.updates)) for name, lane, color in lanes]
