"""Memory that nobody wrote, as it flows on: what is computed, copied or picked from it is no more than it was."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch._C import DisableTorchFunction
from torch.utils._python_dispatch import _disable_current_modes

from .holes import INDEXED, holes_of, seen
from .notes import Holes, Mask, Memory
from .operations import FOLLOWED, Operation
from .regions import Region

#: Larger memories are not followed one by one.
_MOST = 2**26
_COPYING = frozenset(["copy", "clone", "_to_copy", "lift_fresh_copy"])
#: Put values elsewhere, as they are.
_MOVING = INDEXED | frozenset(
    [
        *("index_select", "index", "gather", "take", "masked_select", "where", "flip", "roll", "rot90", "tril", "triu"),
        *("diag_embed", "cat", "stack", "repeat", "constant_pad_nd", "select_scatter", "slice_scatter"),
    ]
)
#: Compute each value from those in its place.
_EACH = (FOLLOWED - _MOVING) | frozenset(["lerp", "addcmul", "addcdiv", "maximum", "minimum", "erf", "sinh", "cosh"])
#: Compute each value from many, so that nothing is known of any where one of the tensors was never written at all.
_OF_MANY = frozenset(
    [*("mm", "bmm", "addmm", "mv", "addmv", "dot", "baddbmm", "addbmm", "addr"), *("sum", "mean", "prod", "cumsum")]
)
FLOWING = _COPYING | _MOVING | _EACH | _OF_MANY
#: Arguments that hold values; others say where they come from or go to.
_VALUES = frozenset(["self", "other", "tensors", "values", "value", "src", "source"])
_FAILS = (RuntimeError, TypeError, IndexError, ValueError, AttributeError, MemoryError)
Find = Callable[[Tensor], Memory | None]


def flown(
    func: Any,
    known: Operation,
    args: Sequence[Any],
    given: Mapping[str, Any],
    target: Tensor,
    memory: Memory,
    memory_of: Find,
) -> Holes | None:
    """What is unwritten of a memory after an operation on `target`, which lies in it; None where nothing was.

    To be asked before the write is noted.
    """
    tensors = [each for each in _flat((*args, *given.values())) if isinstance(each, Tensor)]
    unwritten = {id(each): of.mask for each in tensors if (of := _holes(memory_of(each))) is not None}
    if not unwritten:
        return None
    lost = Holes(itemsize=target.element_size(), is_followed=True)
    size = target.untyped_storage().nbytes() // lost.itemsize
    if size > _MOST or any(each.is_meta for each in tensors) or any(mask is None for mask in unwritten.values()):
        return lost
    before = holes_of(memory)
    mask = np.zeros(size, np.bool_)
    if before.mask is not None and before.any:
        if before.itemsize != lost.itemsize:
            return lost
        mask[: before.mask.size] = before.mask[:size]
    try:
        with _disable_current_modes(), DisableTorchFunction():
            here = torch.from_numpy(mask).as_strided(target.shape, target.stride(), target.storage_offset())
            call = _Call(func, known, args, given, unwritten)  # type: ignore[arg-type]  # of which none is None
            call.carry_over(here, is_in_place=bool(args) and args[0] is target)
    except _FAILS:
        return lost
    return Holes(mask, lost.itemsize, is_followed=True)


def _holes(memory: Memory | None) -> Holes | None:
    """Of a memory that has some."""
    if memory is None:
        return None
    holes = holes_of(memory)
    return holes if holes.any else None


def _flat(values: Sequence[Any]) -> list[Any]:
    return [each for value in values for each in (value if isinstance(value, list | tuple) else (value,))]


class _Call:
    """One call of an operation, carried out once more on what of its tensors was never written."""

    def __init__(
        self,
        func: Any,
        known: Operation,
        args: Sequence[Any],
        given: Mapping[str, Any],
        unwritten: Mapping[int, Mask],
    ) -> None:
        self._func, self._base, self._given, self._unwritten = func, known.base, given, unwritten
        self._named = {
            name: args[index] if index < len(args) else given[name]
            for index, name in enumerate(known.names)
            if (index < len(args) or name in given) and name != "out"
        }
        self._count = len(args)

    def carry_over(self, here: Tensor, *, is_in_place: bool) -> None:
        """Change `here`, what was never written where the operation writes."""
        named = self._named
        if self._base in _MOVING:
            self._move(here, is_in_place=is_in_place)
            return
        values = [*named.values()][1:] if is_in_place else [*named.values()]
        if self._base in _COPYING:
            here.copy_(self._mask(values[0]))
            return
        if not is_in_place or (self._base == "lerp" and named.get("weight") == 1) or named.get("beta") == 0:
            here.fill_(False)
        for value in values:
            if isinstance(value, Tensor) and id(value) in self._unwritten:
                mask = self._mask(value)
                if self._base in _EACH:
                    here |= mask
                elif mask.all():
                    here.fill_(True)

    def _move(self, here: Tensor, *, is_in_place: bool) -> None:
        if self._named.get("accumulate") or self._named.get("reduce"):
            return
        masks = {name: self._mask(value) if name in _VALUES else value for name, value in self._named.items()}
        if is_in_place:
            masks["self"] = here
        first, named = [*masks.values()][: self._count], {n: v for n, v in masks.items() if n in self._given}
        found = self._func(*first, **named)
        if not is_in_place:
            here.copy_(found)

    def _mask(self, value: Any) -> Any:
        """What of an argument was never written: of a tensor, of each of several, of a number nothing."""
        if isinstance(value, list | tuple):
            return [self._mask(each) for each in value]
        if not isinstance(value, Tensor):
            return False
        mask = self._unwritten.get(id(value))
        if mask is None:
            return torch.zeros(value.shape, dtype=torch.bool)
        return torch.from_numpy(np.array(seen(mask, Region.of(value))))
