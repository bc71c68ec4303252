"""Writes that missed the model: into a tensor that is computed anew at every use, or that is not registered."""

import contextlib
import copy
from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from ..module.walk import join, named_modules, named_tensors
from ..questions.code import Fate
from .calls import InitCalls
from .watching import storage_of


def lost_writes(model: nn.Module, calls: InitCalls) -> list[Fate]:
    """One fate for each tensor that a call wrote to and that the model computes or does not register."""
    held = {storage_of(entry.tensor) for entry in named_tensors(model) if type(entry.tensor).__name__[:4] != "Unin"}
    found: list[Fate] = []
    seen: set[int] = set()
    for here in named_modules(model):
        if id(here.module) not in seen:
            seen.add(id(here.module))
            found.extend(_parametrized(here.name, here.module, calls))
            found.extend(_plain_tensors(here.name, here.module, calls, held))
    return found


def _parametrized(prefix: str, module: nn.Module, calls: InitCalls) -> Iterator[Fate]:
    """`m.weight` of a parametrized module is a new tensor at every access: what is written into it is gone."""
    if not parametrize.is_parametrized(module):
        return
    shapes = calls.temporaries.get(prefix, set()) | calls.temporaries.get("", set())
    for last, parametrization in module.parametrizations.items():  # type: ignore[union-attr, operator]  # a ModuleDict
        originals = [(name, p) for name, p in parametrization.named_parameters(recurse=False)]
        if not shapes or any(calls.written[storage_of(p)] for _, p in originals):
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


def _plain_tensors(prefix: str, module: nn.Module, calls: InitCalls, held: set[int]) -> Iterator[Fate]:
    """Tensors that are mere attributes: those of pruning and old-style weight norm are computed before each forward."""
    for last, value in vars(module).items():
        if not isinstance(value, Tensor) or storage_of(value) in held or not calls.written[storage_of(value)]:
            continue
        name, times = join(prefix, last), calls.written[storage_of(value)]
        own = module._parameters
        if f"{last}_orig" in own and f"{last}_mask" in module._buffers:
            reason = f"it is pruned: {name}_orig times {last}_mask replaces it before each forward pass"
            cure = f"initialize m.{last}_orig, or call prune.remove(m, '{last}') first"
        elif f"{last}_g" in own:
            reason = f"weight_norm computes it from {name}_g and {last}_v before each forward pass"
            cure = f"initialize m.{last}_v and m.{last}_g, or before weight_norm is added"
        elif f"{last}_orig" in own:
            reason = f"spectral_norm computes it from {name}_orig before each forward pass"
            cure = f"initialize m.{last}_orig, or before spectral_norm is added"
        else:
            reason = "it is a plain tensor, not registered: neither state_dict nor an optimizer knows it"
            cure = f"make it nn.Parameter(...) or register_buffer('{last}', ...) in the model's code"
        yield Fate(name, tuple(value.shape), "lost", times, reason, cure)
