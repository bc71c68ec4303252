"""What sharing looks like: tied tensors beside their copy, a gradient use by use, and twins in training."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core import text
from core.figures.colors import STORAGE, TIED, UNTIED, USES
from core.figures.film import Line, chart, film, row
from core.figures.panel import axis, ends, panel
from core.figures.picture import GAPS_UP_TO, axis_title, borders, magnitude, scaled_blocks
from core.layout import default_layout
from core.measurements import Card, Heatmap, Lane, Twins, UseGradients

Index = NDArray[np.int64]
_STRIP, _LOWEST = 30, 64  # pixels of a picture of one row, and of several rows at least
_A_ROW, _A_CROWDED_ROW = 4, 5  # pictures
_ROOM = 720  # pixels that a row of pictures has at least
_MOST_FRAMED = 32


def tied_pictures(
    cards: Sequence[Card], titles: Sequence[str], changed: Mapping[str, Index], *, height: int = 200
) -> dict[str, Any]:
    """The later picture of each card on one scale, as a film of one frame; changed cells are framed.

    Args:
        cards: of tensors that share bytes, and of a copy that does not; titles: one a card.
        changed: by title, int64 (n, rank), the elements to frame; of tensors of one or two axes.
    """
    limit = max((magnitude(card.after) for card in cards), default=0.0) or 1.0
    panels = [_of_card(card, limit, changed.get(title)) for card, title in zip(cards, titles, strict=True)]
    for number, drawn in enumerate(panels):
        drawn["ruler"] = ends(limit) if number == len(panels) - 1 and "values" in drawn else []
    height = _height([card.pictures[-1].shape for card in cards if card.pictures[-1] is not None], height)
    alt = f"{' and '.join(titles)} after the last step"
    return film(alt, [row(panels, titles, "values", height=height)])


def _height(shapes: Sequence[tuple[int, int]], most: int) -> int:
    """Pixels of a row of pictures: wide ones are as low as square elements make them."""
    room = _ROOM / max(1, len(shapes)) - 30
    wanted = [round(room * rows / columns) if rows > 1 else 0 for rows, columns in shapes]
    tallest = max(wanted, default=0)
    return min(most, max(tallest, _LOWEST)) if tallest else _STRIP


def _of_card(card: Card, limit: float, changed: Index | None) -> dict[str, Any]:
    picture = card.pictures[-1]
    if picture is None:
        return {"remark": "holds no data"}
    names = (axis_title(card, card.layout.rows), axis_title(card, card.layout.columns))
    drawn = panel(picture, limit, axes=names, blocks=scaled_blocks(card), borders=borders(picture, card))
    return drawn | {"framed": [] if changed is None else _framed(changed, picture)}


def _framed(index: Index, picture: Heatmap) -> list[tuple[int, int]]:
    """The cells (row, column) that hold those elements, where few enough to be told apart."""
    if index.shape[1] not in (1, 2):
        return []
    places = index if index.shape[1] == 2 else np.insert(index, 0, 0, axis=1)
    cells = {(int(place[0]) // picture.cell[0], int(place[1]) // picture.cell[1]) for place in places}
    return sorted(cells) if len(cells) <= _MOST_FRAMED else []


def use_gradients(measured: UseGradients, labels: Sequence[str]) -> dict[str, Any]:
    """What each use contributes to a gradient, their sum and `.grad`, on one scale, as a film of one frame.

    Args:
        measured: as `GetUseGradients` answers; labels: what each use is called.
    """
    uses = [(use.picture, label, use.norm) for use, label in zip(measured.uses, labels, strict=True)]
    sums = [(measured.total, "sum", measured.total_norm), (measured.grad, ".grad", measured.grad_norm)]
    shown = [(picture, f"{label} · norm {text.number(norm, 2)}") for picture, label, norm in (*uses, *sums) if picture]
    limit = max((_largest(picture) for picture, _ in shown), default=0.0) or 1.0
    many = len(shown) > 2 * _A_ROW
    across = _A_CROWDED_ROW if many else min(len(shown), _A_ROW)
    layout = default_layout(measured.shape)
    rows_of, columns_of = (" × ".join(measured.axes[axis] for axis in axes) for axes in (layout.rows, layout.columns))
    rows = []
    for start in range(0, len(shown), across):
        part = shown[start : start + across]
        panels = [
            panel(picture, limit, axes=(rows_of, columns_of), labeled=not many, ruler=number == across - 1)
            for number, (picture, _) in enumerate(part)
        ]
        for drawn in panels if many else ():
            drawn["across"] |= {"ticks": [], "name": ""}
        height = _height([picture.shape for picture, _ in shown[:across]], 110 if many else 190)
        rows.append(row(panels, [title for _, title in part], "gradients", height=height))
    return film(f"gradient of {measured.name}, use by use", rows)


def _largest(picture: Heatmap) -> float:
    finite = np.abs(np.concatenate([picture.low.ravel(), picture.high.ravel()]))
    return float(np.max(finite[np.isfinite(finite)], initial=0.0))


def training(
    twins: Twins, names: Sequence[str], uses: Sequence[str], *, moved: bool = False, height: int = 150
) -> dict[str, Any]:
    """A tied tensor under each of its names, its untied copies, and their gradients, over the frames of a training.

    Args:
        twins: as `GetTwins` answers.
        names: what the tied tensor is called at each use that is shown; uses: what each use is called.
        moved: draw how far the values have moved since the first frame.
    """
    lanes = [*(twins.tied for _ in names), *twins.untied[: len(names)]]
    titles = [f"{net} {name}" for net in ("tied", "untied") for name in names][: len(lanes)]
    gradients = [f"its gradient{' (the sum)' if lane is twins.tied else ''}" for lane in lanes]
    height = _height([twins.shape] * len(lanes), height)
    start = twins.tied.values[0] if moved else np.zeros_like(twins.tied.values[0])
    values = [lane.values - start for lane in (twins.tied, *twins.untied[: len(names)])]
    values = [*([values[0]] * len(names)), *values[1:]]
    rows = [
        row(_over_frames(twins, values), titles, "values", height=height),
        row(_over_frames(twins, [lane.gradients for lane in lanes], anew=True), gradients, "gradients", height=height),
    ]
    return film(f"{twins.name} in training", rows, _charts(twins, uses), twins.frames.tolist())


def _over_frames(twins: Twins, pictures: Sequence[NDArray[np.floating]], *, anew: bool = False) -> list[dict[str, Any]]:
    """One panel a tensor, on one scale for all frames or, as gradients shrink a lot, `anew` for each."""
    largest = np.stack([np.abs(np.nan_to_num(picture, posinf=0, neginf=0)).max(axis=(1, 2)) for picture in pictures])
    limits = largest.max(axis=0) if anew else np.full(len(twins.frames), largest.max())
    limits[limits == 0] = 1.0
    panels = []
    for number, picture in enumerate(pictures):
        down, across = (
            axis(twins.shape[side], twins.cell[side], picture.shape[side + 1]) | {"ticks": []} for side in (0, 1)
        )
        panels.append(
            {
                "values": np.ascontiguousarray(picture),
                "digits": 5,
                "shows": "mean",
                "limit": limits.tolist(),
                "ruler": [ends(limit) for limit in limits] if number == len(pictures) - 1 else [],
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
    lanes: list[tuple[Lane, str]] = [(twins.tied, TIED), *zip(twins.untied, USES, strict=False)]
    names = ["tied", *(f"untied, {lane.label}" for lane in twins.untied)]
    with np.errstate(divide="ignore", invalid="ignore"):
        return [Line(name, color, np.log10(lane.updates)) for (lane, color), name in zip(lanes, names, strict=False)]
