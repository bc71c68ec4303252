"""Which part of one tensor a write to another reached, both views into one memory, by strides alone."""

from math import prod
from typing import Literal, NamedTuple

from torch import Tensor

from ..recipe.slices import Box

#: Of each axis: start, stop and step.
Slices = tuple[tuple[int, int, int], ...]
#: Slices of a tensor; all of it; none of it; some of it, but not as slices.
Reached = Slices | Literal["all", "none", "scattered"]
_Axes = list[tuple[int, int]]


class Region(NamedTuple):
    """Where a strided tensor lies in its storage, in elements of so many bytes."""

    offset: int
    shape: tuple[int, ...]
    stride: tuple[int, ...]
    itemsize: int

    @classmethod
    def of(cls, tensor: Tensor) -> "Region":
        """The region of a tensor."""
        return cls(int(tensor.storage_offset()), tuple(tensor.shape), tensor.stride(), tensor.element_size())

    def part(self, box: Box) -> "Region":
        """That part of the tensor."""
        offset = sum(places.start * step for places, step in zip(box.places, self.stride, strict=True))
        stride = tuple(places.step * step for places, step in zip(box.places, self.stride, strict=True))
        return self._replace(offset=self.offset + offset, shape=box.shape, stride=stride)

    @property
    def order(self) -> tuple[tuple[int, int], ...]:
        """Its axes from the outermost, as sizes and steps, those in one that are one run of memory."""
        axes: _Axes = []
        for n, step in zip(self.shape, self.stride, strict=True):
            if n > 1 and axes and axes[-1][1] == n * step:
                axes[-1] = (axes[-1][0] * n, step)
            elif n > 1:
                axes.append((n, step))
        return tuple(axes)

    @property
    def repeats(self) -> bool:
        """Whether an element of memory stands in it more than once, as in what was expanded or unfolded."""
        reach = 0
        for n, step in sorted(zip(self.shape, self.stride, strict=True), key=lambda axis: axis[1]):
            if n > 1 and step <= reach:
                return True
            reach += (n - 1) * step
        return False

    @property
    def end(self) -> int:
        """Offset after the last element."""
        return self.offset + 1 + sum((n - 1) * step for n, step in zip(self.shape, self.stride, strict=True))


def reached(written: Region, region: Region) -> Reached:
    """Which part of `region` a write to all of `written` reached, both of one storage."""
    if not prod(written.shape) or not prod(region.shape):
        return "none"
    if written == region:
        return "all"
    if written.itemsize != region.itemsize:
        return "scattered"  # as seen through another dtype
    if written.end <= region.offset or region.end <= written.offset:
        return "none"
    runs = _axes(written)
    if not _is_one_run(runs):
        return _mapped(written.offset - region.offset, runs, region)
    return _of_run(written, region, runs)


def is_diagonal(written: Region, region: Region) -> bool:
    """Whether a write reached the main diagonal of a matrix, and just that."""
    if len(region.shape) != 2 or written.itemsize != region.itemsize:
        return False
    along = (min(region.shape),), (sum(region.stride),)
    return written.offset == region.offset and (written.shape, written.stride) == along


def _of_run(written: Region, region: Region, runs: _Axes) -> Reached:
    """Of a write to elements that lie without a gap: what of it lies outside of the region does not matter to it."""
    if written.offset <= region.offset and written.end >= region.end:
        return "all"
    if written.offset >= region.offset and written.end <= region.end:
        found = _mapped(written.offset - region.offset, runs, region)
        if found not in ("none", "scattered"):
            return found
    if region.repeats:
        return "scattered"
    axes = sorted((axis for axis, n in enumerate(region.shape) if n > 1), key=lambda axis: -region.stride[axis])
    cut = _between(written.offset - region.offset, written.end - region.offset, axes, region)
    if cut is None or isinstance(cut, str):
        return cut or "none"
    return tuple((*cut.get(axis, (0, n)), 1) for axis, n in enumerate(region.shape))


