"""All tensors of a checkpoint in memory: names over the same bytes in the file view one storage, as in torch."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import Tensor

from .records import Checkpoint, TensorRecord
from .sharing import span

#: Offsets of one storage's views fit one another's dtypes within so many bytes: of complex128 an element has as many.
_WIDEST = 16


def read_together(checkpoint: Checkpoint) -> dict[str, Tensor]:
    """Every tensor by name, in the file's order; shared bytes are read once.

    Raises:
        ValueError: the file changed since it was opened, or there is no memory for it.
    """
    found: dict[str, Tensor] = {}
    for record in checkpoint.values():
        if record.name not in found:
            found.update(_group([record, *(checkpoint[name] for name in record.shares)]))
    return {name: found[name] for name in checkpoint}


def copied(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Copies of tensors that `read_together` gave, which share storages as these do."""
    times = Counter(tensor.untyped_storage().data_ptr() for tensor in tensors.values())
    storages: dict[int, Any] = {}
    found = {}
    for name, tensor in tensors.items():
        storage: Any = tensor.untyped_storage()
        address = storage.data_ptr()
        if times[address] == 1 and tensor.is_contiguous() and not (tensor.is_conj() or tensor.is_neg()):
            found[name] = tensor.clone()
            continue
        if address not in storages:
            storages[address] = storage.clone()
        view: Tensor = torch.empty(0, dtype=tensor.dtype)
        view = view.set_(storages[address], tensor.storage_offset(), tensor.shape, tensor.stride())
        view = view.conj() if tensor.is_conj() else view
        found[name] = torch._neg_view(view) if tensor.is_neg() else view
    return found


def size_together(checkpoint: Checkpoint) -> int:
    """How many bytes `read_together` takes."""
    return sum(
        stop - begin
        for record in checkpoint.values()
        if not record.shares or min(record.shares) > record.name
        for begin, stop in (_span([record, *(checkpoint[name] for name in record.shares)]),)
    )


def _group(records: list[TensorRecord]) -> Iterator[tuple[str, Tensor]]:
    """Tensors over one storage, each by its name."""
    if len(records) == 1:
        yield records[0].name, records[0].read()
        return
    begin, stop = _span(records)
    file = records[0].place.file
    storage = file.buffer(begin, stop - begin).untyped_storage()
    for record in records:
        view: Tensor = torch.empty(0, dtype=record.dtype)
        at = (record.place.offset - begin) // record.dtype.itemsize
        yield record.name, record.marked(view.set_(storage, at, record.shape, record.place.strides))


def _span(records: list[TensorRecord]) -> tuple[int, int]:
    """From which byte of the file to which the tensors lie: the beginning is one from which each has a whole offset."""
    spans = [span(record) for record in records]
    first = min(begin for begin, _ in spans)
    offsets = [(record.place.offset, record.dtype.itemsize) for record in records]
    begin = next(
        start
        for start in range(first, first - _WIDEST, -1)
        if all((offset - start) % size == 0 for offset, size in offsets)
    )
    return begin, max(stop for _, stop in spans)
