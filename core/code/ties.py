"""Ties that a run of code broke: where one tensor had several names, there are several now, or more values."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from ..module.overlap import stored_bytes
from ..module.reach import reach
from ..module.tying import tied_groups
from ..module.walk import named_tensors
from ..questions.code import Fate
from ..text import count, plain
from .storages import storage_of

#: Shape, strides and offset.
Place = tuple[tuple[int, ...], tuple[int, ...], int]


@dataclass(frozen=True)
class Tie:
    """A tied group as it was: its names, the tensor under each, the storage that it lay in, and where in that."""

    tensors: dict[str, Tensor]
    storages: dict[str, int]
    places: dict[str, Place]
    size: "Size"


@dataclass(frozen=True, order=True)
class Size:
    """How many values tensors hold together, and how many tensors they are."""

    values: int
    objects: int
    by_object: int

    @classmethod
    def of(cls, tensors: Sequence[Tensor]) -> "Size":
        """That of these, each under one of its names; memory that is shared counts once."""
        distinct = {id(tensor): tensor for tensor in tensors}.values()
        return cls(
            sum(stored_bytes([t for t in distinct if t.itemsize == size]) // size for size in _sizes(tensors)),
            len(distinct),
            sum(tensor.numel() for tensor in distinct),
        )


def ties(model: nn.Module) -> tuple[Tie, ...]:
    """Every tied group of a model as it is now."""
    groups = tied_groups(model)
    if not groups:
        return ()
    tensors = {entry.name: entry.tensor for entry in named_tensors(model)}
    return tuple(
        Tie(
            here,
            {name: storage_of(tensor) for name, tensor in here.items()},
            {name: _place(tensor) for name, tensor in here.items()},
            Size.of(list(here.values())),
        )
        for here in ({name: tensors[name] for name in group.names} for group in groups)
        if not any(is_lazy(tensor) for tensor in here.values())
    )


def _place(tensor: Tensor) -> Place:
    if tensor.layout != torch.strided:
        return tuple(tensor.shape), (), 0
    return tuple(tensor.shape), tensor.stride(), int(tensor.storage_offset())


def broken(before: Sequence[Tie], model: nn.Module) -> list[Fate]:
    """One fate for each of these ties that is not there any more, in whole or in part."""
    if not before:
        return []
    now = {entry.name: entry.tensor for entry in named_tensors(model)}
    group_of = {name: index for index, group in enumerate(tied_groups(model)) for name in group.names}
    return [fate for tie in before if (fate := _broken(tie, now, group_of, model)) is not None]


def _broken(tie: Tie, now: dict[str, Tensor], group_of: dict[str, int], model: nn.Module) -> Fate | None:
    names = [name for name in tie.tensors if name in now]
    size = Size.of([now[name] for name in names])
    apart = len({group_of.get(name, name) for name in names}) > 1
    if len(names) < 2 or not (apart or size.objects > tie.size.objects):
        return None
    new = [name for name in names if now[name] is not tie.tensors[name] or storage_of(now[name]) != tie.storages[name]]
    other = new[0] if new else names[-1]
    kept = next((name for name in names if name not in new), next(name for name in names if name != other))
    listed = " and ".join(map(plain, names[:3])) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    said, there = ("in one memory" if tie.size.objects > 1 else "one tensor"), reach(model, other)[0]
    is_one = tie.places[other] == tie.places[kept]  # of views into one memory, none can stand for the other
    again = (
        f"tie them again: {there} = {reach(model, kept)[0]}"
        if is_one
        else "lay them in one memory again, as the model's code does: they were different views of it"
    )
    if apart:
        reason = (
            f"{listed} were {said}, and the code put another tensor in place of {_listed(new or [other])}: the tie is "
            f"broken, and {tie.size.values:,} values became {size.values:,}"
        )
        cure = f"write in place, as nn.init.normal_({there}) and {there}.data.copy_(...) do; or {again}"
    else:
        reason = (
            f"{listed} were {said} and are {count(size.objects, 'tensor')} over the same memory now: "
            f"net.parameters() gives {size.by_object:,} values where it gave {tie.size.by_object:,}, and an optimizer "
            "updates them once for each"
        )
        cure = again
    return Fate(other, tuple(now[other].shape), "tie broken", 1, reason, cure)


def _listed(names: Sequence[str]) -> str:
    return " and ".join(map(plain, names[:3]))


def _sizes(tensors: Sequence[Tensor]) -> set[int]:
    return {tensor.itemsize for tensor in tensors}
