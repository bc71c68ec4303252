"""From the bytes of a handover to tensors: whatever reaches beyond them, or is no tensor, is refused."""

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parameter import UninitializedBuffer, UninitializedParameter

from ..questions.handover import Handover, HeldTensor
from .forms import put_together

_DTYPES = {str(value).removeprefix("torch."): value for value in vars(torch).values() if isinstance(value, torch.dtype)}


class MisfitError(ValueError):
    """What was handed over is no model, or not the one it should be: the process that ran the code garbled it."""


def tensors_of(handover: Handover) -> list[Tensor]:
    """Every tensor, over fresh copies of the bytes; zeros where none were handed over."""
    _check_gradients(handover.tensors)
    storages = [_storage(handover, region) for region in range(len(handover.sizes))]
    tensors: list[Tensor | None] = [_plain_tensor(held, storages) for held in handover.tensors]
    for index, held in enumerate(handover.tensors):
        if tensors[index] is None:
            parts = [part for part in (tensors[number] for number in held.parts) if part is not None]
            tensors[index] = _registered(put_together(held, parts), held)
    made = [tensor for tensor in tensors if tensor is not None]
    for tensor, held in zip(made, handover.tensors, strict=True):
        if held.grad is not None:
            tensor.grad = made[held.grad]
    return made


def _check_gradients(tensors: Sequence[HeldTensor]) -> None:
    """No tensor is in the end a gradient of its own: torch would never give it back."""
    for index in range(len(tensors)):
        seen, grad = {index}, tensors[index].grad
        while grad is not None:
            if grad in seen:
                raise MisfitError("a tensor is a gradient of its own gradient")
            seen.add(grad)
            grad = tensors[grad].grad


def _storage(handover: Handover, region: int) -> torch.UntypedStorage:
    content = torch.zeros(handover.sizes[region], dtype=torch.uint8)
    if handover.regions:
        content.numpy()[:] = handover.regions[region]
    return content.untyped_storage()


def _plain_tensor(held: HeldTensor, storages: list[torch.UntypedStorage]) -> Tensor | None:
    """A tensor with bytes or without any; None of one that consists of others."""
    dtype = _DTYPES[held.dtype]
    if held.form == "lazy":
        return _uninitialized(held, dtype)
    if held.form == "meta":
        return _registered(torch.empty(held.shape, dtype=dtype, device="meta"), held)
    if held.form != "strided":
        return None
    if min((*held.shape, *held.stride, held.offset), default=0) < 0 or len(held.shape) != len(held.stride):
        raise MisfitError("a tensor has a negative length")
    if held.region is None:
        if math.prod(held.shape):
            raise MisfitError("a tensor with elements has no bytes")
        return _registered(torch.empty_strided(held.shape, held.stride, dtype=dtype), held)
    storage = storages[held.region]
    reach = (
        sum((n - 1) * step for n, step in zip(held.shape, held.stride, strict=True)) + 1 if math.prod(held.shape) else 0
    )
    if held.offset % dtype.itemsize or held.offset + reach * dtype.itemsize > storage.nbytes():
        raise MisfitError("a tensor reaches beyond its bytes")
    view = torch.empty(0, dtype=dtype).set_(storage, held.offset // dtype.itemsize, held.shape, held.stride)
    return _registered(view, held)


def _uninitialized(held: HeldTensor, dtype: torch.dtype) -> Tensor:
    kind: Any = UninitializedParameter
    if not held.is_parameter:
        kind = UninitializedBuffer
    tensor: Tensor = kind(held.requires_grad, dtype=dtype)
    return tensor


def _registered(tensor: Tensor, held: HeldTensor) -> Tensor:
    return nn.Parameter(tensor, held.requires_grad) if held.is_parameter else tensor.requires_grad_(held.requires_grad)


def parameter(tensor: Tensor) -> nn.Parameter:
    """The tensor, if it is one."""
    if not isinstance(tensor, nn.Parameter):
        raise MisfitError("what is registered as a parameter is none")
    return tensor
