"""Handing a model over: what can be known of it without its code (see `core.questions.handover`)."""

import math
import sys
from typing import Any

from torch import Tensor, nn

from ..questions.handover import LONGEST_ATTRIBUTE, Handover, HeldClass, HeldModule, Plain
from ..questions.model import Outcome
from .inventory import Inventory
from .walk import named_modules

#: Where the classes come from that both processes have.
KNOWN = ("torch.nn.", f"{__name__.rpartition('.module.')[0]}.models.")
RESETS = ("reset_parameters", "_reset_parameters")
#: Under these a module keeps what `HeldModule` has fields for, or hooks: see `code_in`.
_HOOKS = tuple(name for name in vars(nn.Module()) if "hook" in name)
_REGISTRIES = ("training", "_parameters", "_buffers", "_non_persistent_buffers_set", "_modules")


def handed_over(model: nn.Module, moment: int, outcome: Outcome, *, foreign: bool) -> Handover:
    """The model as it is now, without its bytes.

    Raises:
        ValueError: it holds a tensor that only its own process can read.
    """
    inventory = Inventory(model)
    classes: dict[type, int] = {}
    numbers = {id(module): number for number, module in enumerate(inventory.modules)}
    modules = tuple(_module(module, inventory, classes, numbers) for module in inventory.modules)
    return Handover(
        moment,
        foreign,
        outcome,
        tuple(_class(kind) for kind in classes),
        modules,
        inventory.held(),
        inventory.sizes,
    )


def code_in(model: nn.Module) -> tuple[Any, ...]:
    """What a forward pass of the model runs, comparable: classes, hooks, names, and what else is not handed over.

    It holds what it compares, so that nothing new can take the place of something that is gone.
    """
    modules = {id(here.module): here.module for here in named_modules(model)}
    return tuple(_code_in(module) for module in modules.values())


def _code_in(module: nn.Module) -> tuple[Any, ...]:
    hooks = tuple(tuple(map(_Same, vars(module).get(name, {}).values())) for name in _HOOKS if _sized(module, name))
    others = tuple(
        (name, _told(value) if _is_plain(value) else _Same(value))
        for name, value in sorted(vars(module).items(), key=lambda item: str(item[0]))
        if not (name in (*_REGISTRIES, *_HOOKS, "_flat_weights") or (is_public(name) and _is_plain(value)))
    )
    registered = tuple(tuple(registry) for registry in (module._parameters, module._buffers, module._modules))
    return type(module), registered, hooks, others, tuple(map(_hooks_of, module._parameters.values()))


def _hooks_of(tensor: Tensor | None) -> tuple[Any, ...]:
    """What runs whenever a gradient reaches the tensor."""
    kept = (getattr(tensor, name, None) for name in ("_backward_hooks", "_post_accumulate_grad_hooks"))
    return tuple(_Same(hook) for hooks in kept for hook in (hooks or {}).values())


def _sized(module: nn.Module, name: str) -> bool:
    return isinstance(vars(module).get(name), dict)


class _Same:
    """Equal to itself alone, and kept alive."""

    def __init__(self, value: object) -> None:
        self._value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self._value is other._value

    def __hash__(self) -> int:
        return id(self._value)


def _class(kind: type) -> HeldClass:
    known = next((each for each in kind.__mro__ if each.__module__.startswith(KNOWN) and is_found(each)), nn.Module)
    own = tuple(name for name in RESETS if getattr(kind, name, None) is not getattr(known, name, None))
    return HeldClass(kind.__name__, f"{known.__module__}.{known.__qualname__}", known is kind, own)


def _module(module: nn.Module, inventory: Inventory, classes: dict[type, int], numbers: dict[int, int]) -> HeldModule:
    return HeldModule(
        kind=classes.setdefault(type(module), len(classes)),
        training=bool(module.training),
        attributes=tuple(
            (name, _told(value)) for name, value in vars(module).items() if is_public(name) and _is_plain(value)
        ),
        parameters=tuple((name, inventory.index(tensor)) for name, tensor in module._parameters.items()),
        buffers=tuple(
            (name, inventory.index(tensor), name not in module._non_persistent_buffers_set)
            for name, tensor in module._buffers.items()
        ),
        children=tuple(
            (name, None if child is None else numbers[id(child)]) for name, child in module._modules.items()
        ),
    )


def is_found(kind: type) -> bool:
    """Whether a class stands where it says, which one made while a program runs does not."""
    return getattr(sys.modules.get(kind.__module__), kind.__qualname__, None) is kind


def is_public(name: object) -> bool:
    """Whether a module's attribute is one of its own, and not of the machinery of `nn.Module`."""
    return isinstance(name, str) and not name.startswith("_") and name != "training"


def _is_plain(value: Any) -> bool:
    """Whether a value is told in full by JSON that is not long."""
    if isinstance(value, tuple | list):
        return len(value) <= LONGEST_ATTRIBUTE and all(_is_scalar(part) for part in value)
    return _is_scalar(value)


def _told(value: Any) -> Plain | tuple[Plain, ...]:
    """A plain value as a handover has it."""
    told: Plain | tuple[Plain, ...] = tuple(value) if isinstance(value, list) else value
    return told


def _is_scalar(value: Plain) -> bool:
    if type(value) is str:
        return len(value) <= LONGEST_ATTRIBUTE
    if type(value) is int:
        return value.bit_length() <= LONGEST_ATTRIBUTE
    return value is None or type(value) is bool or (type(value) is float and math.isfinite(value))
