"""The two sides of a comparison: named tensors of a checkpoint, a state dict or a module, read part by part."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from ..module.walk import named_tensors
from .records import TensorRecord
from .refusing import said
from .unwrapping import unwrapped

#: Elements that are compared at a time: 8 MB in float64.
CHUNK = 2**20
State = Mapping[str, Any] | nn.Module


@dataclass(frozen=True, eq=False)
class Held:
    """A tensor of one side: its shape and dtype, and its values in row-major order, a chunk at a time.

    source: the tensor, or the record that reads it; region: equal for two names of one tensor, the same bytes in the
    same order.
    """

    name: str
    shape: tuple[int, ...]
    dtype: torch.dtype
    source: Tensor | TensorRecord
    region: tuple[Any, ...]

    @property
    def numel(self) -> int:
        """How many elements it has."""
        return torch.Size(self.shape).numel()

    def chunks(self) -> Iterator[Tensor]:
        """Its elements, (at most CHUNK,) at a time, on the CPU; ValueError where there are none to read."""
        source = self.source
        if isinstance(source, TensorRecord) and source.contiguous:
            for start in range(0, self.numel, CHUNK):
                yield _plain(source.part(start, min(start + CHUNK, self.numel)))
            return
        whole = source.read() if isinstance(source, TensorRecord) else _with_values(self.name, source)
        flat = whole.reshape(-1)
        for start in range(0, self.numel, CHUNK):
            yield _plain(flat[start : start + CHUNK])


def held(state: State, word: str) -> dict[str, Held]:
    """A side's tensors by name, persistent ones of a module; what is no tensor in a state dict is left out.

    Raises:
        ValueError: it is none of the three, or a name is no text; `word` says which side.
    """
    if isinstance(state, nn.Module):
        return {entry.name: _of(entry.name, entry.tensor) for entry in named_tensors(state) if entry.persistent}
    if not isinstance(state, Mapping):
        fact = f"{word} is a {type(state).__name__}, where a checkpoint, a state dict or a module can be compared"
        raise ValueError(f"{fact}; open a file with open_checkpoint(path)")
    names = next((name for name in state if not isinstance(name, str)), None)
    if names is not None:
        fact = f"{word} names a tensor by {type(names).__name__} {said(names)}, where names are texts"
        raise ValueError(f"{fact}; give the state dict itself")
    return {name: _of(name, value) for name, value in state.items() if isinstance(value, Tensor | TensorRecord)}


def matched(before: dict[str, Held], after: dict[str, Held]) -> tuple[dict[str, Held], dict[str, Held]]:
    """Both sides by names that can meet: where none do, without what wrappers put before them."""
    if before.keys() & after.keys() or not (before and after):
        return before, after
    sides = [_without_wrapping(side) for side in (before, after)]
    for one, other in ((sides[0], after), (before, sides[1]), (sides[0], sides[1])):
        if one.keys() & other.keys():
            return one, other
    return before, after


def _without_wrapping(side: dict[str, Held]) -> dict[str, Held]:
    names, _ = unwrapped(list(side), lightning=True)
    return dict(zip(names, side.values(), strict=True))


def _of(name: str, value: Tensor | TensorRecord) -> Held:
    if isinstance(value, TensorRecord):
        place = value.place
        bytes_of = (place.file, place.offset, place.strides, place.conjugate, place.negative)
        return Held(name, value.shape, value.dtype, value, (*bytes_of, value.shape, value.dtype))
    if is_lazy(value):
        raise ValueError(f"{said(name)} is lazy: it has no shape and no values; run the model once on a batch first")
    return Held(name, tuple(value.shape), value.dtype, value.detach(), _region(value))


def _region(tensor: Tensor) -> tuple[Any, ...]:
    """What two names of one tensor have in common; a tensor without memory of its own is equal to itself alone."""
    plain = tensor.layout == torch.strided and type(tensor) in (Tensor, nn.Parameter)
    if not plain or tensor.is_meta or tensor.is_quantized:
        return (id(tensor),)
    address = tensor.data_ptr() if tensor.numel() else id(tensor)
    marks = (tensor.is_conj(), tensor.is_neg())
    return (tensor.device, address, tuple(tensor.shape), tensor.stride(), tensor.dtype, *marks)


def _with_values(name: str, tensor: Tensor) -> Tensor:
    if tensor.is_meta:
        raise ValueError(
            f"{said(name)} is on the meta device: it has a shape and no values; load or initialize it first"
        )
    if tensor.is_quantized:
        return tensor.dequantize()
    return tensor if tensor.layout == torch.strided else tensor.to_dense()


def _plain(part: Tensor) -> Tensor:
    return part.cpu().resolve_conj().resolve_neg().contiguous()
