"""From a handover back to a model: tensors over its bytes, in the model one has or in a stand-in without its code."""

import sys
from dataclasses import replace
from typing import Any

from torch import nn

from ..questions.handover import Handover, HeldClass
from .handing_over import KNOWN, RESETS, handed_over, is_public
from .held_tensors import MisfitError, parameter, tensors_of
from .inventory import Inventory

#: What torch raises where bytes, shapes and names do not fit each other.
_MISFITS = (LookupError, TypeError, RuntimeError, ValueError, OverflowError, AttributeError)


def standin(handover: Handover) -> nn.Module:
    """A model of the same names, shapes, ties and bytes, of torch's classes or nameless heirs of them.

    It can be looked at in every way, but not run: what its own classes compute is not known here.

    Raises:
        MisfitError: it fits no model.
    """
    try:
        tensors = tensors_of(handover)
        classes = [_class(held) for held in handover.classes]
        modules = [classes[held.kind].__new__(classes[held.kind]) for held in handover.modules]
        for module, held in zip(modules, handover.modules, strict=True):
            nn.Module.__init__(module)
            module.training = held.training
            vars(module).update((name, value) for name, value in held.attributes if is_public(name))
            for name, index in held.parameters:
                module._parameters[name] = None if index is None else parameter(tensors[index])
            for name, index, persistent in held.buffers:
                module._buffers[name] = None if index is None else tensors[index]
                if not persistent:
                    module._non_persistent_buffers_set.add(name)
            for name, index in held.children:
                module._modules[name] = None if index is None else modules[index]
        return modules[0]
    except _MISFITS as error:
        raise MisfitError(f"what the code left is no model: {error}") from error


def adopt(model: nn.Module, handover: Handover) -> None:
    """Give a model the bytes, ties, flags and plain attributes of the handover, which has the same modules and names.

    Raises:
        MisfitError: they are not the same.
    """
    inventory = Inventory(model)
    now = handed_over(model, handover.moment, handover.outcome, foreign=False)
    if _names(now) != _names(handover):
        raise MisfitError("what the code left has other modules or names than the model")
    try:
        if _places(now) == _places(handover):
            _fill(inventory, handover)
        else:
            _replace(inventory, handover)
        for module, had, held in zip(inventory.modules, now.modules, handover.modules, strict=True):
            for name in dict(had.attributes).keys() - dict(held.attributes).keys():
                del vars(module)[name]
            vars(module).update((name, value) for name, value in held.attributes if is_public(name))
            if module.training is not held.training:  # which a tensor of that name in a checkpoint would not let be set
                module.training = held.training
    except _MISFITS as error:
        raise MisfitError(f"what the code left does not fit the model: {error}") from error


def _names(handover: Handover) -> list[Any]:
    """The modules and what each registers, whichever tensors these are."""
    return [
        (
            handover.classes[held.kind],
            [name for name, _ in held.parameters],
            [(name, persistent) for name, _, persistent in held.buffers],
            held.children,
        )
        for held in handover.modules
    ]


def _places(handover: Handover) -> list[Any]:
    """Which names reach which tensor, and where each lies."""
    registered = [(held.parameters, held.buffers) for held in handover.modules]
    return [registered, handover.sizes, *(replace(held, requires_grad=False) for held in handover.tensors)]


def _fill(inventory: Inventory, handover: Handover) -> None:
    """The same tensors with other bytes."""
    if handover.regions:
        inventory.fill(handover.regions)
    for tensor, held in zip(inventory.tensors, handover.tensors, strict=True):
        if tensor.requires_grad != held.requires_grad:
            tensor.requires_grad_(held.requires_grad)


def _replace(inventory: Inventory, handover: Handover) -> None:
    """Other tensors under the same names."""
    tensors = tensors_of(handover)
    for module, held in zip(inventory.modules, handover.modules, strict=True):
        for name, index in held.parameters:
            module._parameters[name] = None if index is None else parameter(tensors[index])
        for name, index, _ in held.buffers:
            module._buffers[name] = None if index is None else tensors[index]
        if isinstance(module, nn.RNNBase):  # it keeps a list of its own
            module._flat_weights = [getattr(module, name, None) for name in module._flat_weights_names]


def _class(held: HeldClass) -> type[nn.Module]:
    """The class where both processes have it, else an heir of the nearest one, of that name."""
    file, _, name = held.known.rpartition(".")
    known = getattr(sys.modules.get(file), name, None)
    if not (isinstance(known, type) and issubclass(known, nn.Module) and known.__module__.startswith(KNOWN)):
        raise MisfitError(f"{held.known} is no class of torch")
    if held.exact:
        return known
    return type(held.name, (known,), {name: _unknown for name in held.resets if name in RESETS})


def _unknown(_module: nn.Module) -> None:
    """Stands for an initialization of one's own."""
