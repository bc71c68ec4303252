"""Which tensors a run of code writes to, seen at torch's dispatcher: a write of equal values is a write, too."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.utils._python_dispatch import _disable_current_modes

from ..module.dispatch_mode import DispatchMode
from ..tensor.compare import changed_elements
from .copies import Copies
from .places import Place, Sight, sight
from .storages import StorageId, reference_to, storage_of

#: Writes of which an index says where: two of them, one after the other, need not meet.
_SOMEWHERE = ("index_", "_index_put", "masked_", "scatter_", "put_")


class Region(NamedTuple):
    """A part of a storage that was written to: from which byte to which, and how it lies there."""

    begin: int
    end: int
    shape: tuple[int, ...]
    stride: tuple[int, ...]

    @classmethod
    def of(cls, tensor: Tensor) -> "Region":
        """Where the elements of `tensor`, of which there are some, lie in its storage."""
        shape, stride, size = tuple(tensor.shape), tensor.stride(), tensor.itemsize
        begin = int(tensor.storage_offset())
        last = begin + sum((n - 1) * step for n, step in zip(shape, stride, strict=True))
        return cls(begin * size, (last + 1) * size, shape, stride)

    def meets(self, other: "Region") -> bool:
        """Whether the spans of the two have a byte in common."""
        return self.begin < other.end and other.begin < self.end


@dataclass(slots=True)
class Part:
    """The writes to one part of a storage: in which calls, and how often each operation as the code calls it."""

    calls: set[int] = field(default_factory=set)
    executions: Counter[str] = field(default_factory=Counter)
    names: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class Written:
    """The writes to one storage.

    Attributes:
        shape: of the tensor that was written to first; parts: what was written to.
        applied: whether a `Module.apply` of the code's own led there; latest: where it was written to last.
        reference: keeps the storage's identity from being another's as long as this is remembered.
    """

    shape: tuple[int, ...]
    reference: object
    parts: dict[Region, Part] = field(default_factory=dict)
    first: dict[tuple[object, ...], object] = field(default_factory=dict)
    applied: bool = False
    latest: Place | None = None

    def note(self, tensor: Tensor, operation: str, seen: Sight, call: int) -> Part:
        """That an operation wrote to `tensor`; the part that it is.

        A function of torch may write several times: one execution of it is counted by the write that comes first.
        """
        region = Region.of(tensor)
        part = self.parts.setdefault(region, Part())
        part.calls.add(call)
        self.applied |= seen.applied
        self.latest = seen.author or self.latest
        if not seen.passing and (seen.init or not operation.startswith(_SOMEWHERE)):
            author = seen.author
            site = (id(author.code), author.at, region) if author else (region,)
            write = (operation, seen.inner[1] if seen.inner else None)
            if self.first.setdefault(site, write) == write:
                part.executions[seen.init or operation] += 1
        return part


class Writes(DispatchMode):
    """Within it, gathers what operations write to and what they make, by storage.

    Attributes:
        call: number of the present call of a person's function. by_storage: the writes to each storage.
        touched: the storages that the present call wrote to. copies: what the code made out of the model's tensors.
    """

    def __init__(
        self, held: Mapping[StorageId, object], reached: Callable[[StorageId, Sight], str] = lambda _, __: ""
    ) -> None:
        super().__init__()
        self.call = 0
        self.by_storage: dict[StorageId, Written] = {}
        self.touched: set[StorageId] = set()
        self.copies = Copies(held)
        self._held, self._reached = held, reached

    def __torch_dispatch__(
        self, func: Any, types: Sequence[type], args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        """Carry `func` out and note what it writes to and makes."""
        given = kwargs or {}
        operation = _operations.get(func) or _operation(func)
        if operation.name == "copy_" and self._is_kept(*args[:2]):
            return func(*args, **given)
        result = func(*args, **given)
        inputs = {storage_of(tensor): tensor for tensor in _tensors((*args, *given.values()))}
        if not operation.targets:
            self.copies.made(operation.name, inputs, _tensors((result,)))
            return result
        for index, name in operation.targets:
            for target in _tensors((args[index] if index < len(args) else given.get(name),)):
                self._note(target, operation.name, inputs)
        return result

    def _is_kept(self, target: Tensor, source: object = None) -> bool:
        """Whether a copy leaves every byte: onto itself, or where a copy that is still equal is loaded again."""
        if not isinstance(source, Tensor) or target.layout != torch.strided or not target.numel():
            return False
        made = self.copies.get(storage_of(source))
        if made is None or not (made.copied and made.sources == {storage_of(target)}):
            return _same(target, source)
        alike = (target.shape, target.dtype, target.layout) == (source.shape, source.dtype, source.layout)
        if not alike or not sight(2).loading:
            return False
        with _disable_current_modes():
            return not changed_elements(target, source)

    def _note(self, target: Tensor, operation: str, inputs: Mapping[StorageId, Tensor]) -> None:
        if target.layout != torch.strided or not target.numel():
            return
        seen = sight(2)
        storage = storage_of(target)
        self.touched.add(storage)
        written = self.by_storage.get(storage)
        if written is None:
            written = Written(tuple(target.shape), reference_to(target))
            self.by_storage[storage] = written
        part = written.note(target, operation, seen, self.call)
        if storage in self._held and (name := self._reached(storage, seen)):
            part.names[name] += 1
        self.copies.written(storage, target, operation, inputs, seen)


class _Operation(NamedTuple):
    """Of an operation of torch: its name, and by position and name the arguments whose bytes it writes."""

    name: str
    targets: tuple[tuple[int, str], ...]


_operations: dict[Any, _Operation] = {}


def _operation(func: Any) -> _Operation:
    """What `func` writes; one that changes which memory a tensor shows, as `set_` and `t_` do, writes no byte."""
    schema = func._schema
    writes = schema.is_mutable and torch.Tag.inplace_view not in func.tags
    targets = [
        (index, argument.name)
        for index, argument in enumerate(schema.arguments)
        if writes and argument.alias_info is not None and argument.alias_info.is_write
    ]
    _operations[func] = _Operation(schema.name.rpartition("::")[2], tuple(targets))
    return _operations[func]


def _tensors(values: Iterable[Any]) -> list[Tensor]:
    """The tensors among these, those in lists too; not nested ones, which have no shape."""
    found: list[Tensor] = []
    for value in values:
        if isinstance(value, Tensor):
            found.append(value)
        elif isinstance(value, list | tuple):
            found += [each for each in value if isinstance(each, Tensor)]
    return [tensor for tensor in found if not tensor.is_nested]


def _same(tensor: Tensor, other: object) -> bool:
    """Whether both are the same elements of the same memory."""
    return (
        isinstance(other, Tensor)
        and other.layout == torch.strided
        and storage_of(tensor) == storage_of(other)
        and tensor.storage_offset() == other.storage_offset()
        and tensor.shape == other.shape
        and tensor.stride() == other.stride()
        and tensor.dtype == other.dtype
    )
