"""Which memory holds a tensor, on any device."""

import torch
from torch import Tensor

#: A storage's identity: the address of its record, which is its own even on devices without data.
StorageId = int


def storage_of(tensor: Tensor) -> StorageId:
    """Identity of the storage that holds `tensor`; one that has none, as a sparse one, is its own."""
    if tensor.layout != torch.strided:
        return id(tensor)
    try:
        identity: int = tensor.untyped_storage()._cdata
    except (NotImplementedError, RuntimeError):  # within torch.func, a tensor wraps another
        return id(tensor)
    return identity
