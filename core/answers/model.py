"""Answers about a model and its tensors."""

import copy
from collections import Counter
from collections.abc import Callable

import numpy as np
from torch import nn
from torch.nn.parameter import is_lazy

from ..module.export import to_safetensors
from ..module.failures import failures
from ..module.passing import passed
from ..module.reach import reach_module
from ..module.seeding import seeded
from ..module.tree import describe, module_tree
from ..module.tree_rows import tree_rows
from ..module.tying import counts, tied_groups, untie_names
from ..module.visits import usual_place, visits
from ..module.walk import find_module, named_modules, named_tensors
from ..questions.model import (
    File,
    GetListing,
    GetOverview,
    GetPreview,
    GetPrinted,
    GetTree,
    GetWeights,
    Listing,
    Overview,
    Printed,
    Touch,
    TreeRow,
)
from ..recipe.schemes.table import resolve_options
from ..replaying.initializing import refusal
from ..replaying.replay import sample
from ..tensor.readable import viewable
from ..tensor.stats import histogram
from ..text import error_line
from .base import Moments, answers

_SPARK_BARS = 20
_SPARK_ELEMENTS = 2**21  # above that many elements in all, the tree goes without sparks: it must appear at once


@answers(GetOverview)
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
        usual=usual_place(model),
        untie=untie_names(model, groups),
        outcomes=moments.outcomes,
        runs_own_code=moments.runs_elsewhere,
    )


@answers(GetTree)
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


@answers(GetPreview)
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


@answers(GetPrinted)
def _printed(request: GetPrinted, moments: Moments) -> Printed:
    if request.module:
        with failures("printing the module"):
            return Printed(str(find_module(moments.after, request.module)), "", "")
    try:
        inputs, _ = sample(moments.recipe)
    except ValueError as error:  # a model need not come with a batch: all else can be shown without
        with failures("printing the net"):
            return Printed(str(moments.after), "", f"there is no net(X) to show: {error}")
    with seeded():
        try:
            twin = copy.deepcopy(moments.after)  # a forward pass moves running statistics and fills lazy modules
            output = str(passed(twin, inputs))
        except Exception as error:  # a model's own code may raise anything; the page shows it as text
            output = f"the forward pass fails: {error_line(error)}"
        with failures("printing the net"):
            return Printed(str(moments.after), str(inputs), output)


@answers(GetListing)
def _listing(request: GetListing, moments: Moments) -> Listing:
    module = find_module(moments.after, request.module)
    return Listing(
        expression=reach_module(moments.after, request.module),
        state=_said(lambda: str(module.state_dict())),
        parameters=_said(lambda: " ".join(str((name, p.shape)) for name, p in module.named_parameters())),
    )


def _said(printed: Callable[[], str]) -> str:
    """What Python prints, or the last line of its traceback: an uninitialized parameter has no shape, say."""
    try:
        return printed()
    except Exception as error:  # a model's own code may raise anything
        return f"{type(error).__name__}: {error_line(error)}"


@answers(GetWeights)
def _weights(_request: GetWeights, moments: Moments) -> File:
    content, note = to_safetensors(moments.after, moments.recipe.to_json())
    return File(np.frombuffer(content, np.uint8), note)
