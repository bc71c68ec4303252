"""A model taken apart into modules, tensors and regions of memory, each once, in an order that its names fix."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import torch
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray
from torch import Tensor, nn

from ..questions.handover import HeldTensor
from .forms import form_of, numbers_of, parts_of
from .walk import named_modules


class Inventory:
    """The distinct modules and tensors of a model, gradients and the parts of sparse tensors among them.

    Raises:
        ValueError: a tensor is of a kind that only its own process can read; names it.
    """

    def __init__(self, model: nn.Module) -> None:
        self.modules = list({id(here.module): here.module for here in named_modules(model)}.values())
        self.tensors: list[Tensor] = []
        self._index: dict[int, int] = {}
        self._records: list[dict[str, Any]] = []
        for module in self.modules:
            for name, tensor in (*module._parameters.items(), *module._buffers.items()):
                try:
                    self.index(tensor)
                except ValueError as error:
                    raise ValueError(f"{name}: {error}") from None
        self._storages = _storages(self.tensors)
        self._starts, sizes = _merged(self._storages)
        addresses = filter(None, map(self._address, self.tensors))
        found = dict.fromkeys(bisect_right(self._starts, address) - 1 for address in addresses)
        self._rank = {by_address: rank for rank, by_address in enumerate(found)}
        self.sizes = tuple(sizes[by_address] for by_address in found)

    def index(self, tensor: Tensor | None) -> int | None:
        """Where a tensor stands in `tensors`, itself and what it consists of added where it is new."""
        if tensor is None:
            return None
        if id(tensor) not in self._index:
            index = self._index[id(tensor)] = len(self.tensors)
            form = form_of(tensor)
            self.tensors.append(tensor)
            self._records.append({"form": form})
            lazy = form == "lazy"
            self._records[index] |= {
                "dtype": str(tensor.dtype).removeprefix("torch."),
                "shape": () if lazy else tuple(tensor.shape),
                "is_parameter": isinstance(tensor, nn.Parameter),
                "requires_grad": tensor.requires_grad,
                "layout": str(tensor.layout).removeprefix("torch."),
                "parts": tuple(self.index(part) for part in parts_of(tensor, form)),
                "numbers": numbers_of(tensor, form),
                "grad": None if lazy else self.index(tensor.grad),
            }
        return self._index[id(tensor)]

    def held(self) -> tuple[HeldTensor, ...]:
        """The tensors as records."""
        return tuple(
            HeldTensor(**record, **self._place(tensor) if record["form"] == "strided" else {})
            for tensor, record in zip(self.tensors, self._records, strict=True)
        )

    def contents(self) -> tuple[NDArray[np.uint8], ...]:
        """A copy of the bytes of each region; zeros where no tensor reaches, since what lies there is of no meaning."""
        copies = tuple(np.zeros(size, np.uint8) for size in self.sizes)
        for storage in self._storages:
            region, start = self._region(storage.data_ptr())
            copies[region][start : start + storage.nbytes()] = bytes_of(storage).numpy()
        for copy, reached in zip(copies, self._reached(), strict=True):
            if reached is not None:
                copy[~reached] = 0
        return copies

    def _reached(self) -> list[NDArray[np.bool_] | None]:
        """Which bytes of each region a tensor reaches; None where one reaches all."""
        marks: list[NDArray[np.bool_] | None] = [np.zeros(size, np.bool_) for size in self.sizes]
        for tensor in self.tensors:
            if not (address := self._address(tensor)) or not tensor.numel():
                continue
            region, start = self._region(address)
            marked = marks[region]
            if marked is None:
                continue
            if tensor.numel() * tensor.itemsize == len(marked) and tensor.is_contiguous():
                marks[region] = None
                continue
            # One of each element, whatever lies twice: strides of 0 count as one.
            shape = [1 if step == 0 else length for length, step in zip(tensor.shape, tensor.stride(), strict=True)]
            first = start + int(tensor.storage_offset()) * tensor.itemsize
            strides = [step * tensor.itemsize for step in tensor.stride()]
            as_strided(marked[first:], (*shape, tensor.itemsize), (*strides, 1))[...] = True
        return marks

    def fill(self, contents: Sequence[NDArray[np.uint8]]) -> None:
        """Write the bytes of each region, in place."""
        for storage in self._storages:
            region, start = self._region(storage.data_ptr())
            bytes_of(storage).numpy()[:] = contents[region][start : start + storage.nbytes()]

    def _place(self, tensor: Tensor) -> dict[str, Any]:
        """Where a strided tensor lies."""
        place: dict[str, Any] = {"stride": tuple(tensor.stride())}
        if address := self._address(tensor):
            region, start = self._region(address)
            place |= {"region": region, "offset": start + int(tensor.storage_offset()) * tensor.itemsize}
        return place

    def _address(self, tensor: Tensor) -> int:
        """Where the storage of a strided tensor begins; 0 of any that holds nothing."""
        if self._records[self._index[id(tensor)]]["form"] != "strided":
            return 0
        storage = tensor.untyped_storage()
        return storage.data_ptr() if storage.nbytes() else 0

    def _region(self, address: int) -> tuple[int, int]:
        """The region that an address lies in, and how far from its beginning."""
        found = bisect_right(self._starts, address) - 1
        return self._rank[found], address - self._starts[found]


def bytes_of(storage: torch.UntypedStorage) -> Tensor:
    """A storage's bytes, uint8 (n,), sharing its memory."""
    return torch.empty(0, dtype=torch.uint8).set_(storage, 0, (storage.nbytes(),), (1,))


def _storages(tensors: Iterable[Tensor]) -> list[torch.UntypedStorage]:
    """The storages of the strided tensors that hold anything, by address."""
    strided = [tensor for tensor in tensors if form_of(tensor) == "strided"]
    found = {(s.data_ptr(), s.nbytes()): s for s in (tensor.untyped_storage() for tensor in strided) if s.nbytes()}
    return [storage for _, storage in sorted(found.items())]


def _merged(storages: Iterable[torch.UntypedStorage]) -> tuple[list[int], tuple[int, ...]]:
    """Where the regions start and how long they are: storages that overlap, as two over one array do, are one."""
    regions: list[list[int]] = []
    for storage in storages:
        start, end = storage.data_ptr(), storage.data_ptr() + storage.nbytes()
        if regions and start < regions[-1][1]:
            regions[-1][1] = max(end, regions[-1][1])
        else:
            regions.append([start, end])
    return [start for start, _ in regions], tuple(end - start for start, end in regions)
