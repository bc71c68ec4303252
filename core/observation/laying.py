"""Tensors that are laid out of others: joined, stacked, repeated, padded, each part of them a copy of one tensor."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product
from math import prod
from typing import Any, NamedTuple

from torch import Tensor

from ..recipe.slices import Box, Places
from .notes import Operand
from .operations import Operation
from .regions import Region

#: In more parts than these a tensor is not told.
_MOST = 256


class Laid(NamedTuple):
    """A part of a tensor, and what it is a copy of; None where a number fills it."""

    part: Tensor
    operand: Operand | None


def laid(
    known: Operation, tensor: Tensor, operands: Sequence[Operand], args: Sequence[Any], given: Mapping[str, Any]
) -> tuple[Laid, ...]:
    """The parts that an operation leaves in `tensor`, later ones over earlier ones; () where it does not lay any.

    Where there would be too many, the whole tensor is one of which nothing is known.
    """
    if known.effect == "copies":
        source = operands[-1] if operands else None
        copies = 1 if source is None else _copies(spread(source.region, tuple(tensor.shape)))
        if source is None or not 1 < copies <= _MOST or copies == tensor.numel():
            return ()
        return tuple(_unfolded(tensor, source))
    rule = _RULES.get(known.base) if known.effect == "joins" else None
    if rule is None:
        return ()
    numbers = known.numbers(args, given)
    sizes = _sizes(known, args, given)
    many = prod(sizes) if known.base == "repeat" else len(operands)
    if many > _MOST or not tensor.numel():
        return (Laid(tensor, None),)
    return tuple(rule(tensor, operands, numbers.get("dim", 0), sizes))


def spread(region: Region, shape: tuple[int, ...]) -> Region:
    """The region as torch broadcasts it to a shape; itself where it cannot be."""
    missing = len(shape) - len(region.shape)
    if missing < 0 and all(n == 1 for n in region.shape[:-missing]):  # as a copy drops leading axes of one
        return spread(region._replace(shape=region.shape[-missing:], stride=region.stride[-missing:]), shape)
    if missing < 0:
        return region
    sizes, steps = (*(1,) * missing, *region.shape), (*(0,) * missing, *region.stride)
    if any(own not in (1, n) for own, n in zip(sizes, shape, strict=True)):
        return region
    stride = tuple(step if own == n else 0 for own, step, n in zip(sizes, steps, shape, strict=True))
    return region._replace(shape=shape, stride=stride)


def _sizes(known: Operation, args: Sequence[Any], given: Mapping[str, Any]) -> tuple[int, ...]:
    """How often a tensor is repeated along each axis, or how far it is padded."""
    if known.base not in ("repeat", "constant_pad_nd"):
        return ()
    value = args[1] if len(args) > 1 else given.get(known.names[1], ())
    return tuple(int(each) for each in value)


def _copies(region: Region) -> int:
    """How often each element of memory stands in a region."""
    return prod(n for n, step in zip(region.shape, region.stride, strict=True) if not step)


def _unfolded(tensor: Tensor, source: Operand) -> Iterator[Laid]:
    """Each copy that an expanded tensor holds of what it was expanded from."""
    region = spread(source.region, tuple(tensor.shape))
    folded = [range(n) if not step else (None,) for n, step in zip(region.shape, region.stride, strict=True)]
    shape = tuple(n if step else 1 for n, step in zip(region.shape, region.stride, strict=True))
    for at in product(*folded):
        index = tuple(slice(None) if place is None else slice(place, place + 1) for place in at)
        yield Laid(tensor[index], source._replace(region=region._replace(shape=shape)))


def _joined(tensor: Tensor, operands: Sequence[Operand], axis: Any, _sizes: tuple[int, ...]) -> Iterator[Laid]:
    """One after the other along an axis; `torch.cat` passes over empty tensors of one axis."""
    start = 0
    for operand in operands:
        size = operand.region.shape[axis] if len(operand.region.shape) == tensor.dim() else 0
        if size:
            yield Laid(tensor.narrow(int(axis), start, size), operand)
        start += size


def _stacked(tensor: Tensor, operands: Sequence[Operand], axis: Any, _sizes: tuple[int, ...]) -> Iterator[Laid]:
    for index, operand in enumerate(operands):
        yield Laid(tensor.select(int(axis), index), operand)


def _repeated(tensor: Tensor, operands: Sequence[Operand], _axis: Any, sizes: tuple[int, ...]) -> Iterator[Laid]:
    source = operands[0]
    own = (*(1,) * (tensor.dim() - len(source.region.shape)), *source.region.shape)
    source = source._replace(region=spread(source.region, own))
    for at in product(*map(range, sizes)):
        index = tuple(slice(place * n, (place + 1) * n) for place, n in zip(at, own, strict=True))
        yield Laid(tensor[index], source)


def _padded(tensor: Tensor, operands: Sequence[Operand], _axis: Any, sizes: tuple[int, ...]) -> Iterator[Laid]:
    """A number around a tensor; a negative width takes some of the tensor away."""
    yield Laid(tensor, None)
    source = operands[0]
    widths = [(0, 0)] * tensor.dim()
    for axis in range(len(sizes) // 2):
        widths[-1 - axis] = sizes[2 * axis], sizes[2 * axis + 1]
    inner = zip(widths, source.region.shape, strict=True)
    kept = Box(tuple(Places(max(0, -low), n - max(0, -high)) for (low, high), n in inner))
    if kept.numel:
        outer = zip(widths, tensor.shape, strict=True)
        index = tuple(slice(max(0, low), n - max(0, high)) for (low, high), n in outer)
        yield Laid(tensor[index], source._replace(region=source.region.part(kept)))


_Rule = Callable[[Tensor, Sequence[Operand], Any, tuple[int, ...]], Iterator[Laid]]
_RULES: dict[str, _Rule] = {"cat": _joined, "stack": _stacked, "repeat": _repeated, "constant_pad_nd": _padded}
