"""What torch's dispatcher shows while a model is built: who wrote what into which memory, in order."""

from collections.abc import Mapping, Sequence
from sys import _getframe
from typing import Any, Self

import torch
from torch import Tensor, UntypedStorage
from torch._C import DisableTorchFunction, _is_torch_function_mode_enabled
from torch.nn.modules.module import (
    register_module_buffer_registration_hook,
    register_module_parameter_registration_hook,
)
from torch.utils.hooks import RemovableHandle

from ..module.dispatch_mode import DispatchMode
from ..questions.story import Story
from .callers import Call, Caller, Callers, deep_copied, is_part
from .fingerprints import fingerprint
from .flowing import FLOWING, flown
from .holes import holes_of, settle
from .laying import laid
from .masks import is_of
from .notes import Event, Holes, Memory, Notes, Operand, Write
from .operations import Operation, operation, unseen
from .regions import Region
from .storages import alive, identity_of, storage_of
from .threads import Threads


class Observer(DispatchMode):
    """Within it, every write is noted; values and random streams are left alone, and no tensor is kept.

    A storage's identity is the address of its record, which a weak reference keeps from being given away again. What
    is noted of a write are tuples, and words only where they are new: a net may have 20,000 tensors. Another library
    gets at a storage's bytes through `detach`, which the dispatcher shows: from then on they are compared.
    """

    def __init__(self, earlier: "Observer | None" = None) -> None:
        super().__init__()
        self.step = 0
        self._callers, self._notes = Callers(), Notes()
        self._earlier = earlier  # whose weak references keep the identities
        known: dict[int, Memory] = {} if earlier is None else earlier._memories
        self._memories: dict[int, Memory] = {key: each.copy() for key, each in known.items()}
        self._weak: list[int] = []
        self._reached: list[Memory] = []
        self._threads = Threads()
        self._hooks: list[RemovableHandle] = []

    def __enter__(self) -> Self:
        """Begin, in this thread and in those that are started from now on."""
        for memory in self._reached:
            storage = alive(memory)
            memory.bytes = None if storage is None else fingerprint(storage)
        self._threads.begin(self.__torch_dispatch__)
        for hook in (register_module_parameter_registration_hook, register_module_buffer_registration_hook):
            self._hooks.append(hook(self._registered))
        super().__enter__()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        return self

    def __exit__(self, *raised: Any) -> None:
        """End; what other libraries wrote until now is found, what they write later does not count."""
        super().__exit__(*raised)  # type: ignore[no-untyped-call]  # torch leaves it untyped
        self._threads.end()
        for _ in range(2):
            self._hooks.pop().remove()
        for memory in self._reached:
            storage = alive(memory)
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
            memory.before, memory.writes, memory.call = (*kept, (region, story)), [], None
            memory.holes = None

    def memory(self, tensor: Tensor) -> Memory | None:
        """The memory a tensor lies in, None where nothing was seen of it."""
        identity = identity_of(tensor)
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
            elif known.resizes:
                return self._resized(func, known, args, given)
            return func(*args, **given)
        if known.base == "copy" and self._is_itself(args[0], args[1]):  # as `w[:4] *= 2` ends, whose change is noted
            return func(*args, **given)
        if known.direct is not None and not types and not _is_torch_function_mode_enabled():
            func = known.direct
        operands = self._operands(known, args, given) if known.has_operands else ()
        written = known.written(args, given) if known.may_write else ()
        if self._reached:
            self._compare_all(written)
        result = func(*args, **given)
        if known.base == "set" and (source := deep_copied(_getframe(1))) is not None:
            self._deep_copied(args[0], source)
            return result
        made = self._begun(args[:1] if known.is_from_outside else result) if known.makes else ()
        if made or written:
            by, call, of = self._callers.caller(_getframe(1), known.name)
            numbers = known.numbers(args, given) if call is None and known.effect != "makes" else {}
            event = self._notes.event(known, operands, numbers, by, self.step)
            flows = call is None and known.base in FLOWING
            left = self._left(func, known, args, given, written or [each for each, _ in made]) if flows else ()
            for tensor in written:
                if isinstance(tensor, Tensor):
                    parts = self._parts(tensor, event, args, given, is_new=False) if operands and call is None else ()
                    self._written(tensor, event, call, of, parts)
            for tensor, memory in made:
                parts = self._parts(tensor, event, args, given, is_new=True) if operands else ()
                memory.writes.extend(parts or (self._notes.write(tensor, event, is_new=True),))
                if known.is_from_outside and not parts:
                    self._given_away(tensor)
            for memory, holes in left:
                settle(memory, holes)
        return result

    def _left(
        self, func: Any, known: Operation, args: Sequence[Any], given: Mapping[str, Any], targets: Sequence[Any]
    ) -> Sequence[tuple[Memory, Holes]]:
        """What is unwritten after an operation, where the memory of what it was given has such elements."""
        target = targets[0] if len(targets) == 1 and isinstance(targets[0], Tensor) else None
        memory = None if target is None else self.memory(target)
        if target is None or memory is None:
            return ()
        holes = flown(func, known, args, given, target, memory, self.memory)
        return () if holes is None else ((memory, holes),)

    def _resized(self, func: Any, known: Operation, args: Sequence[Any], given: Mapping[str, Any]) -> Any:
        """Carry out what lets a memory grow, and note its new end, which nobody wrote."""
        tensor: Tensor = args[0]
        before = tensor.untyped_storage().nbytes()
        result = func(*args, **given)
        size, after = tensor.element_size(), tensor.untyped_storage().nbytes()
        memory = self._remembered(tensor, seen=False) if after > before else None
        if memory is not None:
            region = Region(before // size, ((after - before) // size,), (1,), size)
            by, _, _ = self._callers.caller(_getframe(2), known.name)
            event = self._notes.event(known, (), {}, by, self.step)
            memory.writes.append(Write(event, region, str(tensor.dtype).removeprefix("torch."), is_new=False))
            memory.call = None
        return result

    def _registered(self, _module: object, _name: str, tensor: Tensor | None) -> None:
        """A tensor became part of a net: it has a story, even if nothing was seen of it."""
        if tensor is None:
            return
        if _is_torch_function_mode_enabled():  # which sees what is asked of a tensor
            with DisableTorchFunction():
                self._taken(tensor)
        elif identity_of(tensor) not in self._memories:
            self._taken(tensor)

    def _taken(self, tensor: Tensor) -> None:
        if identity_of(tensor) not in self._memories and self._remembered(tensor, seen=False) is not None:
            by, _, _ = self._callers.caller(_getframe(2), "copy_")
            if by.role == "loading":  # with assign=True
                self._written(tensor, Event(operation(_CLONE), (), {}, by, self.step), None, None, ())

    def _is_itself(self, tensor: Tensor, source: Tensor) -> bool:
        """Whether a copy leaves every byte: both lie in one place, or a copy of what is there is loaded again."""
        identity = identity_of(tensor)
        if identity is None or tensor.dtype != source.dtype or tensor.shape != source.shape:
            return False
        if identity == identity_of(source):
            return Region.of(tensor) == Region.of(source)
        memory = self._memories.get(identity)
        if memory is None or self.memory(source) is None:
            return False
        if self._reached:
            self._compare_all((tensor, source))
        is_there = is_of(self._operand(source), memory, Region.of(tensor))
        return is_there and self._callers.caller(_getframe(2), "copy_")[0].role == "loading"

    def _deep_copied(self, tensor: Tensor, source: Tensor) -> None:
        """Note a tensor that `copy.deepcopy` made, whose memory torch copied as bytes of no tensor."""
        memory = self._remembered(tensor, seen=True)
        if memory is None:
            return
        if not memory.seen:
            memory.seen, memory.writes = True, []
        by, _, _ = self._callers.caller(_getframe(2), "clone")
        event = Event(operation(_CLONE), (self._operand(source),), {}, by, self.step)
        memory.writes.append(self._notes.write(tensor, event, is_new=True))
        of = self.memory(source)
        if of is not None and (holes := holes_of(of)).any:
            settle(memory, holes.copy(is_followed=True))

    def _parts(
        self, tensor: Tensor, event: Event, args: Sequence[Any], given: Mapping[str, Any], *, is_new: bool
    ) -> list[Write]:
        """A write for each part of the tensor that is a copy of another; none where it is no such tensor."""
        writes = []
        for part, operand in laid(event.operation, tensor, event.operands, args, given):
            own = event._replace(operands=() if operand is None else (operand,))
            writes.append(self._notes.write(part, own, is_new=is_new))
        return writes

    def _begun(self, result: Any) -> Sequence[tuple[Tensor, Memory]]:
        """Those of the tensors that an operation gives back whose memory was not seen before, and that memory."""
        several = result if isinstance(result, tuple | list) else (result,)
        storages = [(each, storage_of(each)) for each in several if isinstance(each, Tensor)]
        new = [(each, got) for each, got in storages if got is not None and got._cdata not in self._memories]
        return [(each, self._memories.get(got._cdata) or self._begin(got, seen=True)) for each, got in new]

    def _written(
        self, tensor: Tensor, event: Event, call: Call | None, of: Tensor | None, parts: Sequence[Write]
    ) -> None:
        """Note a write, or its parts, unless it is a later one of the call that the memory's last one belongs to."""
        memory = self._remembered(tensor, seen=False)
        if memory is None:
            return
        if memory.bytes is not None:
            memory.bytes = fingerprint(tensor.untyped_storage())
        if call is None or memory.call is None or not is_part(memory.call, call):
            whole = of if of is not None and of is not tensor and self.memory(of) is memory else tensor
            if parts:
                memory.writes.extend(parts)
            else:
                memory.writes.append(self._notes.write(whole, event, is_new=False))
            memory.call = call

    def _remembered(self, tensor: Tensor, *, seen: bool) -> Memory | None:
        storage = storage_of(tensor)
        if storage is None:
            return None
        return self._memories.get(storage._cdata) or self._begin(storage, seen=seen)

    def _begin(self, storage: Any, *, seen: bool) -> Memory:
        weak = storage._weak_ref()
        self._weak.append(weak)
        memory = self._memories[storage._cdata] = Memory(seen, weak, [], (), None, None, None, len(self._memories))
        return memory

    def _operands(self, known: Operation, args: Sequence[Any], given: Mapping[str, Any]) -> tuple[Operand, ...]:
        """What an operation computes from, as it is before; nothing where what it gives does not follow from that."""
        tensors = known.operands(args, given)
        if self._reached:
            self._compare_all(tensors)
        return tuple(self._operand(tensor) for tensor in tensors if not tensor.is_nested)

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
        memory.reached = self._callers.caller(_getframe(2), "detach")[0]

    def _compare_all(self, tensors: Sequence[Any]) -> None:
        for tensor in tensors:
            memory = self.memory(tensor) if isinstance(tensor, Tensor) else None
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
            event = Event(unseen(), (), {}, by, self.step)
            memory.writes.append(Write(event, region, "" if last is None else last.dtype, is_new=False))
            memory.bytes, memory.call = found, None


_CLONE = torch.ops.aten.clone.default
