"""Values that come again where independent draws would not: rows, columns, halves, tiles, runs from one seed.

Whether a repeat is more than chance is judged by the information in what is repeated: how improbable those values are
under the distribution, on the grid of numbers that they lie on. Zeros of a mask and few distinct values have little.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, log2, prod
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..recipe.schemes.distribution import Distribution
from .parts import Floats
from .probability import cdf, support
from .rounding import put_lowest
from .where import Where

#: Bits that a repeat must have beyond those of the pairs tried: then its probability is below 1e-9.
CERTAIN_BITS = 30.0
#: Up to so many values, runs may begin anywhere; of more, where slices or the tensor begin.
_ANYWHERE = 2**16
#: What every clause on a repeat says.
BIT_FOR_BIT = "bit for bit"
#: Values looked at for how much information one usually has, and those of a repeat that are counted.
_TYPICAL, _COUNTED = 64, 4096
#: Candidates that are compared in full, the most informative first.
_COMPARED = 64
#: Where a value usually has less information than this, a repeat would have to be too long to be told.
_FEWEST_BITS = 0.25

Keys = NDArray[np.uint64]


#: The largest density of a standard normal, and the largest product of it and its place.
_DENSEST, _STEEPEST = 0.4, 0.2421


@dataclass(frozen=True)
class Draw:
    """The distribution of a value, and the grid on which it lies: relative steps, and the finest of them."""

    distribution: Distribution
    precision: float
    finest: float

    def bits(self, values: Tensor) -> Floats:
        """How many bits of chance each value holds, flattened: -log2 of the probability to be rounded to it."""
        if self._is_fine:
            return np.full(values.numel(), -log2(self.precision))
        x = values.reshape(-1).double().numpy()
        half = (self.precision * np.abs(x) + self.finest) / 2
        with np.errstate(all="ignore"):
            p = cdf(self.distribution, x + half) - cdf(self.distribution, x - half)
            p += np.where(x - 3 * half <= support(self.distribution)[0], self._lowest, 0.0)
            return np.asarray(-np.log2(np.clip(np.nan_to_num(p, nan=1.0), self.precision, 1.0)))

    @property
    def _lowest(self) -> float:
        return put_lowest(self.distribution, self.precision, self.finest)

    @property
    def _is_fine(self) -> bool:
        """Whether every value holds as many bits as the grid has steps: none is more probable than one of them."""
        most = 0.0
        for part in self.distribution.parts:
            least = self.finest / self.precision
            if part.family == "norm":
                most += part.share * (_STEEPEST + _DENSEST * (abs(part.loc) + least) / part.scale)
            elif part.family == "uniform":
                most += part.share * (max(abs(part.loc), abs(part.loc + part.scale)) + least) / part.scale
            else:
                return False
        return not self.distribution.atoms and most <= 1


class Chances(Protocol):
    """What tells how many bits of chance values hold."""

    def bits(self, values: Tensor) -> Floats:
        """For each value, flattened."""


def repeat(values: Tensor, draw: Chances, where: Where | None = None) -> str:
    """What repeats in values that should be independent draws, as a clause; "" where nothing does beyond chance.

    Args:
        values: all of them; draw: how improbable they are; where: they lie in their tensor, if they are not all of it.
    """
    if values.numel() < 2:
        return ""
    typical = float(draw.bits(values.reshape(-1)[:: max(1, values.numel() // _TYPICAL)]).mean())
    if typical < _FEWEST_BITS:
        return ""
    where = where or Where.whole(tuple(values.shape))
    for axis in range(values.dim() if values.dim() > 1 else 0):
        if found := _slices(values, axis, draw, typical, where):
            return found
    return _runs(values, draw, typical, where)


def _slices(values: Tensor, axis: int, draw: Chances, typical: float, where: Where) -> str:
    """Slices along an axis that are equal: rows of a matrix, columns."""
    slices = values.movedim(axis, 0)
    many, each = slices.shape[0], prod(slices.shape[1:])
    if many < 2:
        return ""
    pairs = log2(many * (many - 1) / 2)
    heads = _heads(slices, ceil((pairs + CERTAIN_BITS) / typical))
    same = _same_keys(_keys(heads))
    if not same or not _enough(draw.bits(heads[[i for i, _ in same]]), len(same), each, pairs):
        return ""
    likely = _informative(same, heads, draw)
    for i, j in likely:
        if torch.equal(slices[i], slices[j]) and _bits(draw, slices[i]) - pairs >= CERTAIN_BITS:
            if (
                2 < 2 * (j - i) <= many
                and len(same) == many - (j - i)
                and torch.equal(slices[j - i :], slices[: i - j])
            ):
                return f"its {where.called(axis)} repeat with a period of {j - i}, {BIT_FOR_BIT}"
            more = "" if len(same) == 1 else f"; in all {len(same):,} repeat another"
            return f"{where.slices(axis, i, j)} are equal {BIT_FOR_BIT}{more}"
    for i, j in likely:
        if torch.equal(heads[i], heads[j]) and _bits(draw, heads[i]) - pairs >= CERTAIN_BITS:
            apart = int((slices[i] != slices[j]).reshape(-1).int().argmax())
            return f"{where.slices(axis, i, j)} begin with the same {apart:,} values, {BIT_FOR_BIT}"
    return ""


def _heads(slices: Tensor, wanted: int) -> Tensor:
    """The first so many values of each slice, (slices, at most that many), without copying the others."""
    if slices.dim() == 1:
        return slices[:, None]
    while slices.dim() > 2:
        inner = prod(slices.shape[2:])
        slices = slices[:, : ceil(wanted / inner)].flatten(1, 2) if slices.shape[1] else slices.flatten(1, 2)
    return slices[:, :wanted]


def _keys(rows: Tensor) -> Keys:
    """A number for each row that is the same for equal rows, and hardly ever for others."""
    numbers = _as_numbers(rows)
    keys = np.zeros(numbers.shape[0], dtype=np.uint64)
    for column in numbers.T:
        keys = _mixed(keys, column)
    return keys


def _as_numbers(values: Tensor) -> Keys:
    """Whole numbers that differ where values do; zeros of both signs are equal."""
    array = values.contiguous().numpy() + 0.0
    return array.astype(np.float64, copy=False).view(np.uint64)


def _mixed(keys: Keys, more: Keys) -> Keys:
    mixed = (keys ^ (keys >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9) + more
    return np.asarray((mixed ^ (mixed >> np.uint64(32))) * np.uint64(0x94D049BB133111EB))


def _same_keys(keys: Keys) -> list[tuple[int, int]]:
    """Pairs of neighbors among those that have one key, each pair in order."""
    ordered = np.sort(keys)
    if not (ordered[1:] == ordered[:-1]).any():
        return []
    order = np.argsort(keys, kind="stable")
    again = np.flatnonzero(keys[order[1:]] == keys[order[:-1]])
    return list(zip(order[again].tolist(), order[again + 1].tolist(), strict=True))


def _enough(bits: Floats, candidates: int, each: int, pairs: float) -> bool:
    """Whether any candidate, by what is known of its beginning, may hold enough."""
    known = bits.reshape(candidates, -1)
    most = known.sum(1) if known.shape[1] >= each else known.sum(1) + known.max() * (each - known.shape[1])
    return bool(most.max() - pairs >= CERTAIN_BITS)


def _informative(same: list[tuple[int, int]], heads: Tensor, draw: Chances) -> list[tuple[int, int]]:
    """The pairs whose beginnings hold most."""
    held = draw.bits(heads[[i for i, _ in same]]).reshape(len(same), -1).sum(1)
    return [same[index] for index in np.argsort(-held, kind="stable")[:_COMPARED]]


def _bits(draw: Chances, values: Tensor) -> float:
    return float(draw.bits(values.reshape(-1)[:_COUNTED]).sum())


def _runs(values: Tensor, draw: Chances, typical: float, where: Where) -> str:
    """A run of values that comes again, read along the last axis first, or along the first."""
    readings: list[Callable[[Tensor], Tensor]] = [lambda tensor: tensor]
    if values.dim() > 1:
        readings.append(lambda tensor: tensor.permute(*range(tensor.dim() - 1, -1, -1)))
    pairs = 2 * log2(values.numel()) - 1
    length = ceil((pairs + CERTAIN_BITS) / typical)
    for backwards, reading in enumerate(readings):
        read = reading(values)
        long = values.dim() > 1 and prod(read.shape[1:]) >= length  # so its slices have been told from each other
        if long and (backwards or values.numel() > _ANYWHERE):
            continue
        found = _run(read.reshape(-1), length, pairs, draw)
        if found is not None:
            first, second, size = found
            places = [where.at(_place(index, tuple(read.shape), bool(backwards))) for index in (first, second)]
            along = " along the first axis" if backwards else ""
            return f"the {size:,} values{along} from {places[0]} on come again from {places[1]} on, {BIT_FOR_BIT}"
    return ""


def _place(index: int, shape: tuple[int, ...], backwards: bool) -> list[int]:
    where = [int(i) for i in np.unravel_index(index, shape)]
    return where[::-1] if backwards else where


def _run(flat: Tensor, length: int, pairs: float, draw: Chances) -> tuple[int, int, int] | None:
    """Where a run of at least so many values begins first, where it comes again, and how long it is."""
    if not 0 < length < flat.numel():
        return None
    for first, second in _anywhere(flat, length, pairs, draw) if flat.numel() <= _ANYWHERE else _again(flat, length):
        if _bits(draw, flat[first : first + length]) - pairs >= CERTAIN_BITS:
            equal = flat[first : first + flat.numel() - second] == flat[second:]
            size = int(torch.cat([equal, torch.tensor([False])]).int().argmin())
            if size >= length:
                return first, second, size
    return None


def _anywhere(flat: Tensor, length: int, pairs: float, draw: Chances) -> list[tuple[int, int]]:
    """Where runs of so many values begin that seem to be equal and hold enough, in order."""
    numbers = _as_numbers(flat)
    many = numbers.size - length + 1
    keys = np.zeros(many, dtype=np.uint64)
    for offset in range(length):
        keys = _mixed(keys, numbers[offset : offset + many])
    same = _same_keys(keys)
    if not same:
        return []
    held = np.concatenate([[0.0], np.cumsum(draw.bits(flat))])
    enough = held[length:] - held[:-length] - pairs >= CERTAIN_BITS - 1e-6
    return sorted(pair for pair in same if enough[pair[0]])[:_COMPARED]


def _again(flat: Tensor, length: int) -> list[tuple[int, int]]:
    """Where the first so many values of a long tensor come again, each with where they were: at 0."""
    at = (flat[1 : flat.numel() - length + 1] == flat[0]).nonzero().reshape(-1) + 1
    for offset in range(1, length):
        if not at.numel():
            break
        at = at[flat[at + offset] == flat[offset]]
    return [(0, int(index)) for index in at[:_COMPARED]]