def _between(
    low: int, high: int, axes: list[int], region: Region
) -> dict[int, tuple[int, int]] | Literal["scattered"] | None:
    """Start and stop along axes, widest stride first, of the elements from `low` on and below `high`; None of none.

    Axes that are left out are reached as a whole.
    """
    if not axes:
        return {} if low <= 0 < high else None
    axis, *inner = axes
    n, step = region.shape[axis], region.stride[axis]
    extent = 1 + sum((region.shape[each] - 1) * region.stride[each] for each in inner)
    first, stop = max(0, -(-low // step)), min(n, (high - extent) // step + 1)
    whole = range(first, stop)
    edges = sorted({place for place in (first - 1, first, stop) if 0 <= place < n and place not in whole})
    found = [(place, _between(low - place * step, high - place * step, inner, region)) for place in edges]
    parts = [(place, part) for place, part in found if part is not None]
    if not parts:
        return {axis: (first, stop)} if whole else None
    (place, part), *more = parts
    return "scattered" if whole or more or isinstance(part, str) else {axis: (place, place + 1), **part}


def _axes(region: Region) -> _Axes:
    """(size, stride) of what really runs through memory, widest stride first, axes that continue each other as one."""
    axes = sorted(
        ((n, step) for n, step in zip(region.shape, region.stride, strict=True) if n > 1 and step),
        key=lambda axis: -axis[1],
    )
    merged: _Axes = []
    for n, step in axes:
        if merged and merged[-1][1] == n * step:
            merged[-1] = (merged[-1][0] * n, step)
        else:
            merged.append((n, step))
    return merged


def _is_one_run(axes: _Axes) -> bool:
    return not axes or (len(axes) == 1 and axes[0][1] == 1)


def _mapped(distance: int, axes: _Axes, region: Region) -> Reached:
    """What elements at a distance from the region's first, and on along `axes`, are as slices of the region."""
    order = sorted(
        (axis for axis, n in enumerate(region.shape) if n > 1 and region.stride[axis]),
        key=lambda axis: -region.stride[axis],
    )
    if distance < 0 or any(n > 1 and not step for n, step in zip(region.shape, region.stride, strict=True)):
        return "scattered"
    slices = dict.fromkeys(range(len(region.shape)), (0, 1, 1))
    outer = 0
    for axis in order:
        beyond = distance
        start, distance = divmod(distance, region.stride[axis])
        if start >= region.shape[axis]:
            return "none" if not outer or _stays(beyond, axes, outer) else "scattered"
        outer = region.stride[axis]
        slices[axis] = (start, start + 1, 1)
    if distance:
        return "scattered"
    for n, step in axes:
        if not _laid(n, step, order, region, slices):
            return "scattered"
    found = tuple(slices[axis] for axis in range(len(region.shape)))
    return "all" if all(cut == (0, n, 1) for cut, n in zip(found, region.shape, strict=True)) else found


def _stays(beyond: int, axes: _Axes, outer: int) -> bool:
    """Whether elements that begin in a gap between two steps of an axis all lie in such gaps, `beyond` the step."""
    return beyond + sum((n - 1) * step for n, step in axes if step < outer) < outer and not any(
        step % outer for _, step in axes if step >= outer
    )


def _laid(n: int, step: int, order: list[int], region: Region, slices: dict[int, tuple[int, int, int]]) -> bool:
    """Lay one run of `n` elements that are `step` apart along the region's axes; whether that gave slices."""
    for position in range(len(order) - 1, -1, -1):
        axis = order[position]
        stride, size = region.stride[axis], region.shape[axis]
        if step % stride or step // stride >= size:
            continue
        start, stop, _ = slices[axis]
        by = step // stride
        if stop != start + 1:
            return False
        if start + (n - 1) * by < size:
            slices[axis] = (start, start + (n - 1) * by + 1, by)
            return True
        if size % by or start >= by or n % (size // by) or not position:
            return False
        if region.stride[order[position - 1]] != size * stride:
            return False
        slices[axis] = (start, size - by + start + 1, by)  # along all of this axis, and on along the next wider one
        return _laid(n // (size // by), size * stride, order[:position], region, slices)
    return False
