"""Which tensors a run of code writes to, seen at torch's dispatcher: a write of equal values is a write, too."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

#: A storage's identity: the address of its record, which is its own even on devices without data.
StorageId = int


def storage_of(tensor: Tensor) -> StorageId:
    """Identity of the storage that holds `tensor`; a sparse one, which has none, is its own."""
    if tensor.layout != torch.strided:
        return id(tensor)
    identity: int = tensor.untyped_storage()._cdata
    return identity


class Writes(TorchDispatchMode):  # type: ignore[no-untyped-call]  # torch leaves it untyped
    """Within it, counts in-place operations by storage.

    Attributes:
        by_operation: how often each operation wrote to each storage.
        shapes: of every tensor that was written to, by storage, as it was written.
    """

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        self.by_operation: dict[StorageId, Counter[str]] = {}
        self.shapes: dict[StorageId, tuple[int, ...]] = {}

    def __torch_dispatch__(
        self, func: Any, types: Sequence[type], args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        """Carry `func` out and note what it writes to."""
        given = kwargs or {}
        result = func(*args, **given)
        schema = func._schema
        if schema.is_mutable:
            for index, argument in enumerate(schema.arguments):
                if argument.alias_info is not None and argument.alias_info.is_write:
                    value = args[index] if index < len(args) else given.get(argument.name)
                    for tensor in value if isinstance(value, list | tuple) else (value,):
                        self._note(tensor, schema.name)
        return result

    def _note(self, value: Any, operation: str) -> None:
        if isinstance(value, Tensor) and value.layout == torch.strided:
            storage = storage_of(value)
            self.by_operation.setdefault(storage, Counter())[operation] += 1
            self.shapes.setdefault(storage, tuple(value.shape))
