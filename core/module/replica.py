"""A copy of a model to experiment on: what shares bytes in the model shares them in the copy."""

import copy
from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.weight_norm import WeightNorm

from ..text import error_line
from .gradient_hooks import carry_hooks
from .walk import named_modules, named_tensors


def replica(model: nn.Module) -> nn.Module:
    """A deep copy whose parameters and buffers view copied storages just as they view those of `model`.

    `copy.deepcopy` alone gives two Parameters over one storage a storage each, and an expanded one all its elements.
    Gradients are not copied. What the copy runs (hooks, a `__deepcopy__`) is the model's own; hooks on parameters,
    which `copy.deepcopy` drops, are copied, and with them what they hold.

    Raises:
        ValueError: something that the model holds cannot be copied; says what.
    """
    storages: dict[int, Any] = {}
    memo: dict[int, Any] = {}
    for entry in named_tensors(model):
        tensor = entry.tensor
        if id(tensor) not in memo and _in_memory(tensor):
            storage: Any = tensor.untyped_storage()
            if storage.data_ptr() not in storages:
                storages[storage.data_ptr()] = storage.clone()
            memo[id(tensor)] = _view(storages[storage.data_ptr()], tensor)
    for computed in _computed_before_each_pass(model):
        memo[id(computed)] = computed.detach().clone()
    try:
        copied = copy.deepcopy(model, memo)
    except Exception as error:  # a model may hold anything: a lock, a file, a tensor from the middle of a graph
        raise ValueError(f"this model cannot be copied, so nothing is tried on it: {error_line(error)}") from error
    _put_into_scripts(model, copied, memo)
    for tensor in {id(entry.tensor): entry.tensor for entry in named_tensors(model)}.values():
        if id(tensor) in memo:
            carry_hooks(tensor, memo[id(tensor)], memo)
    return copied


def _put_into_scripts(model: nn.Module, copied: nn.Module, memo: Mapping[int, Any]) -> None:
    """Of a ScriptModule torch copies each tensor apart, and as a step of autograd: give its copy the ones made here."""
    for here, there in zip(named_modules(model), named_modules(copied), strict=False):
        if isinstance(here.module, torch.jit.ScriptModule):
            for registry in ("_parameters", "_buffers"):
                copies = getattr(there.module, registry)
                for name, tensor in getattr(here.module, registry).items():
                    if id(tensor) in memo:
                        copies[name] = memo[id(tensor)]


def _computed_before_each_pass(model: nn.Module) -> Iterator[Tensor]:
    """The `weight` of the older `weight_norm`, which a hook computes anew before each pass from what is registered."""
    for here in named_modules(model):
        for hook in here.module._forward_pre_hooks.values():
            if isinstance(hook, WeightNorm) and isinstance(weight := vars(here.module).get(hook.name), Tensor):
                yield weight


def _in_memory(tensor: Tensor) -> bool:
    plain = type(tensor) in (Tensor, nn.Parameter) and tensor.layout == torch.strided
    return plain and not tensor.is_meta and not tensor.is_quantized and tensor.grad_fn is None


def _view(storage: torch.UntypedStorage, like: Tensor) -> Tensor:
    empty = torch.empty(0, dtype=like.dtype, device=like.device)
    view = empty.set_(storage, like.storage_offset(), like.shape, like.stride())
    if isinstance(like, nn.Parameter):
        return nn.Parameter(view, like.requires_grad)
    return view.requires_grad_(like.requires_grad)
