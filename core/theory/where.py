"""Where values that are examined lie in their tensor: places are told by the tensor's own indices, not by a part's."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import prod

import numpy as np
from torch import Tensor

from ..recipe.slices import Box, Shape


@dataclass(frozen=True)
class Where:
    """The parts of a tensor that were put together to be examined, in their order.

    Attributes:
        of: the tensor's shape; boxes: the parts; shape: in which their values are examined, one part after the other.
        without: the index along axis 0 of a slice of them that was left out; None where none was.
        kept: bool, in `shape`: which of them are examined, one after the other, where only some are.
    """

    of: Shape
    boxes: tuple[Box, ...]
    shape: Shape
    without: int | None = None
    kept: Tensor | None = None

    @classmethod
    def whole(cls, shape: Shape) -> "Where":
        """All of a tensor."""
        return cls(shape, (Box.whole(shape),), shape)

    def leaving_out(self, row: int) -> "Where":
        """The same without one slice along axis 0."""
        return replace(self, without=row)

    def only(self, kept: Tensor) -> "Where":
        """Only some of the values, bool of their shape, one after the other."""
        return replace(self, kept=kept)

    def at(self, index: Sequence[int]) -> list[int]:
        """The tensor's indices of a value, given those among the values that are examined."""
        flat = self._place(index)
        for box in self.boxes:
            if flat < box.numel:
                inner = np.unravel_index(flat, box.shape) if box.shape else ()
                return [each.start + int(i) * each.step for each, i in zip(box.places, inner, strict=True)]
            flat -= box.numel
        raise IndexError(f"{list(index)} is none of the values of shape {self.shape}")

    def row(self, index: int) -> str:
        """A row of a matrix: `row 3`, or, where what is examined has other rows than the tensor, where it begins."""
        beginning = self.at([index, *[0] * (len(self.shape) - 1)])
        return f"row {beginning[0]:,}" if self._is_as_it_lies else f"the row from {beginning} on"

    def slices(self, axis: int, one: int, other: int) -> str:
        """Two slices along an axis, such as `rows 2 and 5` or `slices 2 and 5 along axis 1`."""
        first, second = (self.at([0] * axis + [i] + [0] * (len(self.shape) - axis - 1)) for i in (one, other))
        if self._is_as_it_lies:
            name = self.called(axis)
            along = "" if name != "slices" else f" along axis {axis}"
            return f"{name} {first[axis]:,} and {second[axis]:,}{along}"
        if self._are_side_by_side and not axis:
            return f"its parts {self.boxes[one].as_text(self.of)} and {self.boxes[other].as_text(self.of)}"
        return f"the slices that begin at {first} and {second}"

    def called(self, axis: int) -> str:
        """What slices along an axis are called."""
        if self._is_as_it_lies:
            return ("rows", "columns")[axis] if len(self.of) == 2 else "slices"
        return "parts" if self._are_side_by_side and not axis else "slices"

    @property
    def _is_as_it_lies(self) -> bool:
        return len(self.boxes) == 1 and self.boxes[0].shape == self.shape

    @property
    def _are_side_by_side(self) -> bool:
        return len(self.boxes) == self.shape[0] and prod(self.shape[1:]) == self.boxes[0].numel

    def _place(self, index: Sequence[int]) -> int:
        """The place of a value among those of all parts, one after the other."""
        if self.kept is not None:
            return int(self.kept.reshape(-1).nonzero()[index[0]])
        skipped = self.without is not None and index[0] >= self.without
        whole = [index[0] + skipped, *index[1:]] if len(index) else []
        return int(np.ravel_multi_index(whole, self.shape)) if self.shape else 0
