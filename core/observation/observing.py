"""What torch's dispatcher shows while a model is built: who wrote what into which memory, in order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from sys import _getframe
from typing import Any

import torch
from torch import Tensor
from torch.nn.parameter import is_lazy
from torch.utils._python_dispatch import TorchDispatchMode

from ..questions.story import Plain, Story
from .callers import Call, Caller, caller
from .operations import Operation, operation
from .regions import Region


@dataclass(eq=False, slots=True)
class Memory:
    """One storage: what was written to it, in order.

    Attributes:
        seen: whether it was from its beginning; before: what is known from elsewhere of tensors in it, until then.
    """

    seen: bool
    writes: list["Write"] = field(default_factory=list)
    before: list[tuple[Region, Story]] = field(default_factory=list)

    def copy(self) -> "Memory":
        """The same, to which more can be written."""
        return Memory(self.seen, [*self.writes], [*self.before])


@dataclass(frozen=True, slots=True)
class Operand:
    """A tensor as it was when something was computed from it: after so many writes to its memory."""

    memory: Memory
    writes: int
    region: Region
    dtype: str


@dataclass(frozen=True, slots=True)
class Event:
    """One operation that writes.

    Attributes:
        operation: what torch carried out; operands: of what, itself first, where they are remembered.
        numbers: what else it was given; caller, call: who made it; step: of the recipe, 0 for the build.
    """

    operation: Operation
    operands: tuple[Operand, ...]
    numbers: Mapping[str, Plain]
    caller: Caller
    call: Call | None
    step: int


@dataclass(frozen=True, slots=True)
class Write:
    """What an event left in a region of memory, of that shape and dtype; `is_new`: it is the memory's beginning."""

    event: Event
    region: Region
    shape: tuple[int, ...]
    dtype: str
    is_new: bool


class Observer(TorchDispatchMode):  # type: ignore[no-untyped-call]  # torch leaves it untyped
    """Within it, every write is noted; values and random streams are left alone, and no tensor is kept.

    A storage's identity is the address of its record, which a weak reference keeps from being given away again.
    """

    def __init__(self, earlier: "Observer | None" = None) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        self.step = 0
        self._earlier = earlier  # whose weak references keep the identities
        known: dict[int, Memory] = {} if earlier is None else earlier._memories
        self._memories: dict[int, Memory] = {key: each.copy() for key, each in known.items()}
        self._weak: list[Any] = []

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """Whatever torch compiles is not looked into; saying so here keeps it from importing its compiler (0.7 s)."""
        return False

    def __del__(self) -> None:
        """Give the storages' records back."""
        for reference in self._weak:
            torch.UntypedStorage._free_weak_ref(reference)  # type: ignore[no-untyped-call]  # torch leaves it untyped

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
            return func(*args, **given)
        operands = self._operands(known, args, given)
        result = func(*args, **given)
        made = self._new_ones(known, args[:1] if known.is_from_outside else result)
        written = known.written(args, given) if known.effect != "makes" else []
        if made or written:
            by, call, of = caller(_getframe(1), known.name)
            event = Event(known, operands, known.numbers(args, given), by, call, self.step)
            for tensor in written:
                if isinstance(tensor, Tensor):
                    self._written(tensor, event, of)
            for tensor in made:
                self._made(tensor, event, args)
        return result

    def _new_ones(self, known: Operation, result: Any) -> list[Tensor]:
        """Those of the tensors that an operation gives back whose memory was not seen before."""
        if not known.makes:
            return []
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
        last = memory.writes[-1].event.call if memory.writes else None
        if last is None or not last.holds(event.call):
            whole = of if of is not None and self.memory(of) is memory else tensor
            memory.writes.append(_write(whole, event, is_new=False))

    def _made(self, tensor: Tensor, event: Event, args: Sequence[Any]) -> None:
        memory = self._remembered(tensor, seen=True)
        if memory is not None and event.operation.effect == "joins":
            memory.writes.extend(_joined(tensor, event, args))
        elif memory is not None:
            memory.writes.append(_write(tensor, event, is_new=True))

    def _remembered(self, tensor: Tensor, *, seen: bool) -> Memory | None:
        identity = _identity(tensor)
        if identity is None:
            return None
        memory = self._memories.get(identity)
        if memory is None:
            self._weak.append(tensor.untyped_storage()._weak_ref())
            memory = self._memories[identity] = Memory(seen)
        return memory

    def _operands(self, known: Operation, args: Sequence[Any], given: Mapping[str, Any]) -> tuple[Operand, ...]:
        """What an operation computes from, as it is before; nothing where what it gives does not follow from that."""
        return tuple(self._operand(tensor) for tensor in known.operands(args, given))

    def _operand(self, tensor: Tensor) -> Operand:
        memory = self.memory(tensor) or Memory(seen=False)
        return Operand(memory, len(memory.writes), Region.of(tensor), str(tensor.dtype))


def _identity(tensor: Tensor) -> int | None:
    """Of a tensor's storage; None where it has none."""
    if tensor.layout != torch.strided or is_lazy(tensor):
        return None
    identity: int = tensor.untyped_storage()._cdata
    return identity


def _write(tensor: Tensor, event: Event, *, is_new: bool) -> Write:
    return Write(event, Region.of(tensor), tuple(tensor.shape), str(tensor.dtype).removeprefix("torch."), is_new)


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
