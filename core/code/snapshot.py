"""A model as it was before code ran on it: its tensors, their bytes, where they lay and which were tied."""

from contextlib import suppress
from dataclasses import dataclass

from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from ..module.walk import named_tensors
from ..tensor.readable import is_allocated
from .storages import StorageId, storage_of
from .ties import Tie, ties


@dataclass(frozen=True)
class Snapshot:
    """Every tensor of a model under each of its names: the object, and a copy, None of one without values.

    Attributes:
        storages: where each lay; ties: which were tied.
    """

    entries: dict[str, tuple[Tensor, Tensor | None]]
    storages: dict[str, StorageId]
    ties: tuple[Tie, ...]

    @classmethod
    def of(cls, model: nn.Module, copied: nn.Module | None = None) -> "Snapshot":
        """The model as it is now, of which `copied` is a copy if there is one."""
        there = {entry.name: entry.tensor for entry in named_tensors(copied)} if copied is not None else {}
        copies: dict[int, Tensor | None] = {}
        entries, storages = {}, {}
        for entry in named_tensors(model):
            tensor = entry.tensor
            if id(tensor) not in copies:
                copies[id(tensor)] = None if is_lazy(tensor) else _copy(tensor, there.get(entry.name))
            entries[entry.name] = (tensor, copies[id(tensor)])
            if not is_lazy(tensor):
                storages[entry.name] = storage_of(tensor)
        return cls(entries, storages, ties(model))


def _copy(tensor: Tensor, copied: Tensor | None) -> Tensor | None:
    """A copy of a tensor's values; None of one that has none or keeps them to itself."""
    if not is_allocated(tensor):  # to copy what is not there would end the process
        return None
    with suppress(Exception):  # whatever a subclass raises
        return tensor.detach().clone() if copied is None else copied.detach()
    return None
