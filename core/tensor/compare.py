"""A tensor before and after: what changed bit for bit, and both on one ruler."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import TypedDict

import torch
from torch import Tensor, nn

from ..module.tree import describe
from ..module.tying import tied_groups
from ..module.walk import NamedTensor, named_tensors
from ..questions.picture import STRIP, Block, Heatmap, Histogram, Layout, Summary, Window
from ..questions.tensor import Card, Change
from .layout import axis_names, default_layout, grid_steps, lay_flat, row_blocks
from .readable import viewable
from .stats import heatmap, shared_statistics, summary
from .whole_numbers import exact_difference, whole_difference

_LEAST_BINS, _MOST_BINS = 12, 60


class Comparison:
    """Two states of a model, compared tensor by tensor; reads both, changes neither."""

    def __init__(self, before: nn.Module, after: nn.Module) -> None:
        self._before = {entry.name: entry for entry in named_tensors(before)}
        self._after = {entry.name: entry for entry in named_tensors(after)}
        self._tied = {name: group.names for group in tied_groups(after) for name in group.names}
        self._one_moment = before is after
        self._changes: dict[str, Change] = {}

    def names(self) -> tuple[str, ...]:
        """Every tensor of the later state under its first name, then those that are gone."""
        seen: set[int] = set()
        first = []
        for name, entry in self._after.items():
            if id(entry.tensor) not in seen:
                seen.add(id(entry.tensor))
                first.append(name)
        return (*first, *(name for name in self._before if name not in self._after))

    def change(self, name: str) -> Change:
        """What differs in the tensor of that name."""
        if name not in self._changes:
            self._changes[name] = self._change(name)
        return self._changes[name]

    def _change(self, name: str) -> Change:
        before, after = self._pair(name)
        info = describe(after or before or self._missing(name))
        changed = relative = None
        if before is not None and after is not None:
            changed = 0 if self._one_moment else changed_elements(before.tensor, after.tensor)
            if changed is not None:
                relative = relative_change(before.tensor, after.tensor) if changed else 0.0
        return Change(name, info.shape, info.numel, changed, relative)

    def card(
        self,
        name: str,
        *,
        cells: int,
        as_difference: bool,
        layout: Layout | None = None,
        window: Window | None = None,
    ) -> Card:
        """Statistics, histogram and pictures of the tensor of that name.

        Args:
            name: any of its names.
            cells: bound of the rows and of the columns of a picture.
            as_difference: whether to draw after - before instead of both.
            layout: how the axes lie, by default `default_layout`; window: which part of it is drawn.
        """
        entries = self._pair(name)
        shown = entries[1] or entries[0] or self._missing(name)
        views = [viewable(entry.tensor) if entry else (None, "") for entry in entries]
        tensors = [view for view, _ in views]
        drawn = [_drawn_difference(*tensors)] if as_difference else tensors
        shape = next((tuple(t.shape) for t in reversed(drawn) if t is not None), ())
        layout = layout or default_layout(shape)
        measured = _measured([None if t is None else _flat(t, layout) for t in drawn], cells, len(shape) < 2)
        pictures = measured.pictures
        if window is not None:
            there = [t if t is not None and t.numel() else None for t in drawn]
            pictures = tuple(None if t is None else _part(_flat(t, layout), cells, window) for t in there)
        summaries = [_summary(t) for t in tensors] if as_difference else measured.summaries
        return Card(
            **_axes(shown.owner, name, layout, shape),
            info=describe(shown, self._tied.get(name, ())),
            before=summaries[0],
            after=summaries[1],
            change=self.change(name),
            difference=measured.summaries[0] if as_difference else None,
            histogram=measured.histogram,
            pictures=pictures,
            note=views[1][1] or views[0][1],
        )

    def _pair(self, name: str) -> tuple[NamedTensor | None, NamedTensor | None]:
        return self._before.get(name), self._after.get(name)

    def _missing(self, name: str) -> NamedTensor:
        raise ValueError(f"there is no tensor {name!r} at either moment; choose one of {', '.join(self.names()[:8])}")


def drawn_cards(entry: NamedTensor, tensors: Sequence[Tensor], cells: int) -> list[Card]:
    """A card for each of several drawings of one tensor, alone as its `after`, all on one array of edges."""
    shape = tuple(entry.tensor.shape)
    layout = default_layout(shape)
    views = [viewable(tensor)[0] for tensor in tensors]
    measured = _measured([None if view is None else _flat(view, layout) for view in views], cells, len(shape) < 2)
    counted = iter(measured.histogram.counts if measured.histogram else ())
    return [
        Card(
            **_axes(entry.owner, entry.name, layout, shape),
            info=describe(entry),
            before=None,
            after=summary,
            change=Change(entry.name, shape, entry.tensor.numel(), None, None),
            difference=None,
            histogram=Histogram(measured.histogram.edges, (next(counted),)) if measured.histogram and picture else None,
            pictures=(None, picture),
            note="",
        )
        for summary, picture in zip(measured.summaries, measured.pictures, strict=True)
    ]


class _Axes(TypedDict):
    """The fields of a card that say how a tensor's axes lie and what they mean to its owner."""

    owner_type: str
    layout: Layout
    axes: tuple[str, ...]
    blocks: tuple[Block, ...]
    grid: tuple[int, int]


