"""What the tensors of a net are called, and the net that a tensor is part of."""

import gc
from collections.abc import Callable, Mapping

from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from ..module.walk import named_tensors
from .notes import Memory
from .placing import place_in
from .regions import Region, reached
from .telling import Named

Find = Callable[[Tensor], Memory | None]


def names(model: nn.Module, memory_of: Find) -> Named:
    """Names what lies in a memory by the tensors of a model, whose memories `memory_of` finds."""
    named: dict[int, list[tuple[Region, str]]] = {}
    for entry in named_tensors(model):
        memory = None if is_lazy(entry.tensor) else memory_of(entry.tensor)
        if memory is not None:
            named.setdefault(id(memory), []).append((Region.of(entry.tensor), entry.name))
    return _named(named)


def _named(named: Mapping[int, list[tuple[Region, str]]]) -> Named:
    def name_of(memory: Memory, region: Region) -> tuple[str | None, str]:
        parts = [(name, where, reached(region, where)) for where, name in named.get(id(memory), ())]
        held = [(name, place_in(part, where)) for name, where, part in parts if part != "none"]
        return min(held, key=lambda each: len(each[1]), default=(None, ""))  # one that is whole, if there is one

    return name_of


def nets_of(tensor: Tensor) -> list[nn.Module]:
    """The outermost living modules that a tensor is registered in.

    A tensor does not know its modules, so Python's collector is asked for all of them.
    """
    modules = [found for found in gc.get_objects() if issubclass(type(found), nn.Module)]
    parents = {id(child): module for module in modules for child in _registered(module, "_modules")}
    nets = [_outermost(module, parents) for module in modules if _holds(module, tensor)]
    return list({id(net): net for net in nets}.values())


def _outermost(module: nn.Module, parents: dict[int, nn.Module]) -> nn.Module:
    met: set[int] = set()
    while id(module) in parents and id(module) not in met:
        met.add(id(module))
        module = parents[id(module)]
    return module


def _holds(module: nn.Module, tensor: Tensor) -> bool:
    return any(each is tensor for kind in ("_parameters", "_buffers") for each in _registered(module, kind))


def _registered(module: nn.Module, kind: str) -> tuple[object, ...]:
    found = vars(module).get(kind)
    return tuple(found.values()) if isinstance(found, dict) else ()
