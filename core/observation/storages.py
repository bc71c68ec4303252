"""The storage that a tensor lies in, and what it is known by: the address of its record."""

from typing import Any

import torch
from torch import Tensor, UntypedStorage
from torch.nn.parameter import is_lazy

from .notes import Memory

_PLAIN, _STRIDED = (Tensor, torch.nn.Parameter), torch.strided


def alive(memory: Memory) -> UntypedStorage | None:
    """The storage of a memory, as long as somebody holds it."""
    found: UntypedStorage | None = UntypedStorage._new_with_weak_ptr(memory.weak) if memory.weak else None
    return found


def identity_of(tensor: Tensor) -> int | None:
    """Of a tensor's storage; None where it has none."""
    storage = storage_of(tensor)
    return None if storage is None else storage._cdata


def storage_of(tensor: Tensor) -> Any:
    """A tensor's storage; None where it has none, as a sparse or a nested one, and one that has no shape yet."""
    if tensor.layout is not _STRIDED or tensor.is_nested or (type(tensor) not in _PLAIN and is_lazy(tensor)):
        return None
    return tensor.untyped_storage()
