"""What torch's dispatcher shows while a model is built: who wrote what into which memory, in order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from sys import _getframe
from typing import Any, NamedTuple, Self

import torch
from torch import Tensor, UntypedStorage
from torch.nn.parameter import is_lazy
from torch.utils._python_dispatch import TorchDispatchMode

from ..questions.story import Plain, Story
from .callers import Call, Caller, Callers
from .fingerprints import fingerprint
from .operations import Operation, operation, unseen
from .regions import Region
from .threads import Threads


@dataclass(eq=False, slots=True)
class Memory:
    """One storage: what was written to it, in order.

    Attributes:
        seen: whether it was from its beginning; weak: its storage's weak reference.
        before: what is known from elsewhere of tensors in it, until then.
        bytes: their fingerprint after the last write, once other libraries may have got at them; None before.
        reached: who gave them away.
    """

    seen: bool
    weak: int = 0
    writes: list["Write"] = field(default_factory=list)
    before: list[tuple[Region, Story]] = field(default_factory=list)
    bytes: int | None = None
    reached: Caller | None = None

    def copy(self) -> "Memory":
        """The same, to which more can be written."""
        return Memory(self.seen, self.weak, [*self.writes], [*self.before])


class Operand(NamedTuple):
    """A tensor as it was when something was computed from it: after so many writes to its memory."""

    memory: Memory
    writes: int
    region: Region
    dtype: str


class Event(NamedTuple):
    """One operation that writes.

    Attributes:
        operation: what torch carried out; operands: of what, itself first, where they are remembered.
        numbers: what else it was given, where no init function was; caller, call: who made it; step: of the recipe, 0
            for the build.
    """

    operation: Operation
    operands: tuple[Operand, ...]
    numbers: Mapping[str, Plain]
    caller: Caller
    call: Call | None
    step: int


class Write(NamedTuple):
    """What an event left in a region of memory, of that dtype; `is_new`: it is the memory's beginning."""

    event: Event
    region: Region
    dtype: str
    is_new: bool

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the tensor that was written to."""
        return self.region.shape


class Observer(TorchDispatchMode):  # type: ignore[no-untyped-call]  # torch leaves it untyped
    """Within it, every write is noted; values and random streams are left alone, and no tensor is kept.

    A storage's identity is the address of its record, which a weak reference keeps from being given away again. What
    is noted of a write are tuples, and words only where they are new: a net may have 20,000 tensors. Another library
    gets at a storage's bytes through `detach`, which the dispatcher shows: from then on they are compared.
    """

    def __init__(self, earlier: "Observer | None" = None) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        self.step = 0
        self._callers = Callers()
        self._earlier = earlier  # whose weak references keep the identities
        known: dict[int, Memory] = {} if earlier is None else earlier._memories
        self._memories: dict[int, Memory] = {key: each.copy() for key, each in known.items()}
        self._weak: list[int] = []
        self._reached: list[Memory] = []
        self._threads = Threads(self.__torch_dispatch__)

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """Whatever torch compiles is not looked into; saying so here keeps it from importing its compiler (0.7 s)."""
        return False

    def __enter__(self) -> Self:
        """Begin, in this thread and in those that are started from now on."""
        for memory in self._reached:
            storage = _alive(memory)
            memory.bytes = None if storage is None else fingerprint(storage)
        self._threads.begin()
        super().__enter__()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        return self

    def __exit__(self, *raised: Any) -> None:
        """End; what other libraries wrote until now is found, what they write later does not count."""
        super().__exit__(*raised)  # type: ignore[no-untyped-call]  # torch leaves it untyped
        self._threads.end()
        for memory in self._reached:
            storage = _alive(memory)
            if storage is not None:
                self._compare(memory, storage)
            memory.bytes = None

    def __del__(self) -> None:
        """Give the storages' records back."""
        for reference in self._weak:
            UntypedStorage._free_weak_ref(reference)  # type: ignore[no-untyped-call]  # torch leaves it untyped

    def know(self, tensor: Tensor, story: Story) -> None:
        """From now on that is the story of what lies where the tensor lies, until somebody writes to it."""
        memory = self._remembered(tensor, seen=False)
        if memory is not None:
            region = Region.of(tensor)
            kept = [(where, known) for where, known in memory.before if where != region]
            memory.before, memory.writes = [*kept, (region, story)], []

    def memory(self, tensor: Tensor) -> Memory | None:
        """The memory a tensor lies in, None where nothing was seen of it."""
        identity = _identity(tensor)
        return None if identity is None else self._memories.get(identity)

    def __torch_dispatch__(
        self, func: Any, types: Sequence[type], args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        """Carry `func` out and note what it writes to, and what it makes."""
        given = kwargs or {}
        known = operation(func)
        if not known.is_noted:
            if known.base == "detach":
                self._given_away(args[0])
            return func(*args, **given)
        operands = self._operands(known, args, given) if known.has_operands else ()
        written = [each for each in known.written(args, given) if isinstance(each, Tensor)] if known.may_write else ()
        if self._reached:
            self._compare_all(written)
        result = func(*args, **given)
        made = self._new_ones(args[:1] if known.is_from_outside else result) if known.makes else ()
        if made or written:
            by, call, of = self._callers.caller(_getframe(1))
            numbers = known.numbers(args, given) if call is None and known.effect != "makes" else {}
            event = Event(known, operands, numbers, by, call, self.step)
            for tensor in written:
                self._written(tensor, event, of)
            for tensor in made:
                self._made(tensor, event, args)
        return result

    def _new_ones(self, result: Any) -> list[Tensor]:
        """Those of the tensors that an operation gives back whose memory was not seen before."""
        several = result if isinstance(result, tuple | list) else (result,)
        return [
            tensor
            for tensor in several
            if isinstance(tensor, Tensor)
            and (identity := _identity(tensor)) is not None
            and identity not in self._memories
        ]

    def _written(self, tensor: Tensor, event: Event, of: Tensor | None) -> None:
        """Note a write, unless it is a later part of the call that the memory's last one belongs to."""
        memory = self._remembered(tensor, seen=False)
        if memory is None:
            return
        if memory.bytes is not None:
            memory.bytes = fingerprint(tensor.untyped_storage())
        last = memory.writes[-1].event.call if memory.writes else None
        if last is None or not last.holds(event.call):
            whole = of if of is not None and of is not tensor and self.memory(of) is memory else tensor
            memory.writes.append(_write(whole, event, is_new=False))

    def _made(self, tensor: Tensor, event: Event, args: Sequence[Any]) -> None:
        memory = self._remembered(tensor, seen=True)
        if memory is not None and event.operation.effect == "joins":
            memory.writes.extend(_joined(tensor, event, args))
        elif memory is not None:
            memory.writes.append(_write(tensor, event, is_new=True))
            if event.operation.is_from_outside:
                self._given_away(tensor)

    def _remembered(self, tensor: Tensor, *, seen: bool) -> Memory | None:
        identity = _identity(tensor)
        if identity is None:
            return None
        memory = self._memories.get(identity)
        if memory is None:
            weak = tensor.untyped_storage()._weak_ref()
            self._weak.append(weak)
            memory = self._memories[identity] = Memory(seen, weak)
        return memory

    def _operands(self, known: Operation, args: Sequence[Any], given: Mapping[str, Any]) -> tuple[Operand, ...]:
        """What an operation computes from, as it is before; nothing where what it gives does not follow from that."""
        tensors = known.operands(args, given)
        if self._reached:
            self._compare_all(tensors)
        return tuple(self._operand(tensor) for tensor in tensors)

    def _operand(self, tensor: Tensor) -> Operand:
        memory = self.memory(tensor) or Memory(seen=False)
        return Operand(memory, len(memory.writes), Region.of(tensor), str(tensor.dtype))

    def _given_away(self, tensor: Tensor) -> None:
        """From now on other libraries may write to a tensor's bytes."""
        memory = self.memory(tensor)
        if memory is None:
            return
        if memory.bytes is None:
            self._reached.append(memory)
            memory.bytes = fingerprint(tensor.untyped_storage())
        else:
            self._compare(memory, tensor.untyped_storage())
        memory.reached = self._callers.caller(_getframe(2))[0]

    def _compare_all(self, tensors: Sequence[Tensor]) -> None:
        for tensor in tensors:
            memory = self.memory(tensor)
            if memory is not None and memory.bytes is not None:
                self._compare(memory, tensor.untyped_storage())

    def _compare(self, memory: Memory, storage: UntypedStorage) -> None:
        """Note a write by nobody that was seen, where a storage's bytes are other ones than those that were left."""
        found = fingerprint(storage)
        if memory.bytes is not None and found != memory.bytes:
            last = memory.writes[-1] if memory.writes else None
            size = 1 if last is None else last.region.itemsize
            region = Region(0, (storage.nbytes() // size,), (1,), size)
            by = Caller("person", line=memory.reached.line if memory.reached else "")
            event = Event(unseen(), (), {}, by, None, self.step)
            memory.writes.append(Write(event, region, "" if last is None else last.dtype, is_new=False))
            memory.bytes = found


def _alive(memory: Memory) -> UntypedStorage | None:
    found: UntypedStorage | None = UntypedStorage._new_with_weak_ptr(memory.weak) if memory.weak else None
    return found


def _identity(tensor: Tensor) -> int | None:
    """Of a tensor's storage; None where it has none."""
    if type(tensor) not in _PLAIN and is_lazy(tensor):
        return None
    if tensor.layout != torch.strided:
        return None
    identity: int = tensor.untyped_storage()._cdata
    return identity


_PLAIN = (Tensor, torch.nn.Parameter)
_dtypes: dict[torch.dtype, str] = {}


def _write(tensor: Tensor, event: Event, *, is_new: bool) -> Write:
    dtype = tensor.dtype
    name = _dtypes.get(dtype) or _dtypes.setdefault(dtype, str(dtype).removeprefix("torch."))
    return Write(event, Region.of(tensor), name, is_new)


def _joined(tensor: Tensor, event: Event, args: Sequence[Any]) -> list[Write]:
    """A write for each of the tensors that were put one after the other into a new one."""
    parts, axis, start, writes = list(args[0]), event.numbers.get("dim", 0), 0, []
    for part, operand in zip(parts, event.operands, strict=True):
        size = part.shape[axis] if part.dim() == tensor.dim() else 0
        if size:
            own = Event(event.operation, (operand,), {}, event.caller, None, event.step)
            writes.append(_write(tensor.narrow(int(axis or 0), start, size), own, is_new=True))
        start += size
    return writes
