"""Which tensors share bytes: a fact about memory, never about values, storages or the first address alone.

A tensor's extent is the span of addresses its elements lie in. Only tensors whose extents meet are looked at more
closely: their elements may still interleave without touching, as even and odd rows of one matrix do.
"""

import itertools
from collections.abc import Sequence
from operator import attrgetter
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

_PLAIN = frozenset((Tensor, nn.Parameter))
Extents = NDArray[np.int64]


def overlapping(tensors: Sequence[Tensor]) -> list[list[Tensor]]:
    """Groups of two or more of these distinct tensors that are connected by common bytes, each in address order.

    Tensors without bytes of their own to share (empty, on the meta device, uninitialized, sparse) are in none.
    """
    order, bounds = _runs(extents(tensors))
    together = np.flatnonzero(np.diff(bounds) > 1)
    clusters = ([tensors[i] for i in order[bounds[run] : bounds[run + 1]].tolist()] for run in together.tolist())
    return [group for cluster in clusters for group in _connected(cluster) if len(group) > 1]


def overlap(a: Tensor, b: Tensor) -> bool:
    """Whether at least one byte belongs to an element of each."""
    (low_a, high_a), (low_b, high_b) = (map(int, extent) for extent in extents([a, b]))
    if min(high_a, high_b) <= max(low_a, low_b) or a.device != b.device:
        return False
    if dense(a) and dense(b):
        return True
    first, second = (_reached([tensor], min(low_a, low_b), max(high_a, high_b)) for tensor in (a, b))
    return bool((first & second).any())


def stored_bytes(tensors: Sequence[Tensor]) -> int:
    """Bytes that the elements of all these tensors occupy together: overlaps once, an expanded one as it is stored.

    A tensor that is not strided counts as if it were dense, one without memory (meta, uninitialized) not at all.
    """
    distinct = list({id(tensor): tensor for tensor in tensors}.values())
    loose = sum(t.numel() * t.itemsize for t in distinct if t.layout != torch.strided)
    order, bounds = _runs(extents(distinct))
    runs = itertools.pairwise(bounds.tolist())
    return loose + sum(_union([distinct[i] for i in order[begin:end].tolist()]) for begin, end in runs)


def dense(tensor: Tensor) -> bool:
    """Whether the elements fill their extent without a gap and without sharing a byte, in whatever order.

    They do if each axis, taken by its stride, steps over exactly what the smaller ones fill.
    """
    filled = 1
    for stride, size in sorted((stride, size) for size, stride in zip(tensor.shape, tensor.stride(), strict=True)):
        if size > 1 and stride != filled:
            return False
        filled *= size
    return True


def extents(tensors: Sequence[Tensor]) -> Extents:
    """The address of the first byte each tensor reaches, and the one after the last: int64 (n, 2), equal for none."""
    if set(map(type, tensors)) <= _PLAIN and {*map(attrgetter("layout"), tensors)} <= {torch.strided}:
        # Of thousands of tensors, one by one, the question would take longer than the answer.
        low = np.fromiter(map(Tensor.data_ptr, tensors), np.int64)
        size = np.fromiter(map(attrgetter("nbytes"), tensors), np.int64)
        contiguous = np.fromiter(map(Tensor.is_contiguous, tensors), np.bool_)
        for index in np.flatnonzero(~contiguous).tolist():
            size[index] = _span(tensors[index])
    else:
        low = np.fromiter(map(_address, tensors), np.int64)
        size = np.fromiter((_span(t) if at else 0 for t, at in zip(tensors, low, strict=True)), np.int64)
    return np.stack((low, low + np.where(low, size, 0)), axis=1)


def _address(tensor: Tensor) -> int:
    if is_lazy(tensor) or tensor.layout != torch.strided:
        return 0
    try:
        return tensor.data_ptr()
    except RuntimeError:  # of a subclass that wraps others, or only pretends to have data
        return 0


def _span(tensor: Tensor) -> int:
    """Bytes from the first element to the end of the last."""
    if tensor.numel() == 0:
        return 0
    last = sum((size - 1) * stride for size, stride in zip(tensor.shape, tensor.stride(), strict=True))
    return int(last + 1) * tensor.itemsize


def _runs(spans: Extents) -> tuple[Extents, Extents]:
    """Indexes of spans in address order, those without a byte left out, and the bounds in it of runs that meet."""
    order = np.lexsort((spans[:, 1], spans[:, 0]))
    order = order[spans[order, 0] < spans[order, 1]]
    ends = np.maximum.accumulate(spans[order, 1])
    begins = np.flatnonzero(spans[order[1:], 0] >= ends[:-1]) + 1
    return order, np.concatenate(([0], begins, [len(order)])) if len(order) else np.zeros(1, np.int64)


def _connected(tensors: list[Tensor]) -> list[list[Tensor]]:
    """Connected components under element overlap."""
    components: list[list[Tensor]] = []
    for tensor in tensors:
        touching = [component for component in components if any(overlap(tensor, other) for other in component)]
        components = [component for component in components if not any(component is other for other in touching)]
        components.append([*(member for component in touching for member in component), tensor])
    return components


def _union(tensors: list[Tensor]) -> int:
    if len(tensors) == 1 and dense(tensors[0]):
        return tensors[0].numel() * tensors[0].itemsize
    spans = extents(tensors)
    return int(_reached(tensors, int(spans[:, 0].min()), int(spans[:, 1].max())).sum())


def _reached(tensors: list[Tensor], low: int, high: int) -> Tensor:
    """Bool (high - low,), marked where an element of one of `tensors` has a byte; exact for any strides."""
    reached = torch.zeros(high - low, dtype=torch.bool, device="cpu")
    for tensor in tensors:
        size = tensor.itemsize
        strides: list[Any] = [stride * size for stride in tensor.stride()]
        # Rows that are one row in memory are marked once: there may be 10¹² of them.
        once = [n if step else min(n, 1) for n, step in zip(tensor.shape, strides, strict=True)]
        reached.as_strided((*once, size), (*strides, 1), tensor.data_ptr() - low).fill_(True)
    return reached
