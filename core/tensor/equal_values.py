"""Which distinct tensors are equal bit for bit, though no byte of one belongs to another.

Equality proves no tie: it is a fact about values at one moment. Nor is every equality worth a word. Zeros, ones, an
identity or a mask are equal wherever they stand, and so are the tables of integers that modules keep as buffers. What
is said is what independent draws never give: see `telling`.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ..module.tying import tied_groups
from ..module.walk import NamedTensor, named_tensors
from .entropy import Bits, telling
from .readable import is_stored

_WIDTHS = {1: torch.uint8, 2: torch.int16, 4: torch.int32, 8: torch.int64}
#: How many elements are looked at before two tensors of one shape are compared as a whole.
_SAMPLE = 64


def equal_tensors(model: nn.Module) -> tuple[tuple[NamedTensor, ...], ...]:
    """Groups of two or more tensors of one shape and dtype that are equal bit for bit and not tied to each other.

    NaN of equal payloads are equal, zeros of different sign are not. Tensors are told apart by their shapes, then by
    64 of their elements, and only those that agree there are read as a whole. Left out are tensors without data, sparse
    and quantized ones, buffers of integers, and values that are no evidence, by `telling`.

    Returns:
        The groups and the tensors in each in registration order, of names that are tied to each other the first.
    """
    distinct = {id(entry.tensor): entry for entry in reversed(named_tensors(model))}.values()
    candidates = [entry for entry in reversed(distinct) if not _is_index(entry)]
    alike = _parted([candidates], lambda entry: (entry.tensor.dtype, entry.tensor.shape) if _holds(entry) else None)
    if not alike:
        return ()
    first = {name: group.names[0] for group in tied_groups(model) for name in group.names}
    bits = {id(e.tensor): found for group in alike for e in group if (found := _bits(e.tensor)) is not None}
    readable = ([entry for entry in group if id(entry.tensor) in bits] for group in alike)
    sampled = _parted(readable, lambda entry: _sample(bits[id(entry.tensor)]))
    summed = _parted(sampled, lambda entry: int(bits[id(entry.tensor)].sum(dtype=np.int64)))
    groups = (_untied(equal, first) for group in summed for equal in _equal(group, bits))
    said = (group for group in groups if len(group) > 1 and telling(bits[id(group[0].tensor)], group[0].tensor.dtype))
    places = {id(entry.tensor): place for place, entry in enumerate(candidates)}
    return tuple(sorted(said, key=lambda group: places[id(group[0].tensor)]))


def _is_index(entry: NamedTensor) -> bool:
    """Whether it is a buffer of integers or truth values: a table of positions, a mask, a counter."""
    return entry.kind == "buffer" and not (entry.tensor.is_floating_point() or entry.tensor.is_complex())


def _holds(entry: NamedTensor) -> bool:
    """Whether there are values to compare, two at least: a single one is no evidence."""
    tensor = entry.tensor
    return is_stored(tensor) and tensor.numel() > 1


def _bits(tensor: Tensor) -> Bits | None:
    """Its elements as integers of as many bits, real and imaginary parts along an axis more; None of a stand-in."""
    try:
        plain = tensor.detach().cpu().resolve_conj().resolve_neg()
        if plain.is_complex():
            plain = torch.view_as_real(plain)
        return plain.view(_WIDTHS[plain.itemsize]).numpy()
    except (KeyError, RuntimeError, TypeError):  # a subclass that wraps others, or only pretends to have data
        return None


def _sample(bits: Bits) -> bytes:
    return bits.tobytes() if bits.size <= _SAMPLE else bits[_places(bits.shape)].tobytes()


@lru_cache(256)
def _places(shape: tuple[int, ...]) -> tuple[NDArray[np.intp], ...]:
    """Evenly spaced places, from the first element to the last."""
    size = int(np.prod(shape, dtype=np.int64))
    return np.unravel_index(np.linspace(0, size - 1, _SAMPLE).astype(np.int64), shape)


def _parted(groups: Iterable[Sequence[NamedTensor]], key: Callable[[NamedTensor], Hashable]) -> list[list[NamedTensor]]:
    """Each group parted by a key, None for those to be left out; only parts of two or more."""
    parts: list[list[NamedTensor]] = []
    for group in groups:
        found: dict[Hashable, list[NamedTensor]] = defaultdict(list)
        for entry in group:
            found[key(entry)].append(entry)
        found.pop(None, None)
        parts += (part for part in found.values() if len(part) > 1)
    return parts


def _equal(group: Sequence[NamedTensor], bits: Mapping[int, Bits]) -> list[list[NamedTensor]]:
    """A group parted by all values."""
    parts: list[list[NamedTensor]] = []
    for entry in group:
        mine = bits[id(entry.tensor)]
        same = next((part for part in parts if np.array_equal(bits[id(part[0].tensor)], mine)), None)
        if same is None:
            parts.append([entry])
        else:
            same.append(entry)
    return parts


def _untied(group: Sequence[NamedTensor], first: Mapping[str, str]) -> tuple[NamedTensor, ...]:
    """One tensor of each tied group."""
    kept = {first.get(entry.name, entry.name): entry for entry in reversed(group)}
    return tuple(reversed(kept.values()))
