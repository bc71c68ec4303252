"""Answers about a model and its tensors."""

import copy
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn.parameter import is_lazy

from core.answers.base import Moments
from core.module.export import to_safetensors
from core.module.reach import reach
from core.module.tree import describe, module_tree
from core.module.tree_rows import tree_rows
from core.module.tying import counts, tied_groups, untie_names
from core.module.visits import visits
from core.module.walk import find_tensor, named_modules, named_tensors
from core.questions.model import (
    Access,
    Distance,
    File,
    GetAccess,
    GetDistance,
    GetOverview,
    GetPreview,
    GetPrinted,
    GetTree,
    GetWeights,
    Overview,
    Printed,
    Touch,
    TreeRow,
)
from core.questions.tensor import Card, Change, GetCards, GetChanges, GetDetail, GetValues, Values
from core.recipe.schemes import refusal, resolve_options
from core.replay.replay import sample
from core.tensor.compare import changed_elements, difference
from core.tensor.layout import default_layout, lay_flat
from core.tensor.readable import viewable
from core.tensor.stats import histogram, summary

_SPARK_BARS = 20
_SPARK_ELEMENTS = 2**21  # above that many elements in all, the tree goes without sparks: it must appear at once
_VALUES = 4096


def _overview(_request: GetOverview, moments: Moments) -> Overview:
    model, groups = moments.after, tied_groups(moments.after)
    entries = named_tensors(model)
    tied = {name: group.names for group in groups for name in group.names}
    modules = list(named_modules(model))
    return Overview(
        tensors=tuple(describe(entry, tied.get(entry.name, ())) for entry in entries),
        counts=counts(model),
        groups=groups,
        module_types=tuple(dict.fromkeys(type(here.module).__name__ for here in modules if here.module._parameters)),
        module_names=tuple(here.name for here in modules),
        untie=untie_names(model, groups),
        outcomes=moments.outcomes,
    )


def _tree(_request: GetTree, moments: Moments) -> tuple[TreeRow, ...]:
    return tree_rows(module_tree(moments.after), _sparks(moments.after))


def _sparks(model: nn.Module) -> dict[str, tuple[float, ...]]:
    entries = [entry for entry in named_tensors(model) if not is_lazy(entry.tensor)]
    if sum(entry.tensor.numel() for entry in entries) > _SPARK_ELEMENTS:
        return {}
    sparks = {}
    for entry in entries:
        view, _ = viewable(entry.tensor)
        if view is not None and view.numel() > 1:
            (bars,) = histogram(view, bins=_SPARK_BARS).counts
            sparks[entry.name] = tuple((bars / max(1, bars.max())).round(3).tolist())
    return sparks


def _changes(_request: GetChanges, moments: Moments) -> tuple[Change, ...]:
    return tuple(moments.comparison.change(name) for name in moments.comparison.names())


def _cards(request: GetCards, moments: Moments) -> tuple[Card, ...]:
    return tuple(
        moments.comparison.card(name, cells=request.cells, as_difference=request.difference) for name in request.names
    )


def _detail(request: GetDetail, moments: Moments) -> Card:
    return moments.comparison.card(
        request.name,
        cells=request.cells,
        as_difference=request.difference,
        layout=request.layout,
        window=request.window,
    )


def _preview(request: GetPreview, moments: Moments) -> tuple[Touch, ...]:
    found = visits(moments.after, request.where)
    tied = {name: group.names for group in tied_groups(moments.after) for name in group.names}
    times = Counter(visit.name for visit in found)
    parameters = {visit.name: visit.parameter for visit in found}
    options = resolve_options(request.scheme, dict(request.options))
    return tuple(
        Touch(
            name=name,
            shape=None if is_lazy(parameters[name]) else tuple(parameters[name].shape),
            times=times[name],
            refusal=refusal(parameters[name], request.scheme, options),
            tied_with=tuple(other for other in tied.get(name, ()) if other != name),
        )
        for name in parameters
    )


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
        value=_shown(tensor),
        grad=None if grad is None else _shown(grad),
        grad_note=note,
    )


def _shown(tensor: torch.Tensor) -> str:
    if is_lazy(tensor):
        return "<UninitializedParameter>"
    return str(tensor.detach() if tensor.numel() <= _VALUES else tensor.detach().clone())


def _printed(_request: GetPrinted, moments: Moments) -> Printed:
    inputs, _ = sample(moments.recipe)
    with torch.no_grad(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        try:
            twin = copy.deepcopy(moments.after)  # a forward pass moves running statistics and fills lazy modules
            output = str(twin(inputs))
        except Exception as error:  # a model's own code may raise anything; the page shows it as text
            output = f"the forward pass fails: {(str(error).strip() or type(error).__name__).splitlines()[0]}"
    return Printed(str(moments.after), str(inputs), output)


def _distance(request: GetDistance, moments: Moments) -> Distance:
    first, second = (find_tensor(moments.after, name).tensor for name in (request.first, request.second))
    apart = difference(viewable(first)[0], viewable(second)[0])
    if apart is None:
        raise ValueError(
            f"{request.first!r} and {request.second!r} cannot be compared: shapes differ or one has no data"
        )
    measured = summary(apart)
    largest = None if measured.min is None or measured.max is None else max(-measured.min, measured.max)
    return Distance(changed_elements(first, second) == 0, measured.l2, largest)


def _values(request: GetValues, moments: Moments) -> Values:
    view, note = viewable(find_tensor(moments.after, request.name).tensor)
    if view is None:
        raise ValueError(f"{request.name!r} has no values to show: {note}")
    if view.numel() > _VALUES:
        raise ValueError(f"{request.name!r} has {view.numel():,} values, more than a table of {_VALUES:,}")
    return Values(lay_flat(view, default_layout(tuple(view.shape))).double().numpy())


def _weights(_request: GetWeights, moments: Moments) -> File:
    content, note = to_safetensors(moments.after, moments.recipe.to_json())
    return File(np.frombuffer(content, np.uint8), note)


#: Request → the function that answers it.
ANSWERS: dict[type, Callable[..., Any]] = {
    GetOverview: _overview,
    GetTree: _tree,
    GetChanges: _changes,
    GetCards: _cards,
    GetDetail: _detail,
    GetPreview: _preview,
    GetAccess: _access,
    GetPrinted: _printed,
    GetDistance: _distance,
    GetValues: _values,
    GetWeights: _weights,
}
