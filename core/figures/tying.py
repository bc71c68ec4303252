"""What sharing looks like: tied tensors beside their copy, and a gradient use by use."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from .. import text
from ..questions.picture import Heatmap
from ..questions.sharing import UseGradients
from ..questions.tensor import Card
from ..tensor.layout import default_layout
from .drawing import FilmDrawing, Panel, Remark
from .film import film, panel_title, picture_height, row
from .panel import card_panel, panel
from .picture import largest, magnitude

Index = NDArray[np.int64]
_HEIGHT, _HEIGHT_OF_USES, _HEIGHT_CROWDED = 200, 190, 110  # pixels of a picture at most
_A_ROW, _A_CROWDED_ROW = 4, 5  # pictures
_MOST_FRAMED = 32


def tied_film(cards: Sequence[Card], titles: Sequence[str], changed: Mapping[str, Index]) -> FilmDrawing:
    """The later picture of each card on one scale, as a film of one frame; changed cells are framed.

    Args:
        cards: of tensors that share bytes, and of a copy that does not; titles: one a card.
        changed: by title, int64 (n, rank), the elements to frame; of tensors of one or two axes.
    """
    limit = max((magnitude(card.after) for card in cards), default=0.0) or 1.0
    last = len(cards) - 1
    panels = [
        _of_card(card, limit, title, changed.get(title), ruler=number == last)
        for number, (card, title) in enumerate(zip(cards, titles, strict=True))
    ]
    height = picture_height([card.pictures[-1].shape for card in cards if card.pictures[-1] is not None], _HEIGHT)
    return film(f"{' and '.join(titles)} after the last step", [row(panels, "values", height=height)])


def _of_card(card: Card, limit: float, title: str, changed: Index | None, *, ruler: bool) -> Panel | Remark:
    picture = card.pictures[-1]
    drawn = card_panel(card, picture, limit, title=panel_title(title), ruler=ruler, absent="holds no data")
    if picture is not None and "values" in drawn:
        drawn["framed"] = [] if changed is None else _framed(changed, picture)
    return drawn


def _framed(index: Index, picture: Heatmap) -> list[tuple[int, int]]:
    """The cells (row, column) that hold those elements, where few enough to be told apart."""
    if index.shape[1] not in (1, 2):
        return []
    places = index if index.shape[1] == 2 else np.insert(index, 0, 0, axis=1)
    cells = {(int(place[0]) // picture.cell[0], int(place[1]) // picture.cell[1]) for place in places}
    return sorted(cells) if len(cells) <= _MOST_FRAMED else []


def use_gradients_film(measured: UseGradients, labels: Sequence[str]) -> FilmDrawing:
    """What each use contributes to a gradient, their sum and `.grad`, on one scale, as a film of one frame.

    Args:
        measured: as `GetUseGradients` answers; labels: what each use is called.
    """
    uses = [(use.picture, label, use.norm) for use, label in zip(measured.uses, labels, strict=True)]
    sums = [(measured.total, "sum", measured.total_norm), (measured.grad, ".grad", measured.grad_norm)]
    shown = [(picture, f"{label} · norm {text.number(norm, 2)}") for picture, label, norm in (*uses, *sums) if picture]
    limit = max((largest(picture.low, picture.high) for picture, _ in shown), default=0.0) or 1.0
    many = len(shown) > 2 * _A_ROW
    across = _A_CROWDED_ROW if many else min(len(shown), _A_ROW)
    layout = default_layout(measured.shape)
    rows_of, columns_of = (" × ".join(measured.axes[axis] for axis in axes) for axes in (layout.rows, layout.columns))
    rows = []
    for start in range(0, len(shown), across):
        part = shown[start : start + across]
        panels = [
            panel(
                picture,
                limit,
                title=panel_title(title),
                axes=(rows_of, columns_of),
                labeled=(not many, not many),
                ruler=number == across - 1,
            )
            for number, (picture, title) in enumerate(part)
        ]
        height = picture_height(
            [picture.shape for picture, _ in shown[:across]], _HEIGHT_CROWDED if many else _HEIGHT_OF_USES
        )
        rows.append(row(panels, "gradients", height=height))
    return film(f"gradient of {measured.name}, use by use", rows)
