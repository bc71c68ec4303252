"""Parts that a declaration names behind a pattern: `lstm.bias_hh_l0[n/4:n/2]`, `emb.weight[0]`, `qkv.weight[:, -1]`."""

import ast
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .declared_numbers import resolved
from .declared_sizes import Sizes
from .schemes.promise import Shape
from .slices import Box, Places

_EXAMPLE = 'write for example "emb.weight[0]" or "lstm.bias_hh_l0[n/4:n/2]"'
#: What a shell pattern's own brackets, such as `[01]` and `[a-z]`, do not hold.
_OF_SLICES = frozenset(":,/*( ")


@dataclass(frozen=True)
class Along:
    """What is taken along one axis: from `start` to `stop` in steps; `one` where it is the single place `start`.

    The numbers may be terms; None is left to the axis.
    """

    start: Any = None
    stop: Any = None
    step: Any = None
    one: bool = False

    def at(self, shape: Shape, size: int, written: str) -> Places:
        """Its places on an axis of that size.

        Raises:
            ValueError: they are not whole numbers, or not on the axis.
        """
        sizes = Sizes(shape, size)
        start, stop, step = (_whole(each, sizes, written) for each in (self.start, self.stop, self.step))
        if self.one:
            place = _inside(start, size, size - 1, written)
            return Places(place, place + 1)
        step = 1 if step is None else step
        if step < 1:
            raise ValueError(f"the step of {written} is {step}; a step is 1 or more")
        first = 0 if start is None else _inside(start, size, size, written, "begins at")
        return Places(first, size if stop is None else _inside(stop, size, size, written), step)


def _inside(bound: int, size: int, largest: int, written: str, does: str = "reaches to") -> int:
    """A bound counted from the front."""
    if not -size <= bound <= largest:
        raise ValueError(f"{written} {does} {bound} on an axis of {size}")
    return bound % size if bound < 0 else bound


@dataclass(frozen=True)
class Slices:
    """A part of any tensor with enough axes; `rest` says before which axis of `axes` those not named stand."""

    axes: tuple[Along, ...]
    rest: int
    written: str

    def at(self, shape: Shape) -> "Taken":
        """The part of a tensor of that shape.

        Raises:
            ValueError: it is not inside it, or holds nothing.
        """
        if len(self.axes) > len(shape):
            raise ValueError(f"{self.written} names {len(self.axes)} axes of a tensor of shape {shape}")
        left = (Along(),) * (len(shape) - len(self.axes))
        every = (*self.axes[: self.rest], *left, *self.axes[self.rest :])
        box = Box(tuple(each.at(shape, size, self.written) for each, size in zip(every, shape, strict=True)))
        if not box.numel:
            raise ValueError(f"{self.written} holds nothing of a tensor of shape {shape}")
        sliced = [size for each, size in zip(every, shape, strict=True) if each != Along()]
        kept = tuple(len(places) for places, each in zip(box.places, every, strict=True) if not each.one)
        return Taken(box, kept, Sizes(shape, sliced[0] if len(sliced) == 1 else None))


@dataclass(frozen=True)
class Taken:
    """A part of a tensor of known shape.

    Attributes:
        box: its elements; shape: as torch sees the part, without the axes of which one place is taken.
        sizes: what terms about it are resolved with, which are about the whole tensor.
    """

    box: Box
    shape: Shape
    sizes: Sizes


def split(written: str) -> tuple[str, str]:
    """A pattern, and what stands in brackets behind it; "" where nothing does."""
    depth = 0
    for place in range(len(written) - 1, 0, -1):
        depth += {"]": 1, "[": -1}.get(written[place], 0)
        if not depth:
            return (written[:place], written[place + 1 : -1]) if place < len(written) - 1 else (written, "")
    return written, ""


def slices(inside: str, value: Callable[[ast.expr], Any]) -> Slices | None:
    """What stands between brackets as slices; None where it is a shell pattern's own set of letters.

    Args:
        inside: the text; value: reads one number of it, or raises ValueError.

    Raises:
        ValueError: it is neither.
    """
    try:
        node = ast.parse(f"_[{inside}]", mode="eval").body
        if not isinstance(node, ast.Subscript):
            raise ValueError(f"[{inside}] is no part of a tensor; {_EXAMPLE}")
        return _read(node.slice, f"[{inside}]", value)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        if _OF_SLICES.isdisjoint(inside):
            return None
        told = isinstance(error, ValueError) and not isinstance(error, SyntaxError)
        reason = f"{str(error).partition('; write ')[0]}; " if told else ""  # the example is one of parts
        raise ValueError(f"[{inside[:60]}] is no part of a tensor: {reason}{_EXAMPLE}") from None


def _read(node: ast.expr, written: str, value: Callable[[ast.expr], Any]) -> Slices:
    nodes = node.elts if isinstance(node, ast.Tuple) else [node]
    rest = [place for place, each in enumerate(nodes) if isinstance(each, ast.Constant) and each.value is ...]
    if len(rest) > 1:
        raise ValueError("it leaves out axes at two places")
    named = tuple(_along(each, value) for place, each in enumerate(nodes) if place not in rest)
    return Slices(named, rest[0] if rest else len(named), written)


def _along(node: ast.expr, value: Callable[[ast.expr], Any]) -> Along:
    if isinstance(node, ast.Slice):
        start, stop, step = (None if each is None else value(each) for each in (node.lower, node.upper, node.step))
        return Along(start, stop, step)
    return Along(value(node), one=True)


def _whole(value: Any, sizes: Sizes, written: str) -> Any:
    """A whole number, of `n / 4` too where it is one; None of None."""
    found = resolved(value, sizes)
    if found is None:
        return None
    if isinstance(found, bool) or not isinstance(found, int | float) or found != int(found):
        raise ValueError(f"{written} needs whole numbers, but one is {found} on an axis of {sizes.n}")
    return int(found)
