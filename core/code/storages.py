"""Which memory holds a tensor, on any device."""

from typing import Protocol

import torch
from torch import Tensor
from torch.multiprocessing.reductions import StorageWeakRef

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


class Reference(Protocol):
    """Keeps a storage's identity from becoming another's, and lets its bytes go."""

    def expired(self) -> bool:
        """Whether nobody holds the storage any more."""


def reference_to(tensor: Tensor) -> Reference:
    """A reference to the storage of `tensor`."""
    reference: Reference = StorageWeakRef(tensor.untyped_storage())  # type: ignore[no-untyped-call]  # torch's
    return reference