def _axes(owner: nn.Module, name: str, layout: Layout, shape: tuple[int, ...]) -> _Axes:
    owner_type, last = type(owner).__name__, name.rpartition(".")[2]
    return _Axes(
        owner_type=owner_type,
        layout=layout,
        axes=axis_names(owner_type, last, len(shape)),
        blocks=row_blocks(owner_type, name if owner_type == "Linear" else last, shape),
        grid=grid_steps(shape, layout),
    )


def changed_elements(before: Tensor, after: Tensor) -> int | None:
    """How many elements differ in their bits; None where the shapes or dtypes differ or there is no data."""
    differs = differing(before, after)
    return None if differs is None else int(differs.sum())


def differing(before: Tensor, after: Tensor) -> Tensor | None:
    """Which elements differ in their bits, bool (numel,) in row-major order; None as for `changed_elements`."""
    (a, _), (b, _) = viewable(before), viewable(after)
    if a is None or b is None or a.shape != b.shape or before.dtype != after.dtype:
        return None
    if before.is_quantized or after.is_quantized:
        before, after = a, b
    before, after = (t if t.layout == torch.strided else t.to_dense() for t in (before.detach(), after.detach()))
    width = {1: torch.uint8, 2: torch.int16, 4: torch.int32, 8: torch.int64, 16: torch.int64}[before.itemsize]
    bits_a, bits_b = (
        t.resolve_conj().resolve_neg().cpu().contiguous().reshape(-1).view(width) for t in (before, after)
    )
    differs = bits_a != bits_b
    return differs.reshape(-1, 2).any(1) if before.itemsize == 16 else differs  # 16: complex128


def relative_change(before: Tensor, after: Tensor) -> float | None:
    """L2 norm of the difference over the L2 norm of `before`; None where either is not finite or `before` is 0."""
    apart = difference(viewable(before)[0], viewable(after)[0])
    if before.is_complex() and apart is not None:  # a number may turn and keep its magnitude
        apart = viewable(after.detach().to(torch.complex128) - before.detach().to(torch.complex128))[0]
    base, moved = _summary(viewable(before)[0]), _summary(apart)
    if base is None or moved is None or not base.l2 or moved.l2 is None or base.nonfinite or moved.nonfinite:
        return None
    return moved.l2 / base.l2


def difference(before: Tensor | None, after: Tensor | None) -> Tensor | None:
    """`after - before` in float64, 0 where not a bit differs: of an infinity, or a NaN, that stayed too.

    None where the shapes differ or either has no data. Whole numbers are subtracted as such, and rounded once.
    """
    if before is None or after is None or before.shape != after.shape:
        return None
    if before.dtype == after.dtype and not after.is_floating_point():
        return whole_difference(before, after)
    apart = after.double() - before.double()
    if bool(torch.isfinite(apart).all()):
        return apart
    same = before == after
    if before.dtype == after.dtype:
        bits = torch.int64 if after.itemsize == 8 else torch.int32
        same |= before.contiguous().view(bits) == after.contiguous().view(bits)
    return apart.masked_fill(same, 0.0)


def _drawn_difference(before: Tensor | None, after: Tensor | None) -> Tensor | None:
    """As `difference`, with every digit of whole numbers, which a picture can spell."""
    apart = difference(before, after)
    if apart is None or before is None or after is None or after.is_floating_point() or before.dtype != after.dtype:
        return apart
    return exact_difference(before, after)


def _summary(tensor: Tensor | None) -> Summary | None:
    return None if tensor is None else summary(tensor)


@dataclass(frozen=True)
class _Measured:
    summaries: tuple[Summary | None, ...]
    pictures: tuple[Heatmap | None, ...]
    histogram: Histogram | None


def _measured(matrices: list[Tensor | None], cells: int, strip: bool) -> _Measured:
    """Summaries and pictures of those that exist, in their places, and one histogram of those with values."""
    present = [matrix for matrix in matrices if matrix is not None and matrix.numel()]
    if not present:
        return _Measured(tuple(_summary(matrix) for matrix in matrices), (None,) * len(matrices), None)
    bins = ceil(2 * max(matrix.numel() for matrix in present) ** (1 / 3))  # the Rice rule, within bounds
    summaries, counted, pictures = shared_statistics(
        *present,
        max_rows=cells,
        max_columns=STRIP if strip else cells,
        bins=min(_MOST_BINS, max(_LEAST_BINS, bins)),
    )
    found = {id(matrix): index for index, matrix in enumerate(present)}
    return _Measured(
        tuple(summaries[found[id(m)]] if id(m) in found else _summary(m) for m in matrices),
        tuple(pictures[found[id(m)]] if id(m) in found else None for m in matrices),
        counted,
    )


def _part(matrix: Tensor, cells: int, window: Window) -> Heatmap:
    """The part of a picture in `window`; all of it where the window, chosen on another tensor, lies outside."""
    rows, columns = matrix.shape
    inside = 0 <= window[0] < window[1] <= rows and 0 <= window[2] < window[3] <= columns
    return heatmap(matrix, cells, cells, window if inside else None)


def _flat(tensor: Tensor, layout: Layout) -> Tensor:
    if tensor.dim() != len(layout.rows) + len(layout.columns) + len(layout.fixed):
        layout = default_layout(tuple(tensor.shape))  # reshaped between the moments
    return lay_flat(tensor, layout)
