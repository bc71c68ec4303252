"""Writes that missed the model: into a tensor that is computed anew at every use, or that is not registered."""

import contextlib
import copy
from collections.abc import Iterator, Mapping, Sequence

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy
from torch.nn.utils import parametrize

from ..module.walk import join, named_modules
from ..questions.code import Fate
from ..text import plain
from .calls import InitCalls
from .habits import Habits
from .storages import storage_of
from .unregistered import Unregistered

_LISTS: dict[type, str] = {list: "nn.ModuleList", tuple: "nn.ModuleList", dict: "nn.ModuleDict"}


def lost_writes(
    model: nn.Module,
    outside: Sequence[Unregistered],
    calls: InitCalls,
    habits: Habits,
    before: Mapping[tuple[int, str], Tensor],
) -> list[Fate]:
    """One fate for each tensor that a call wrote to and that the model computes or does not register.

    Args:
        outside: what the model holds outside its registries.
        before: the plain tensors that the model's modules had before the code ran.
    """
    found: list[Fate] = []
    seen: set[int] = set()
    modules = {}
    for here in named_modules(model):
        if id(here.module) not in seen:
            seen.add(id(here.module))
            modules[here.name] = here.module
            found.extend(_parametrized(here.name, here.module, calls))
    for each in outside:
        found.extend(_unregistered(each, modules[each.module], calls, habits, before))
    twice = [use for use in habits.used_up if use.first != use.second]
    return [*found, *(_used_up(use.name, use.made, use.first, use.second) for use in twice)]


def _used_up(name: str, made: str, first: int, second: int) -> Fate:
    return Fate(
        plain(name),
        None,
        "lost",
        0,
        f"line {first} goes through it to its end, and it is {plain(made, 80)}, which can be gone through once: line "
        f"{second} finds nothing in it",
        f"keep a list: {plain(name)} = list({plain(made, 80)})",
    )


def _parametrized(prefix: str, module: nn.Module, calls: InitCalls) -> Iterator[Fate]:
    """`m.weight` of a parametrized module is a new tensor at every access: what is written into it is gone."""
    if not parametrize.is_parametrized(module):
        return
    shapes = calls.temporaries.get(prefix, set()) | calls.temporaries.get("", set())
    for last, parametrization in module.parametrizations.items():  # type: ignore[union-attr, operator]  # a ModuleDict
        originals = [(name, p) for name, p in parametrization.named_parameters(recurse=False)]
        if not shapes or any(calls.touches(p).times for _, p in originals):
            continue
        shape = _computed_shape(parametrization)
        if shape not in shapes:
            continue
        kind = type(parametrization[0]).__name__.strip("_")
        names = " and ".join(join(join(prefix, f"parametrizations.{last}"), name) for name, _ in originals)
        yield Fate(
            join(prefix, last),
            shape,
            "lost",
            1,
            f"{kind} computes it anew from {names} at every access: the code wrote to a copy",
            f"assign instead: m.{last} = nn.init..._(torch.empty_like(m.{last})); or initialize before parametrizing",
        )


def _computed_shape(parametrization: nn.Module) -> tuple[int, ...] | None:
    """The shape of what is computed, on a copy: spectral_norm moves its vectors whenever it computes."""
    with contextlib.suppress(RuntimeError, TypeError), torch.no_grad():
        return tuple(copy.deepcopy(parametrization)().shape)
    return None


def _unregistered(
    each: Unregistered,
    module: nn.Module,
    calls: InitCalls,
    habits: Habits,
    before: Mapping[tuple[int, str], Tensor],
) -> Iterator[Fate]:
    """What became of a tensor outside the registries, if the code had to do with it."""
    shape = None if is_lazy(each.tensor) else tuple(each.tensor.shape)
    times = calls.touches(each.tensor).times if shape is not None else 0
    made = calls.copies.get(storage_of(each.tensor)) if shape is not None else None
    if each.within is not None or each.in_module:
        if made is not None and made.seen.twin:
            return  # the code wanted it beside the net
        if times or each.in_module or isinstance(each.tensor, nn.Parameter):
            yield Fate(plain(each.path), shape, "lost" if times else "untouched", times, *_held_in(each))
        return
    line = next((line for name, line in habits.assigned if name in (each.attribute, "*")), 0)
    new = before.get((id(module), each.attribute)) is not each.tensor
    if times or (new and line):
        reason, cure = _attribute(each, module, line if new else 0)
        yield Fate(join(each.module, each.attribute), shape, "lost", max(1, times), reason, cure)


def _held_in(each: Unregistered) -> tuple[str, str]:
    """Of a list or dict of modules or parameters."""
    owner = plain(f"self.{each.attribute}")
    if each.within is None:
        reason = f"it is unregistered, for {owner} was set before super().__init__() or behind the net's back"
        cure = f"assign it as any attribute, {owner} = ..., after super().__init__()"
    else:
        wrap = _LISTS.get(each.within, "nn.ModuleList")
        wrap = wrap if each.in_module else wrap.replace("Module", "Parameter")
        reason = f"it is unregistered: it lies in a Python {each.within.__name__}, {owner}"
        cure = f"use {wrap} in the model's code: {owner} = {wrap}(...)"
    return f"{reason}, where parameters(), state_dict(), apply() and optimizers do not reach it", cure


def _attribute(each: Unregistered, module: nn.Module, line: int) -> tuple[str, str]:
    """Of a plain tensor; those of pruning and old-style weight norm are computed before each forward pass."""
    last, name = each.attribute, join(each.module, each.attribute)
    own = module._parameters
    if f"{last}_orig" in own and f"{last}_mask" in module._buffers:
        return (
            f"it is pruned: {name}_orig times {last}_mask replaces it before each forward pass",
            f"initialize m.{last}_orig, or call prune.remove(m, '{last}') first",
        )
    if f"{last}_g" in own:
        return (
            f"weight_norm computes it from {name}_g and {last}_v before each forward pass",
            f"initialize m.{last}_v and m.{last}_g, or before weight_norm is added",
        )
    if f"{last}_orig" in own:
        return (
            f"spectral_norm computes it from {name}_orig before each forward pass",
            f"initialize m.{last}_orig, or before spectral_norm is added",
        )
    if line:
        like = " or ".join(f"m.{other}" for other in own)
        return (
            f"line {line} sets a plain tensor, not an nn.Parameter: neither parameters(), nor state_dict, nor an "
            "optimizer knows it",
            f"write into a parameter that is there{f', {plain(like, 100)}' if like else ''}; or assign "
            f"nn.Parameter(...) or register_buffer('{last}', ...) in the model's code",
        )
    return (
        "it is a plain tensor, not registered: neither state_dict nor an optimizer knows it",
        f"make it nn.Parameter(...) or register_buffer('{last}', ...) in the model's code",
    )
