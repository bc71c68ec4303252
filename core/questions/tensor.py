"""What can be asked about one tensor: its card, its values, how it is reached, and what changed in it."""

from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from pydantic import AfterValidator, Field

from ..recipe.numbers import Count, Shape, Size
from ..recipe.words import Lines, Name, Words
from .arrays import Float64Matrix, Float64s, IntegerMatrix
from .base import Request
from .checks import differ, must
from .model import TensorInfo
from .picture import Block, Heatmap, Histogram, Layout, Summary, Window, within

_MOST_BLOCKS, _MOST_VALUES = 16, 4096


@dataclass(frozen=True, slots=True)
class Change:
    """Whether a tensor differs between two moments, bit for bit.

    Attributes:
        name: qualified name; shape: at the later moment, None while uninitialized.
        changed: elements whose bits differ; None where the tensor is new, gone, reshaped or without data.
        relative: L2 norm of the difference over that of the earlier values; None where undefined.
    """

    name: Name
    shape: Shape | None
    numel: Count
    changed: Count | None
    relative: float | None


def _each_once(changes: tuple[Change, ...]) -> tuple[Change, ...]:
    differ((change.name for change in changes), "names of tensors")
    return changes


Changes = Annotated[tuple[Change, ...], AfterValidator(_each_once)]


@dataclass(frozen=True, slots=True)
class Card:
    """A tensor before and after on one ruler.

    Attributes:
        info: the tensor at the later moment (the earlier one when it is gone); owner_type: its module's class.
        before, after: statistics of all its values; None where it does not exist or holds no data.
        change: what differs; difference: statistics of after - before where both exist.
        histogram: counts of before and after (of whichever exist, in that order) on one array of edges.
        pictures: before, after, or just the difference; None where there is nothing to draw.
        layout: how the axes lie; axes: their names; blocks: labeled parts of axis 0; grid: see `layout.grid_steps`.
        note: what a viewer must know of the values, such as that magnitudes are shown.
    """

    info: TensorInfo
    owner_type: Words
    before: Summary | None
    after: Summary | None
    change: Change
    difference: Summary | None
    histogram: Histogram | None
    pictures: Annotated[tuple[Heatmap | None, ...], Field(min_length=1, max_length=2)]
    layout: Layout
    axes: tuple[Words, ...]
    blocks: Annotated[tuple[Block, ...], Field(max_length=_MOST_BLOCKS)]
    grid: tuple[Count, Count]
    note: Words

    def __post_init__(self) -> None:
        if self.histogram is not None:
            must(len(self.histogram.counts) == len(self.counted), "counts of each tensor that has values")

    @property
    def counted(self) -> tuple[str, ...]:
        """Of what the histogram holds counts, one after the other: "difference", or which of "before" and "after"."""
        if len(self.pictures) == 1:
            return ("difference",)
        moments = (("before", self.before), ("after", self.after))
        return tuple(moment for moment, summary in moments if summary and summary.numel)


@dataclass(frozen=True, slots=True)
class Values:
    """A small matrix exactly as it is, for a table: float64 holds every float32 and smaller value.

    Attributes:
        printed: each element, row after row, as torch prints it alone; exact: with as many digits as tell it from all
            others of its dtype.
    """

    values: Float64Matrix
    printed: tuple[Words, ...]
    exact: tuple[Words, ...]

    def __post_init__(self) -> None:
        must(len(self.printed) == len(self.exact) == self.values.size, "each value is spelled")
        must(self.values.size <= _MOST_VALUES, f"there are at most {_MOST_VALUES} values")
        must(max(self.values.shape) <= _MOST_VALUES, "none of its sides is longer")


