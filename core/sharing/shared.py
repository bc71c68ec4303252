"""What is shared in a model: every tied group, told apart by four facts, and what one name shares with itself."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from ..module.overlap import overlap, stored_bytes
from ..module.tying import counts, tied_groups, untie_names
from ..module.walk import NamedTensor, find_tensor, named_tensors, split
from ..questions.sharing import PairFacts, SharedTensor, Sharing, SharingKind, Use
from ..tensor.compare import changed_elements
from ..tensor.readable import viewable
from .uses import UsedTensors, used_tensors


def sharing(model: nn.Module, inputs: Any = None, note: str = "") -> Sharing:
    """Everything that `model` shares: tied groups, then single names, expanded or used more than once.

    Args:
        model: any module, left as it is; inputs: argument or tuple of arguments of one forward pass on a copy, None
            for no forward pass: then nothing is known of uses, and `note` says why.
    """
    used: UsedTensors | None = None
    if inputs is not None:
        try:
            used = used_tensors(model, inputs)
        except ValueError as error:
            note = str(error)
    return shared_with(model, used, note)


def shared_with(model: nn.Module, used: UsedTensors | None, note: str = "") -> Sharing:
    """As `sharing`, given what a forward pass used."""
    uses = {} if used is None else used.of
    entries = {entry.name: entry for entry in named_tensors(model)}
    known = frozenset(entries)
    groups = tied_groups(model)
    shared = [
        _shared([entries.pop(name) for name in group.names], group.kind, used, untie)
        for group, untie in zip(groups, untie_names(model, groups), strict=True)
    ]
    for name, entry in entries.items():  # those that are tied to no other
        kind = _kind_alone(entry.tensor, uses.get(name, ()))
        if kind is not None:
            shared.append(_shared([entry], kind, used))
    return Sharing(
        shared=tuple(shared),
        counts=counts(model),
        unused=tuple(name for name, made in uses.items() if name in known and not made),
        unregistered=() if used is None else used.unregistered,
        note=note,
    )


def pair_facts(model: nn.Module, first: str, second: str) -> PairFacts:
    """Four facts about two names of `model`, each by itself.

    Raises:
        ValueError: there is no tensor of that name.
    """
    return _facts(find_tensor(model, first), find_tensor(model, second))


def _facts(first: NamedTensor, second: NamedTensor) -> PairFacts:
    a, b = first.tensor, second.tensor
    same_slot = first.owner is second.owner and split(first.name)[1] == split(second.name)[1]
    (left, _), (right, _) = viewable(a), viewable(b)
    return PairFacts(
        first=first.name,
        second=second.name,
        same_object=same_slot,
        same_parameter=a is b,
        overlapping_bytes=overlap(a, b),
        equal_values=changed_elements(a, b) == 0,
        torch_equal=left is not None and right is not None and a.dtype == b.dtype and torch.equal(left, right),
        nan_pairs=0 if left is None or right is None or left.shape != right.shape else _nan_pairs(left, right),
    )


def _nan_pairs(a: Tensor, b: Tensor) -> int:
    return int((a.isnan() & b.isnan()).sum())


def _kind_alone(tensor: Tensor, uses: Sequence[Use]) -> SharingKind | None:
    if _expanded(tensor):
        return "expanded"
    return "several uses" if len(uses) > 1 else None


def _expanded(tensor: Tensor) -> bool:
    """Whether elements of one tensor share bytes among themselves, as those of `v.expand(8, 4)` do."""
    if is_lazy(tensor) or tensor.layout != torch.strided or tensor.is_contiguous() or tensor.is_meta:
        return False
    return stored_bytes([tensor]) < tensor.numel() * tensor.itemsize


def _shared(group: list[NamedTensor], kind: SharingKind, used: UsedTensors | None, untie: str = "") -> SharedTensor:
    first, *others = group
    return SharedTensor(
        names=tuple(entry.name for entry in group),
        kind=kind,
        shape=None if is_lazy(first.tensor) else tuple(first.tensor.shape),
        dtype=str(first.tensor.dtype).removeprefix("torch."),
        stored_bytes=stored_bytes([entry.tensor for entry in group]),
        facts=tuple(_facts(first, other) for other in others),
        uses=None if used is None else tuple(use for entry in group for use in used.of.get(entry.name, ())),
        optimizer_slots=len({id(entry.tensor) for entry in group if _trains(entry)}),
        untie=untie,
    )


def _trains(entry: NamedTensor) -> bool:
    return entry.kind == "parameter" and entry.tensor.requires_grad
