"""What a run of code makes out of the model's tensors, and whether that is ever put back into the model."""

from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from .places import Place, Sight, sight
from .storages import Reference, StorageId, reference_to, storage_of

#: New tensors that hold a tensor's values as they are.
_COPYING = frozenset(("clone", "_to_copy", "copy_", "lift_fresh_copy"))
_MOST = 10_000


def _is_like(operation: str) -> bool:
    """Whether it gives a new tensor that has a tensor's shape or dtype and none of its values."""
    return operation.endswith("_like") or operation.startswith("new_")


@dataclass(slots=True, eq=False)
class Derived:
    """A tensor that the code made and the model did not hold, by the storage that it lies in.

    Attributes:
        sources: the model's storages whose values or shapes are in it; valued: whether it has their values; alone:
            whether the operation gave nothing else.
        parents: those that it was made of. operation, seen: what made it, and where.
        reference: keeps the storage's identity from being another's as long as this is remembered.
        wrote: where the code wrote to it last, None where it did not; read: whether anything read it after that.
        kept: whether the model, or whoever looks at numbers, has it or something that was made of it.
        returned: whether the person's function returned it. where: the module that the code was called on.
    """

    sources: frozenset[StorageId]
    parents: tuple["Derived", ...]
    operation: str
    seen: Sight
    shape: tuple[int, ...]
    dtype: torch.dtype
    reference: Reference
    valued: bool
    alone: bool
    wrote: Sight | None = None
    read: bool = False
    kept: bool = False
    returned: bool = False
    where: str = ""

    @property
    def copied(self) -> bool:
        """Whether it held a tensor's values as they are when it was made."""
        return self.operation in _COPYING

    def keep(self) -> None:
        """It is not in vain, nor is what it was made of."""
        waiting = [self]
        while waiting:
            here = waiting.pop()
            if not here.kept:
                here.kept = True
                waiting += here.parents


@dataclass(frozen=True, slots=True)
class StateDict:
    """A `state_dict()` that the code made: the dict, the key of one tensor in it, and where it was made."""

    made: MutableMapping[str, Any]
    key: str
    place: Place | None


class Copies:
    """Gathers what is made out of the storages in `held`.

    Attributes:
        reads: where the code last took the bytes of a storage as they are, as `.data` and `.numpy()` do.
        state_dicts: for each storage the dicts that hold it.
        where: name of the module that the code is called on now. loose: what was made of no tensor of the model.
    """

    def __init__(self, held: Mapping[StorageId, object]) -> None:
        self._held = held
        self._derived: dict[StorageId, Derived] = {}
        self._made_of: dict[StorageId, list[Derived]] = {}
        self._most = _MOST
        self.where, self.loose = "", list[Derived]()
        self.reads: dict[StorageId, Place] = {}
        self.state_dicts: dict[StorageId, list[StateDict]] = {}

    def get(self, storage: StorageId) -> Derived | None:
        """What lies in a storage, if the code made it."""
        return self._derived.get(storage)

    def keep(self, storage: StorageId) -> None:
        """What lies in a storage was not made in vain."""
        if (derived := self._derived.get(storage)) is not None:
            derived.keep()

    def of(self, storage: StorageId) -> list[Derived]:
        """What was made of one of the model's storages, in order."""
        return self._made_of.get(storage, [])

    def made(self, operation: str, inputs: Mapping[StorageId, Tensor], outputs: Sequence[Tensor]) -> None:
        """That an operation read `inputs` and gave `outputs`, which may be views of them."""
        known = [(key, self._derived.get(key)) for key in inputs if key in self._held or key in self._derived]
        if not known and (inputs or not any(tensor.numel() and tensor.dim() for tensor in outputs)):
            return
        if operation == "detach":
            self._taken(known)
            return
        fresh = {
            storage: tensor
            for tensor in outputs
            if tensor.layout == torch.strided
            and not tensor.is_nested
            and (storage := storage_of(tensor)) not in inputs
            and storage not in self._held
        }
        if fresh or not outputs:
            for _, derived in known:
                if derived is not None and (not outputs or not _is_like(operation)):
                    derived.read = True
                    if not outputs:  # a number, which somebody looks at
                        derived.keep()
        if fresh:
            seen = sight(2)
            if not seen.init:
                for storage, tensor in fresh.items():
                    self._add(storage, tensor, operation, known, seen, alone=len(fresh) == 1)

    def written(
        self, storage: StorageId, target: Tensor, operation: str, inputs: Mapping[StorageId, Tensor], seen: Sight
    ) -> None:
        """That an operation wrote to `target`, which lies in that storage."""
        others = [
            (key, self._derived.get(key))
            for key in inputs
            if key != storage and (key in self._held or key in self._derived)
        ]
        here = self._derived.get(storage)
        for _, derived in others:
            if derived is not None:
                derived.read = True
                if storage in self._held or (here is None and operation != "copy_"):
                    derived.keep()
        if storage in self._held or seen.passing:
            return
        if here is not None:
            here.wrote, here.read = seen._replace(frame=None, saving=None), False  # a frame keeps what it holds
            here.parents += tuple(derived for _, derived in others if derived is not None)
        elif others and operation == "copy_":
            self._add(storage, target, operation, others, seen)

    def _add(
        self,
        storage: StorageId,
        tensor: Tensor,
        operation: str,
        known: Sequence[tuple[StorageId, Derived | None]],
        seen: Sight,
        *,
        alone: bool = True,
    ) -> None:
        sources = frozenset(key for key, derived in known if derived is None)
        parents = tuple(derived for _, derived in known if derived is not None)
        derived = self._derived[storage] = Derived(
            sources.union(*(parent.sources for parent in parents)),
            parents,
            operation,
            seen._replace(frame=None, saving=None),
            tuple(tensor.shape),
            tensor.dtype,
            reference_to(tensor),
            valued=not _is_like(operation),
            alone=alone,
            where=self.where,
        )
        if not derived.sources:
            self.loose.append(derived)
        for source in derived.sources:
            self._made_of.setdefault(source, []).append(derived)
        if len(self._derived) > self._most:
            self._forget()

    def _taken(self, known: Sequence[tuple[StorageId, Derived | None]]) -> None:
        seen = sight(3)
        for key, derived in known:
            if derived is not None:
                derived.read = True
            elif seen.saving is not None:
                self._saved(key, seen)
            elif seen.author is not None:
                self.reads[key] = seen.author

    def _saved(self, storage: StorageId, seen: Sight) -> None:
        names = seen.saving.f_locals if seen.saving is not None else {}
        made, key = names.get("destination"), f"{names.get('prefix', '')}{names.get('name', '')}"
        if isinstance(made, MutableMapping):
            self.state_dicts.setdefault(storage, []).append(StateDict(made, key, seen.author))

    def _forget(self) -> None:
        """What is gone leaves no more than the first traces: code may make a new tensor a million times."""
        gone = [key for key, each in self._derived.items() if each.reference.expired()]
        for key in gone[_MOST // 10 :]:
            del self._derived[key]
        self._made_of = {}
        self.loose = [each for each in self._derived.values() if not each.sources]
        for each in self._derived.values():
            for source in each.sources:
                self._made_of.setdefault(source, []).append(each)
        self._most = max(_MOST, 2 * len(self._derived))
