"""Writes that missed the model: into a tensor that is computed anew at every use, or that is not registered."""

import contextlib
import copy
import difflib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy
from torch.nn.utils import parametrize

from ..module.walk import NamedTensor, join, named_modules, split
from ..questions.code import Fate
from ..tensor.readable import known_shape
from ..text import article, plain
from .calls import InitCalls
from .habits import Habits
from .held import CONTAINERS
from .storages import storage_of
from .unregistered import Unregistered


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
            found.extend(_iterators(here.name, here.module, calls, habits))
    for each in outside:
        found.extend(_unregistered(each, modules[each.module], calls, habits, before))
    twice = [use for use in habits.used_up if use.first != use.second]
    return [*found, *(_used_up(use.name, use.made, use.first, use.second) for use in twice)]


def added(entries: Iterable[NamedTensor], before: Collection[str]) -> list[Fate]:
    """One fate for each parameter under a name that the net did not have, as a misspelt attribute gives it one."""
    return [_added(entry) for entry in entries if entry.kind == "parameter" and entry.name not in before]


def _added(entry: NamedTensor) -> Fate:
    last = split(entry.name)[1]
    others = [name for name in entry.owner._parameters if name != last]
    near = difflib.get_close_matches(last, others, n=1, cutoff=0.6)
    meant = f"did you mean m.{near[0]}? write into that in place" if near else "write into one that is there, in place"
    reason = "the code added it: the net had no parameter of that name"
    return Fate(
        entry.name, known_shape(entry.tensor), "lost", 0, reason, f"{plain(meant)}; or make it in the model's code"
    )


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


def _iterators(prefix: str, module: nn.Module, calls: InitCalls, habits: Habits) -> Iterator[Fate]:
    """What gives modules once, as a generator does, and the code went through: what it wrote to is gone with them."""
    for name, value in vars(module).items() if calls.temporaries else ():
        if isinstance(value, Iterator) and habits.text.mentions(name):
            yield Fate(
                join(prefix, plain(name)),
                None,
                "lost",
                1,
                f"{plain(f'self.{name}')} is {article(type(value).__name__)}, which gives its modules once and "
                "registers none: neither parameters(), state_dict() nor optimizers reach them",
                f"use nn.ModuleList in the model's code: {plain(f'self.{name}')} = nn.ModuleList(...)",
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
        if each.within is not None and not issubclass(each.within, CONTAINERS) and not times:
            return  # what an object or a function knows need not be meant to be the net's
        if times or each.in_module or isinstance(each.tensor, nn.Parameter):
            yield Fate(plain(each.path), shape, "lost" if times else "untouched", times, *_held_in(each))
        return
    line = next((line for name, line in habits.assigned if name in (each.attribute, "*")), 0)
    new = before.get((id(module), each.attribute)) is not each.tensor
    if times or (new and line):
        reason, cure = _attribute(each, module, line if new else 0)
        yield Fate(join(each.module, each.attribute), shape, "lost", max(1, times), reason, cure)


def _held_in(each: Unregistered) -> tuple[str, str]:
    """Of a list, dict or other object that holds modules or parameters."""
    owner = plain(f"self.{each.attribute}")
    if each.within is None:
        reason = f"it is unregistered, for {owner} was set before super().__init__() or behind the net's back"
        cure = f"assign it as any attribute, {owner} = ..., after super().__init__()"
    else:
        kind = plain(each.within.__name__)
        wrap = f"nn.{'Module' if each.in_module else 'Parameter'}{'Dict' if issubclass(each.within, dict) else 'List'}"
        if issubclass(each.within, CONTAINERS):
            reason = f"it is unregistered: it lies in a Python {kind}, {owner}"
            cure = f"use {wrap} in the model's code: {owner} = {wrap}(...)"
        else:
            reason = f"it is unregistered: it lies in {article(kind)}, {owner}, which is no nn.Module"
            what = "add_module(name, ...)" if each.in_module else "register_parameter(name, ...)"
            cure = f"register it in the model's code, as by self.{what}, or make {owner} an nn.Module"
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
