"""How a picture is cut: into cells that are drawn, and into pieces that fit the processor's cache."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Piece(NamedTuple):
    """Neighboring elements of one axis: whole cells, or a part of one; `fresh` unless an earlier piece began it."""

    start: int
    stop: int
    first_cell: int
    cells: int
    fresh: bool

    @property
    def length(self) -> int:
        """How many elements."""
        return self.stop - self.start

    @property
    def span(self) -> slice:
        """The elements."""
        return slice(self.start, self.stop)

    @property
    def cell_span(self) -> slice:
        """The cells they belong to."""
        return slice(self.first_cell, self.first_cell + self.cells)


def pieces(length: int, cell: int, limit: int) -> Iterator[Piece]:
    """Cut an axis with cells of `cell` elements, the last perhaps ragged, into pieces of at most `limit`.

    The cells of one piece are equally long.
    """
    full = length // cell
    if cell <= limit:
        together = limit // cell
        for first in range(0, full, together):
            last = min(first + together, full)
            yield Piece(first * cell, last * cell, first, last - first, True)
        if length % cell:
            yield Piece(full * cell, length, full, 1, True)
        return
    for first, start in enumerate(range(0, length, cell)):
        size = min(cell, length - start)
        parts = -(-size // limit)
        for part in range(parts):
            left, right = start + size * part // parts, start + size * (part + 1) // parts
            yield Piece(left, right, first, 1, part == 0)


@dataclass(frozen=True, slots=True)
class Grid:
    """Cells of `cell` (rows, columns) elements that cover a picture of `shape`; the last ones may be ragged."""

    shape: tuple[int, int]
    cell: tuple[int, int]

    @classmethod
    def at_most(cls, shape: tuple[int, int], max_rows: int, max_columns: int) -> "Grid":
        """The finest grid of equal cells with at most so many of them a side."""
        return cls(shape, (max(1, -(-shape[0] // max_rows)), max(1, -(-shape[1] // max_columns))))

    @property
    def cells(self) -> tuple[int, int]:
        """Rows and columns of cells."""
        return -(-self.shape[0] // self.cell[0]), -(-self.shape[1] // self.cell[1])

    @property
    def transposed(self) -> "Grid":
        """The same cells of the transposed picture."""
        return Grid(self.shape[::-1], self.cell[::-1])

    def sizes(self) -> NDArray[np.int64]:
        """Elements in each cell, int64 `cells`."""
        sizes = np.full(self.cells, math.prod(self.cell), np.int64)
        for axis, (length, cell) in enumerate(zip(self.shape, self.cell, strict=True)):
            if ragged := length % cell:
                last = sizes.swapaxes(0, axis)[-1]
                last[...] = last // cell * ragged
        return sizes
