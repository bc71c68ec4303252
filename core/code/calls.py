"""The calls of a person's function, each watched: where it was, what it wrote to, what it returned."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from ..module.walk import NamedTensor, join, named_modules, named_tensors
from ..tensor.readable import known_shape
from ..text import shape
from .carried_out import CarriedOut
from .copies import Copies
from .places import Place, Sight
from .reaching import reached
from .storages import StorageId, storage_of
from .watching import Region, Writes


@dataclass(frozen=True, slots=True)
class Touches:
    """How one tensor was written to.

    Attributes:
        calls: how many calls of the person's function wrote to it. operations: how often each operation wrote to the
            part of it that it wrote to most. names: how often it was reached under each of its names, where that is
            known. places: the modules on which those calls were. applied: whether a `Module.apply` of the code's own
            led there. latest: where it was written to last.
    """

    calls: int = 0
    operations: tuple[tuple[str, int], ...] = ()
    names: tuple[tuple[str, int], ...] = ()
    places: tuple[str, ...] = ()
    applied: bool = False
    latest: Place | None = None

    @property
    def times(self) -> int:
        """How often it was written to: by calls, or within them by one and the same operation."""
        return max([self.calls, *(count for _, count in self.operations)])


class InitCalls:
    """Gathers the calls of one run of init code on a model.

    Attributes:
        root: qualified name of the place; count: calls so far; at: the module or tensor of the present call.
        temporaries: (module name, shapes) of tensors a call wrote to that the model did not hold.
        returned: calls that returned a tensor; types: class names of the modules that were called on.
        sources: the texts of the code, by file name; done: what of it was carried out.
    """

    def __init__(self, model: nn.Module, root: str, place: nn.Module, sources: Mapping[str, str]) -> None:
        self.root, self.count, self.at, self.returned = root, 0, "", 0
        self.temporaries: dict[str, set[tuple[int, ...]]] = {}
        self.types: Counter[str] = Counter()
        self.sources, self.done = sources, CarriedOut()
        self._modules = {id(here.module): join(root, here.name) for here in reversed([*named_modules(place)])}
        entries = [entry for entry in named_tensors(model) if not is_lazy(entry.tensor)]
        self._tensors = {id(entry.tensor): entry.name for entry in reversed(entries)}
        self._held: dict[StorageId, list[NamedTensor]] = {}
        for entry in entries:
            if entry.tensor.numel():
                self._held.setdefault(storage_of(entry.tensor), []).append(entry)
        # As long as they are here, no other storage has their addresses.
        self._alive = [e.tensor.untyped_storage() for e in entries if e.tensor.layout == torch.strided]
        self._writes = Writes(self._held, self._reached)
        self._places: list[str] = [""]

    @property
    def copies(self) -> Copies:
        """What the code made out of the model's tensors."""
        return self._writes.copies

    def watched(self, function: Callable[[Any], Any]) -> Callable[[Any], None]:
        """`function`, each of its calls gathered."""

        def call(thing: nn.Module | Tensor) -> None:
            self.count += 1
            where = self._where(thing)
            with self.watching(where):
                result = function(thing)
            if isinstance(result, Tensor):
                self.returned += 1
                derived = self.copies.get(storage_of(result))
                if derived is not None:
                    derived.returned = True
            elif isinstance(result, nn.Module):
                for entry in named_tensors(result):
                    if not is_lazy(entry.tensor) and (derived := self.copies.get(storage_of(entry.tensor))) is not None:
                        derived.returned = True

        return call

    @contextmanager
    def watching(self, where: str = "") -> Iterator[None]:
        """Within it, writes are gathered as those of one call at `where`."""
        self._places.append(where)
        self._writes.call = len(self._places) - 1
        self._writes.touched, self.copies.where = set(), where
        with self._writes, self.done.following(where, self.tensor_at):
            yield
        for storage in self._writes.touched:
            if storage not in self._held:
                self.temporaries.setdefault(where, set()).add(self._writes.by_storage[storage].shape)

    def touches(self, tensor: Tensor) -> Touches:
        """How a tensor was written to."""
        written = self._writes.by_storage.get(storage_of(tensor)) if tensor.numel() else None
        if written is None:
            return Touches()
        here = Region.of(tensor)
        parts = [part for region, part in written.parts.items() if region.meets(here)]
        calls = sorted(set[int]().union(*(part.calls for part in parts)))
        most: Counter[str] = Counter()
        names: Counter[str] = Counter()
        for part in parts:
            most |= part.executions
            names += part.names
        return Touches(
            len(calls),
            tuple(most.most_common()),
            tuple(names.most_common()),
            tuple(dict.fromkeys(self._places[call] for call in calls)),
            applied=written.applied,
            latest=written.latest,
        )

    def settle(self, held: Iterable[Tensor]) -> None:
        """What is held at the end, and what it holds as gradients, was not made in vain."""
        for tensor in held:
            if not is_lazy(tensor):
                self.copies.keep(storage_of(tensor))
                if tensor.is_leaf and tensor.grad is not None:
                    self.copies.keep(storage_of(tensor.grad))

    def tensor_at(self, trace: TracebackType | None) -> str:
        """Name and shape of the model's tensor that the innermost frame of a traceback works on, "" for none."""
        frames = []
        while trace is not None:
            frames.append(trace.tb_frame)
            trace = trace.tb_next
        for frame in reversed(frames):
            for value in frame.f_locals.values():
                if isinstance(value, Tensor) and (name := self._tensors.get(id(value))):
                    return f"{name} {shape(known_shape(value))}"
        return ""

    def _reached(self, storage: StorageId, seen: Sight) -> str:
        entries: Sequence[NamedTensor] = self._held.get(storage, ())
        return reached(entries, seen, self.sources) if len(entries) > 1 else ""

    def _where(self, thing: nn.Module | Tensor) -> str:
        if isinstance(thing, nn.Module):
            name = self._modules.get(id(thing), "")
            self.types[type(thing).__name__] += 1
            self.at = f"{name or 'net'} ({type(thing).__name__})"
            return name
        name = self._tensors.get(id(thing), "")
        self.at = name
        return name.rpartition(".")[0]
