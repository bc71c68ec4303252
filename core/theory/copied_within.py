"""What repeats within a tensor of which nothing is promised: rows, columns, halves, tiles that were copied.

Where no distribution is known, a value is as improbable as the digits that it needs: some 23 binary ones behind the
point of a draw in float32, none of 0, 1 or -0.5, few of 0.1. Values that come often count by their share alone, those
that come again here and there by how many levels they have, and few distinct ones, as of a mask, not at all. What
repeats is said and breaks nothing, for nobody promised otherwise.
"""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from ..module.walk import NamedTensor
from ..questions.story import Story
from ..tensor.buffers import one_thread
from ..tensor.readable import viewable
from . import repeats
from .parts import Floats

#: A tensor of so few distinct magnitudes holds levels, or a pattern of them.
_FEW = 16
#: Fewer distinct ones tell nothing; one that comes more often than this, and than others do, is a level among draws.
_LEAST, _OFTEN = 3, 4
#: So few distinct ones may have been typed: 0.1 holds what one decimal digit does, whatever its binary ones.
_TYPED, _BITS_A_DECIMAL = 64, 3.33
#: Up to so many values, what repeats is put aside before they are counted; of more, so many are counted.
_COUNTED = 2**16
_DIGITS = 52
#: What repeats values by its meaning. (`copy_` is told as filling where a smaller tensor was put into every slice.)
_REPEATING = frozenset({"repeat", "tile", "expand", "repeat_interleave", "broadcast_to"})
_UPSAMPLING = "upsample_nearest"


def repeats_within(entry: NamedTensor, story: Story) -> str:
    """What repeats in a tensor of that story beyond chance, as a clause; "" where nothing does, or is meant to."""
    if not _is_looked_at(entry, story):
        return ""
    values = viewable(entry.tensor)[0]
    if values is None or values.numel() < 2 or not bool(torch.isfinite(values).all()):
        return ""
    return _of(values)


@one_thread()
def _of(values: Tensor) -> str:
    return repeats.repeat(values, _Digits(values))


def _is_looked_at(entry: NamedTensor, story: Story) -> bool:
    """Whether independent values may be expected: in what is trained, and in a table unless it was computed."""
    tensor = entry.tensor
    if not tensor.is_floating_point() or tensor.is_meta or tensor.layout != torch.strided:
        return False
    writes = list(_writes(story))
    if any(_repeats(write) for write in writes):
        return False
    is_trained = entry.kind == "parameter" and tensor.requires_grad
    return is_trained or any(write.kind in ("drawn", "default", "loaded", "written", "unseen") for write in writes)


def _repeats(write: Story) -> bool:
    """Whether it puts one value in many places by its meaning."""
    is_broadcast = write.kind == "filled" and write.function == "copy_"
    return is_broadcast or write.function in _REPEATING or write.function.startswith(_UPSAMPLING)


def _writes(story: Story) -> Iterator[Story]:
    """The writes that left the values there are, those to what they were copied from too."""
    for write in story.left:
        yield write
        if write.of is not None:
            yield from _writes(write.of)


class _Digits:
    """The bits that a tensor's values hold as far as they tell themselves."""

    def __init__(self, values: Tensor) -> None:
        self._numbers, self._bits = _counted(_sample(values))

    def bits(self, values: Tensor) -> Floats:
        """How many binary digits each value needs, flattened, and no more than its share of the values allows."""
        numbers = np.abs(values.reshape(-1).double().numpy())
        places = np.minimum(np.searchsorted(self._numbers, numbers), len(self._numbers) - 1)
        return np.where(self._numbers[places] == numbers, self._bits[places], _digits(numbers))


def _counted(values: Floats) -> tuple[Floats, Floats]:
    """The distinct ones of some magnitudes, in order, and how many bits each holds."""
    numbers, counts = np.unique(values, return_counts=True)
    needed = _digits(numbers)
    if len(numbers) <= _TYPED:
        needed = np.minimum(needed, [_BITS_A_DECIMAL * _decimals(number) for number in numbers.tolist()])
    is_of_levels = len(numbers) <= _FEW and 2 * len(numbers) < len(values)
    if len(numbers) < _LEAST or is_of_levels or needed.sum() < repeats.CERTAIN_BITS:
        return numbers, np.zeros(len(numbers))
    often = counts > max(_OFTEN, 2 * np.median(counts))
    shares = np.where(often, -np.log2(counts / len(values)), np.inf)
    others = values[~np.isin(values, numbers[often])]
    return numbers, np.minimum(np.minimum(needed, shares), _bits_of_levels(others))


def _bits_of_levels(values: Floats) -> float:
    """The bits of one of so many levels as make it usual that so many of the values equal another; most have none.

    Of n values on L levels n² / 2L do. Those that equal one at the most common distance are left out: they may be what
    repeats.
    """
    order = np.argsort(values, kind="stable")
    again = np.flatnonzero(values[order[1:]] == values[order[:-1]])
    if not len(again):
        return np.inf
    apart = np.unique(order[again + 1] - order[again], return_counts=True)[1]
    unexplained = len(again) - int(apart.max())
    return float(np.log2(max(1.0, len(values) ** 2 / 2 / unexplained))) if unexplained else np.inf


def _decimals(number: float) -> int:
    """How many decimal digits tell a number from the next in single precision, or in double where that is not it."""
    single = np.float32(number)
    short = np.format_float_scientific(single if single == number else np.float64(number), trim="-")
    return len(short.partition("e")[0].replace(".", ""))


def _sample(values: Tensor) -> Floats:
    """Magnitudes of a tensor, of a large one of some places; without the slices of a smaller one that repeat others."""
    if values.numel() > _COUNTED:
        some = torch.randint(values.numel(), (_COUNTED,), generator=torch.Generator().manual_seed(0))
        return np.asarray(np.abs(values.reshape(-1)[some].double().numpy()))
    if torch.unique(values).numel() < values.numel():
        for axis in range(values.dim()):
            values = _distinct(values, axis) if values.dim() > 1 else _period(values)
    return np.asarray(np.abs(values.reshape(-1).double().numpy()))


def _distinct(values: Tensor, axis: int) -> Tensor:
    """The first of equal slices along an axis, in their order."""
    which = torch.unique(values, dim=axis, return_inverse=True)[1].numpy()
    first = np.sort(np.unique(which, return_index=True)[1])
    return values.index_select(axis, torch.from_numpy(first))


def _period(values: Tensor) -> Tensor:
    """The shortest beginning of a vector that, repeated, is all of it."""
    size = values.numel()
    for length in (length for length in range(1, size // 2 + 1) if not size % length):
        if torch.equal(values[length:], values[:-length]):
            return values[:length]
    return values


def _digits(numbers: Floats) -> Floats:
    """Binary digits behind the first one that each of these magnitudes needs."""
    whole = np.ldexp(np.frexp(numbers)[0], _DIGITS + 1).astype(np.int64)
    lowest = np.frexp((whole & -whole).astype(np.float64))[1] - 1
    return np.where(whole > 0, _DIGITS - lowest, 0).astype(np.float64)
