"""Twins in training: what a tied tensor and its untied copies do, as a film with curves."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..questions.experiments import Lane, Twins
from .colors import STORAGE, TIED, UNTIED, USES
from .film import Line, chart, film, picture_height, row
from .panel import axis, ends
from .picture import GAPS_UP_TO


def training_film(
    twins: Twins, names: Sequence[str], uses: Sequence[str], *, moved: bool = False, height: int = 150
) -> dict[str, Any]:
    """A tied tensor under each of its names, its untied copies, and their gradients, over the frames of a training.

    Args:
        twins: as `GetTwins` answers.
        names: what the tied tensor is called at each use that is shown; uses: what each use is called.
        moved: draw how far the values have moved since the first frame.
    """
    lanes = [twins.tied, *twins.untied[: len(names)]]
    titles = [f"{net} {name}" for net in ("tied", "untied") for name in names]
    notes = [*["its gradient (the sum)"] * len(names), *["its gradient"] * len(names)]
    values = [lane.values - lane.values[0] if moved else lane.values for lane in lanes]
    gradients = [lane.gradients for lane in lanes]
    height = picture_height([twins.shape] * len(titles), height)
    rows = [
        row(_over_frames(twins, values, len(names)), titles, "values", height=height),
        row(_over_frames(twins, gradients, len(names), anew=True), notes, "gradients", height=height),
    ]
    return film(f"{twins.name} in training", rows, _charts(twins, uses), twins.frames.tolist())


def _over_frames(
    twins: Twins, pictures: Sequence[NDArray[np.floating]], names: int, *, anew: bool = False
) -> list[dict[str, Any]]:
    """One panel a picture, the first, the tied one, once for each name, on one scale.

    The scale is that of all frames or, as gradients shrink a lot, `anew` for each.
    """
    largest = np.stack([np.abs(np.nan_to_num(picture, posinf=0, neginf=0)).max(axis=(1, 2)) for picture in pictures])
    limits = largest.max(axis=0) if anew else np.full(len(twins.frames), largest.max())
    limits[limits == 0] = 1.0
    panels = []
    shown = [*([pictures[0]] * names), *pictures[1:]]
    for number, picture in enumerate(shown):
        down, across = (
            axis(twins.shape[side], twins.cell[side], picture.shape[side + 1]) | {"ticks": []} for side in (0, 1)
        )
        panels.append(
            {
                "values": picture,
                "digits": 5,
                "shows": "mean",
                "limit": limits.tolist(),
                "ruler": [ends(limit) for limit in limits] if number == len(shown) - 1 else [],
                "gap": max(picture.shape[1:]) <= GAPS_UP_TO,
                "down": down,
                "across": across,
            }
        )
    return panels


def _charts(twins: Twins, uses: Sequence[str]) -> list[list[dict[str, Any]]]:
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
    gaps = twins.storage_gaps[np.isfinite(twins.storage_gaps)]
    values = twins.tied.values[np.isfinite(twins.tied.values)]
    return max(float(gaps.max(initial=0.0)) * 1.06, float(np.abs(values).max(initial=0.0)) / 100) or 1.0


def _ratios(twins: Twins) -> list[Line]:
    lanes: list[tuple[str, Lane, str]] = [("tied", twins.tied, TIED)]
    lanes += [(f"untied, {lane.label}", lane, color) for lane, color in zip(twins.untied, USES, strict=False)]
    with np.errstate(divide="ignore", invalid="ignore"):
        return [Line(name, color, np.log10(lane.updates)) for name, lane, color in lanes]
