"""What is kept of a write: tuples of words and numbers, each made once however many tensors share it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ..questions.story import Plain, Story
from .callers import Call, Caller
from .operations import Operation
from .regions import Region

Mask = npt.NDArray[np.bool_]


@dataclass(eq=False, slots=True)
class Holes:
    """Which elements of a memory nobody wrote.

    Attributes:
        mask: of its elements, each of so many bytes (`itemsize`); None where there are none, or where they are lost.
        any: whether there are any; upto: after so many writes to the memory; filled: after how many there were none.
        is_followed: whether an operation that slices do not tell had to do with them.
    """

    mask: Mask | None = None
    itemsize: int = 1
    any: bool = False
    upto: int = 0
    filled: int | None = None
    is_followed: bool = False

    @property
    def is_lost(self) -> bool:
        """Whether some of it may be unwritten."""
        return self.is_followed and self.mask is None

    def copy(self, *, is_followed: bool = False) -> "Holes":
        """The same, which can be filled apart."""
        mask = None if self.mask is None else self.mask.copy()
        return Holes(mask, self.itemsize, self.any, self.upto, self.filled, is_followed or self.is_followed)


@dataclass(eq=False, slots=True)
class Memory:
    """One storage: what was written to it, in order.

    Attributes:
        seen: whether it was from its beginning; weak: its storage's weak reference.
        before: what is known from elsewhere of tensors in it, until then; call: that which the last write belongs to.
        bytes: their fingerprint after the last write, once other libraries may have got at them; None before.
        reached: who gave them away; number: tells it from the observer's other ones.
        holes: which of its elements nobody wrote, once that was asked for.
    """

    seen: bool
    weak: int = 0
    writes: list["Write"] = field(default_factory=list)
    before: tuple[tuple[Region, Story], ...] = ()
    call: Call | None = None
    bytes: int | None = None
    reached: Caller | None = None
    number: int = -1
    holes: Holes | None = None

    def copy(self) -> "Memory":
        """The same, to which more can be written."""
        holes = None if self.holes is None else self.holes.copy()
        return Memory(self.seen, self.weak, [*self.writes], self.before, number=self.number, holes=holes)


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
        numbers: what else it was given, where no init function was; caller: who made it.
        step: of the recipe, 0 for the build.
    """

    operation: Operation
    operands: tuple[Operand, ...]
    numbers: Mapping[str, Plain]
    caller: Caller
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


class Notes:
    """Makes them, what is equal once: layers are built alike, and Python's collector need not visit 20,000 of them."""

    def __init__(self) -> None:
        self._events: dict[tuple[Operation, int, int], Event] = {}
        self._regions: dict[tuple[object, ...], Region] = {}
        self._writes: dict[tuple[int, int, torch.dtype, bool], Write] = {}

    def event(
        self,
        operation: Operation,
        operands: tuple[Operand, ...],
        numbers: Mapping[str, Plain],
        by: Caller,
        step: int,
    ) -> Event:
        """An event; the same where it is told by who made it."""
        if operands or numbers:
            return Event(operation, operands, numbers, by, step)
        key = operation, id(by), step
        event = self._events.get(key)
        if event is None or event.caller is not by:
            event = self._events[key] = Event(operation, operands, numbers, by, step)
        return event

    def write(self, tensor: Tensor, event: Event, *, is_new: bool) -> Write:
        """What an event left in a tensor."""
        dtype, region = tensor.dtype, self._region(tensor)
        if event.operands or event.numbers:
            return Write(event, region, _named(dtype), is_new)
        key = id(event), id(region), dtype, is_new
        write = self._writes.get(key)
        if write is None or write.event is not event:
            write = self._writes[key] = Write(event, region, _named(dtype), is_new)
        return write

    def _region(self, tensor: Tensor) -> Region:
        key = tensor.storage_offset(), tensor.shape, tensor.stride(), tensor.element_size()
        region = self._regions.get(key)
        if region is None:
            region = self._regions[key] = Region.of(tensor)
        return region


def _named(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")