@dataclass(frozen=True, slots=True)
class ChangedCells:
    """Where one name's tensor differs between two moments, bit for bit.

    Attributes:
        name: qualified name, second names too; shape: its shape, equal at both moments.
        changed: how many elements differ.
        index: int64 (n, rank), the first n of them in storage order; before, after: float64 (n,), their values.
        first: the first one before and after with every digit, where float64 rounds whole numbers.
    """

    name: Name
    shape: Shape
    changed: Size
    index: IntegerMatrix
    before: Float64s
    after: Float64s
    first: tuple[Words, Words]

    def __post_init__(self) -> None:
        listed, rank = self.index.shape
        must(listed >= 1 and rank == len(self.shape), "an index for each axis of some element")
        must(len(self.before) == len(self.after) == listed, "two values each element")
        must(((self.index >= 0) & (self.index < np.array(self.shape, np.int64))).all(), "indices lie in the shape")


@dataclass(frozen=True)
class GetChanges(Request[Changes]):
    """What differs between the moments, for every tensor under its first name."""

    reply = Changes
    compares = True


def _check_card(card: Card, difference: bool, cells: int) -> None:
    must(len(card.pictures) == (1 if difference else 2), "there is a picture of each moment, or one of the difference")
    for picture in card.pictures:
        within(picture, cells)


@dataclass(frozen=True)
class GetCards(Request[tuple[Card, ...]]):
    """Cards of the named tensors; `cells` bounds the rows and the columns of a picture."""

    names: tuple[str, ...] = ()
    cells: int = 96
    difference: bool = False
    reply = tuple[Card, ...]
    compares = True

    def check(self, answer: Any, _moment: int, /) -> None:
        """Each is about the tensor that was asked for."""
        must(tuple(card.info.name for card in answer) == self.names, "the names are those asked for")
        for card in answer:
            _check_card(card, self.difference, self.cells)


@dataclass(frozen=True)
class GetDetail(Request[Card]):
    """One tensor's card in a chosen layout and window (first row, row after the last, the same for columns)."""

    name: str
    layout: Layout | None = None
    window: Window | None = None
    cells: int = 160
    difference: bool = False
    reply = Card
    compares = True

    def check(self, answer: Any, _moment: int, /) -> None:
        """It is about the tensor that was asked for."""
        must(answer.info.name == self.name, "the name is the one asked for")
        _check_card(answer, self.difference, self.cells)


@dataclass(frozen=True)
class GetValues(Request[Values]):
    """A small tensor's values at the later moment, laid out as a matrix."""

    name: str
    reply = Values


@dataclass(frozen=True, slots=True)
class Access:
    """How one tensor is reached from code and what is there.

    Attributes:
        expressions: Python expressions that give this very object; state_dict_key: its key, None when not saved.
        class_name: type of the object; value, grad: as torch prints them, grad None before any backward pass.
        grad_note: one sentence about the gradient.
    """

    info: TensorInfo
    expressions: tuple[Lines, ...]
    state_dict_key: Name | None
    class_name: Words
    value: Lines
    grad: Lines | None
    grad_note: Words


@dataclass(frozen=True, slots=True)
class Distance:
    """How far two tensors of one model are apart: whether bit for bit equal, L2 norm and largest magnitude."""

    equal: bool
    l2: float | None
    largest: float | None


@dataclass(frozen=True)
class GetAccess(Request[Access]):
    """How to reach one tensor of the later moment, and its value and gradient as torch prints them."""

    name: str
    reply = Access


@dataclass(frozen=True)
class GetDistance(Request[Distance]):
    """How far two tensors of the later moment are apart."""

    first: str
    second: str
    reply = Distance


@dataclass(frozen=True)
class GetChangedCells(Request[tuple[ChangedCells, ...]]):
    """Every name whose tensor differs between the moments, with its first `limit` changed elements."""

    limit: int = 64
    reply = tuple[ChangedCells, ...]
    compares = True

    def check(self, answer: Any, _moment: int, /) -> None:
        """Each tensor is listed once, with no more elements than asked for."""
        differ((cells.name for cells in answer), "names of tensors")
        must(all(len(cells.index) <= self.limit for cells in answer), "no more elements than asked for")
