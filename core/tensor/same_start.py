"""Parameters of different size or scale whose first values are the same numbers: what one seed for every layer leaves.

After one seed, a large tensor begins with the draws of a small one, in the order of memory, and another std, bound or
mean only scales and shifts them. Sixteen numbers that agree so within rounding are never a coincidence. (`normal_`
draws the last sixteen values anew where their number is no multiple of sixteen.)
"""

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ..module.tying import tied_groups
from ..module.walk import NamedTensor, named_tensors
from ..questions.equal import SameStart
from .entropy import enough_digits
from .readable import is_stored

Float64s = NDArray[np.float64]
#: As many values as `normal_` draws together, and enough to be certain.
_START = 16
#: Of how many roundings a value may be off.
_ROUNDINGS = 8
_WIDEST = 0.02  # of the std, for which starts are compared as a whole


def same_starts(model: nn.Module, but: Sequence[Sequence[NamedTensor]] = ()) -> tuple[SameStart, ...]:
    """Each parameter whose values are the first ones of another, or these scaled and shifted; against the largest such.

    Args:
        model: any module, which is read and not changed; but: groups of equal tensors, of which only the first counts.
    """
    later = {id(entry.tensor) for group in but for entry in group[1:]}
    later |= _tied_later(model)
    distinct = {id(entry.tensor): entry for entry in reversed(named_tensors(model)) if id(entry.tensor) not in later}
    entries = [entry for entry in reversed(distinct.values()) if entry.kind == "parameter" and _drawable(entry.tensor)]
    found: dict[int, SameStart] = {}
    for group in _alike([(entry, _flat(entry.tensor)[:_START]) for entry in entries]):
        first = max(group, key=lambda entry: entry.tensor.numel())
        for second in group:
            if second is not first and (start := _compared(first, second)) is not None:
                found[id(second.tensor)] = start
    return tuple(found[id(entry.tensor)] for entry in entries if id(entry.tensor) in found)


def _tied_later(model: nn.Module) -> set[int]:
    names = {name for group in tied_groups(model) for name in group.names[1:]}
    first = {id(entry.tensor) for entry in named_tensors(model) if entry.name not in names} if names else set()
    return {id(entry.tensor) for entry in named_tensors(model) if entry.name in names} - first if names else set()


def _drawable(tensor: Tensor) -> bool:
    """Whether its values can have come out of a random stream in the order in which they lie."""
    plain = type(tensor) in (Tensor, nn.Parameter) and is_stored(tensor)
    return plain and tensor.is_floating_point() and tensor.numel() >= _START and tensor.is_contiguous()


def _flat(tensor: Tensor) -> Tensor:
    return tensor.detach().view(-1)


def _alike(starts: Sequence[tuple[NamedTensor, Tensor]]) -> Iterator[list[NamedTensor]]:
    """Groups of tensors of one dtype whose starts are the same but for scale and shift."""
    for dtype in dict.fromkeys(start.dtype for _, start in starts):
        entries = [entry for entry, start in starts if start.dtype == dtype]
        values = torch.stack([start for _, start in starts if start.dtype == dtype]).cpu().double().numpy()
        yield from _clusters(entries, values, float(torch.finfo(dtype).eps), dtype)


def _clusters(
    entries: list[NamedTensor], values: Float64s, eps: float, dtype: torch.dtype
) -> Iterator[list[NamedTensor]]:
    with np.errstate(all="ignore"):
        std = values.std(1, keepdims=True)
        standard = (values - values.mean(1, keepdims=True)) / std
        slack = np.minimum(_WIDEST, 8 * _ROUNDINGS * eps * np.abs(values).max(1) / std[:, 0])
    there = np.flatnonzero(np.isfinite(standard).all(1))
    order = there[np.argsort(standard[there, 0], kind="stable")]
    sorted_, taken = standard[order], np.zeros(len(order), np.bool_)
    for place, index in enumerate(order.tolist()):
        end = int(np.searchsorted(sorted_[:, 0], sorted_[place, 0] + 2 * _WIDEST, side="right"))
        if taken[place] or end <= place + 1:
            continue
        apart = np.abs(sorted_[place:end] - sorted_[place]).max(1)
        near = place + np.flatnonzero((apart <= slack[order[place:end]] + slack[index]) & ~taken[place:end])
        if len(near) > 1 and enough_digits(_bits(entries[index].tensor), dtype):
            taken[near] = True
            yield [entries[member] for member in sorted(order[near].tolist())]


def _bits(tensor: Tensor) -> NDArray[np.integer]:
    widths = {1: torch.uint8, 2: torch.int16, 4: torch.int32, 8: torch.int64}
    return _flat(tensor)[:_START].cpu().view(widths[tensor.itemsize]).numpy()


def _compared(first: NamedTensor, second: NamedTensor) -> SameStart | None:
    """How far the second goes on as it starts; None where that is not to its end, but for the last draws."""
    size, eps = second.tensor.numel(), float(torch.finfo(second.tensor.dtype).eps)
    x, y = (_flat(entry.tensor)[:size].cpu().double().numpy() for entry in (first, second))
    for scale, shift in _fits(x[:_START], y[:_START]):
        reach = np.abs(x) + np.abs(x[:_START]).max()
        off = np.abs(y - (shift + scale * x)) > _ROUNDINGS * eps * (abs(scale) * reach + abs(shift)) * (scale != 1)
        values = int(off.argmax()) if off.any() else size
        if values >= max(_START, size - _START):
            return SameStart(first.name, second.name, size, values, scale, shift)
    return None


def _fits(x: Float64s, y: Float64s) -> Iterator[tuple[float, float]]:
    """Scale and shift that may lead from x to y, the plainest first."""
    yield 1.0, 0.0
    yield float(x @ y / (x @ x)), 0.0
    scale = float((x - x.mean()) @ (y - y.mean()) / ((x - x.mean()) @ (x - x.mean())))
    yield scale, float(y.mean() - scale * x.mean())
