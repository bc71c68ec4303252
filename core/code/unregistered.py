"""Tensors that a model holds and does not register: in lists, dicts and other objects, or as mere attributes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from ..module.walk import NamedTensor, join, named_modules, named_tensors
from .held import held_by
from .storages import storage_of

#: What every module has, registries and hooks among it.
_OWN = frozenset(vars(nn.Module()))
_DEEPEST, _MOST = 3, 10_000


@dataclass(frozen=True)
class Unregistered:
    """A tensor that a module holds outside its registries.

    Attributes:
        path: how the net reaches it, as `layers[0].weight`. tensor: itself.
        module: name of the module that holds it; attribute: where. last: name in its own module.
        within: the type of the list, dict or other object that it is in, None for a mere attribute. in_module: whether
            it is a tensor of a module that is held so.
    """

    path: str
    tensor: Tensor
    module: str
    attribute: str
    within: type | None
    in_module: bool


def unregistered(model: nn.Module, entries: Sequence[NamedTensor]) -> list[Unregistered]:
    """Each tensor that is not among `entries`, those of the registries: once, under the first way to it."""
    seen = {id(entry.tensor) for entry in entries}
    held = {storage_of(entry.tensor) for entry in entries if not is_lazy(entry.tensor) and entry.tensor.numel()}
    modules = {id(here.module): here for here in reversed([*named_modules(model)])}
    found: list[Unregistered] = []
    met = {*modules, id(model)}
    for here in reversed(modules.values()):
        for attribute, value in vars(here.module).items():
            if attribute in _OWN:
                continue
            for path, tensor, within, in_module in _inside(value, join(here.name, attribute), None, met, 0):
                if id(tensor) not in seen and not (not is_lazy(tensor) and storage_of(tensor) in held):
                    seen.add(id(tensor))
                    found.append(Unregistered(path, tensor, here.name, attribute, within, in_module))
                    if len(found) >= _MOST:
                        return found
    return found


def plain_tensors(model: nn.Module) -> dict[tuple[int, str], Tensor]:
    """The tensors that are mere attributes of a model's modules, by module and name."""
    return {
        (id(here.module), name): value
        for here in named_modules(model)
        for name, value in vars(here.module).items()
        if isinstance(value, Tensor)
    }


def _inside(
    value: Any, path: str, within: type | None, met: set[int], depth: int
) -> Iterator[tuple[str, Tensor, type | None, bool]]:
    """The tensors that an object holds, at most so deep; `met`: what was gone into already, and the net's modules."""
    if isinstance(value, Tensor):
        yield path, value, within, False
    elif isinstance(value, nn.Module):
        if id(value) not in met:
            for entry in named_tensors(value):
                yield join(path, entry.name), entry.tensor, within, True
    elif depth < _DEEPEST and id(value) not in met and len(met) < _MOST:
        met.add(id(value))
        for index, (place, item) in enumerate(held_by(value)):
            if index >= _MOST:
                return
            yield from _inside(item, f"{path}{place}", within or type(value), met, depth + 1)
