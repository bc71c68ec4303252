"""Which elements of a tensor differ between two moments, bit for bit, and what they were and are."""

from dataclasses import replace

import numpy as np
from torch import Tensor, nn

from ..module.walk import named_tensors
from ..questions.tensor import ChangedCells
from .compare import differing
from .readable import viewable
from .spelling import own_numbers, spelled


def changed_cells(before: nn.Module, after: nn.Module, limit: int) -> tuple[ChangedCells, ...]:
    """Every name, second names too, whose tensor differs, with its first `limit` changed elements in row-major order.

    A tensor that is new, gone, reshaped, of another dtype or without data is not compared.
    """
    earlier = {entry.name: entry.tensor for entry in named_tensors(before)}
    compared: dict[tuple[int, int], ChangedCells | None] = {}
    found = []
    for entry in named_tensors(after):
        old = earlier.get(entry.name)
        if old is None:
            continue
        pair = (id(old), id(entry.tensor))  # under two names a tensor is compared once
        if pair not in compared:
            compared[pair] = _changed(entry.name, old, entry.tensor, limit)
        cells = compared[pair]
        if cells is not None:
            found.append(replace(cells, name=entry.name))
    return tuple(found)


def _changed(name: str, before: Tensor, after: Tensor, limit: int) -> ChangedCells | None:
    differs = differing(before, after)
    if differs is None or not differs.any():
        return None
    flat = differs.nonzero()[:, 0]
    shape, first = tuple(after.shape), flat[:limit].numpy()
    index = np.stack(np.unravel_index(first, shape), axis=1) if shape else np.empty((len(first), 0))
    values = (viewable(tensor)[0] for tensor in (before, after))
    old, new = (view.reshape(-1)[first].double().numpy() for view in values if view is not None)
    at = int(first[0])
    first_spelled = _spelled(before, at), _spelled(after, at)
    return ChangedCells(name, shape, len(flat), index.astype(np.int64), old, new, first_spelled)


def _spelled(tensor: Tensor, at: int) -> str:
    view, _ = viewable(tensor)
    return "" if view is None else spelled(own_numbers(tensor, view).reshape(-1)[at])
