"""Answers about single tensors: cards, the large view, what changed, exact values."""

import torch
from torch.nn.parameter import is_lazy

from ..module.reach import reach
from ..module.tree import describe
from ..module.walk import find_tensor
from ..questions.tensor import (
    Access,
    Card,
    Change,
    ChangedCells,
    Distance,
    GetAccess,
    GetCards,
    GetChangedCells,
    GetChanges,
    GetDetail,
    GetDistance,
    GetValues,
    Values,
)
from ..tensor.changes import changed_cells
from ..tensor.compare import changed_elements, difference
from ..tensor.layout import default_layout, lay_flat
from ..tensor.readable import viewable
from ..tensor.spelling import own_numbers, printed, spelled
from ..tensor.stats import summary
from .base import Moments, answers
from .batch import within

_VALUES = 4096  # of a table that a person edits


@answers(GetChanges)
def _changes(_request: GetChanges, moments: Moments) -> tuple[Change, ...]:
    return tuple(moments.comparison.change(name) for name in moments.comparison.names())


@answers(GetChangedCells)
def _changed_cells(request: GetChangedCells, moments: Moments) -> tuple[ChangedCells, ...]:
    return changed_cells(moments.before, moments.after, within("cells", request.limit, 4096))


@answers(GetCards)
def _cards(request: GetCards, moments: Moments) -> tuple[Card, ...]:
    return tuple(
        moments.comparison.card(name, cells=request.cells, as_difference=request.difference) for name in request.names
    )


@answers(GetDetail)
def _detail(request: GetDetail, moments: Moments) -> Card:
    return moments.comparison.card(
        request.name,
        cells=request.cells,
        as_difference=request.difference,
        layout=request.layout,
        window=request.window,
    )


@answers(GetValues)
def _values(request: GetValues, moments: Moments) -> Values:
    tensor = find_tensor(moments.after, request.name).tensor
    view, note = viewable(tensor)
    if view is None:
        raise ValueError(f"{request.name!r} has no values to show: {note}")
    if view.numel() > _VALUES:
        raise ValueError(f"{request.name!r} has {view.numel():,} values, more than a table of {_VALUES:,}")
    layout = default_layout(tuple(view.shape))
    elements = lay_flat(own_numbers(tensor, view), layout).reshape(-1).unbind()
    return Values(lay_flat(view, layout).double().numpy(), tuple(map(printed, elements)), tuple(map(spelled, elements)))


@answers(GetAccess)
def _access(request: GetAccess, moments: Moments) -> Access:
    entry = find_tensor(moments.after, request.name)
    tensor, grad = entry.tensor, entry.tensor.grad
    if grad is not None:
        note = f"The gradient of the last backward pass; its L2 norm is {grad.norm():.4g}."
    elif entry.kind == "buffer":
        note = "A buffer gets no gradient: no optimizer trains it."
    elif not tensor.requires_grad:
        note = "Frozen: requires_grad is False, so no backward pass fills it."
    else:
        note = "No backward pass has run yet, which is not the same as a gradient of zero."
    return Access(
        info=describe(entry),
        expressions=reach(moments.after, request.name),
        state_dict_key=entry.name if entry.persistent else None,
        class_name=f"{type(tensor).__module__}.{type(tensor).__qualname__}",
        value=_as_torch_prints(tensor),
        grad=None if grad is None else _as_torch_prints(grad),
        grad_note=note,
    )


def _as_torch_prints(tensor: torch.Tensor) -> str:
    if is_lazy(tensor):
        return "<UninitializedParameter>"
    return str(tensor.detach())


@answers(GetDistance)
def _distance(request: GetDistance, moments: Moments) -> Distance:
    first, second = (find_tensor(moments.after, name).tensor for name in (request.first, request.second))
    apart = difference(viewable(first)[0], viewable(second)[0])
    if apart is None:
        raise ValueError(
            f"{request.first!r} and {request.second!r} cannot be compared: shapes differ or one has no data"
        )
    measured = summary(apart)
    return Distance(changed_elements(first, second) == 0, measured.l2, measured.largest)
