"""A tensor before and after: what changed bit for bit, and both on one ruler."""

from math import ceil

import torch
from torch import Tensor, nn

from core.layout import Layout, axis_names, default_layout, grid_steps, lay_flat, row_blocks
from core.measurements import Card, Change, Heatmap, Histogram, Summary
from core.stats import heatmap, histogram, summary
from core.tree import describe
from core.tying import tied_groups
from core.viewing import viewable
from core.walk import NamedTensor, named_tensors

_LEAST_BINS, _MOST_BINS = 12, 60
Window = tuple[int, int, int, int]


class Comparison:
    """Two states of a model, compared tensor by tensor; reads both, changes neither."""

    def __init__(self, before: nn.Module, after: nn.Module) -> None:
        self._before = {entry.name: entry for entry in named_tensors(before)}
        self._after = {entry.name: entry for entry in named_tensors(after)}
        self._tied = {name: group.names for group in tied_groups(after) for name in group.names}
        self._one_moment = before is after

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
        before, after = self._pair(name)
        info = describe(after or before or self._missing(name))
        changed = relative = None
        if before is not None and after is not None:
            changed = 0 if self._one_moment else changed_elements(before.tensor, after.tensor)
            if changed is not None:
                relative = relative_change(before.tensor, after.tensor) if changed else 0.0
        return Change(name, info.shape, info.numel, changed, relative)

    def card(
        self, name: str, *, cells: int, as_difference: bool, layout: Layout | None = None, window: Window | None = None
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
        drawn = [difference(*tensors)] if as_difference else tensors
        shape = next((tuple(t.shape) for t in reversed(drawn) if t is not None), ())
        layout = layout or default_layout(shape)
        present = [t for t in drawn if t is not None]
        summaries = [summary(t) if t is not None else None for t in tensors]
        owner_type, last = type(shown.owner).__name__, name.rpartition(".")[2]
        return Card(
            info=describe(shown, self._tied.get(name, ())),
            owner_type=owner_type,
            before=summaries[0],
            after=summaries[1],
            change=self.change(name),
            difference=_summary(difference(*tensors)),
            histogram=_histogram(present),
            pictures=tuple(_picture(t, layout, cells, window) for t in drawn),
            layout=layout,
            axes=axis_names(owner_type, last, len(shape)),
            blocks=row_blocks(owner_type, name if owner_type == "Linear" else last, shape),
            grid=grid_steps(shape, layout),
            note=views[1][1] or views[0][1],
        )

    def _pair(self, name: str) -> tuple[NamedTensor | None, NamedTensor | None]:
        return self._before.get(name), self._after.get(name)

    def _missing(self, name: str) -> NamedTensor:
        raise ValueError(f"there is no tensor {name!r} at either moment; choose one of {', '.join(self.names()[:8])}")


def changed_elements(before: Tensor, after: Tensor) -> int | None:
    """How many elements differ in their bits; None where the shapes or dtypes differ or there is no data."""
    (a, _), (b, _) = viewable(before), viewable(after)
    if a is None or b is None or a.shape != b.shape or before.dtype != after.dtype:
        return None
    if before.layout != torch.strided or before.is_quantized:
        return int((a != b).sum())
    width = {1: torch.uint8, 2: torch.int16, 4: torch.int32, 8: torch.int64, 16: torch.int64}[before.itemsize]
    bits_a, bits_b = (t.detach().cpu().contiguous().reshape(-1).view(width) for t in (before, after))
    differs = bits_a != bits_b
    return int((differs.reshape(-1, 2).any(1) if before.itemsize == 16 else differs).sum())  # 16: complex128


def relative_change(before: Tensor, after: Tensor) -> float | None:
    """L2 norm of the difference over the L2 norm of `before`; None where either is not finite or `before` is 0."""
    base, moved = _summary(viewable(before)[0]), _summary(difference(viewable(before)[0], viewable(after)[0]))
    if base is None or moved is None or not base.l2 or moved.l2 is None or base.nonfinite or moved.nonfinite:
        return None
    return moved.l2 / base.l2


def difference(before: Tensor | None, after: Tensor | None) -> Tensor | None:
    """`after - before` in float64; None where the shapes differ or either has no data."""
    if before is None or after is None or before.shape != after.shape:
        return None
    return after.double() - before.double()


def _summary(tensor: Tensor | None) -> Summary | None:
    return None if tensor is None else summary(tensor)


def _histogram(tensors: list[Tensor]) -> Histogram | None:
    values = max((t.numel() for t in tensors), default=0)
    bins = min(_MOST_BINS, max(_LEAST_BINS, ceil(2 * values ** (1 / 3))))  # the Rice rule, within bounds
    return histogram(*tensors, bins=bins) if values else None


def _picture(tensor: Tensor | None, layout: Layout, cells: int, window: Window | None) -> Heatmap | None:
    if tensor is None or tensor.numel() == 0:
        return None
    if tensor.dim() != len(layout.rows) + len(layout.columns) + len(layout.fixed):
        layout = default_layout(tuple(tensor.shape))  # reshaped between the moments
    columns = max(cells, cells * cells // 16) if tensor.dim() == 1 else cells
    return heatmap(lay_flat(tensor, layout), max_rows=cells, max_columns=columns, window=window)
