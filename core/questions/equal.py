"""Tensors that are equal in value, or begin with the same numbers, though nothing ties them, and why they do."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator, Field

from .. import text
from ..recipe.numbers import Finite, Shape, Size
from ..recipe.words import Name, Words
from .base import Request
from .checks import differ, must


@dataclass(frozen=True, slots=True)
class EqualGroup:
    """Distinct tensors of one shape and dtype, no two of which share a byte, that are equal bit for bit.

    Attributes:
        names: the first name of each, in registration order; of names that are tied to each other only the first.
        shape, dtype, numel: of each of them.
        trained: whether all are parameters that require a gradient, so that an optimizer moves each by itself.
        reason: how they came to be equal, as far as their stories tell; a clause.
    """

    names: Annotated[tuple[Name, ...], Field(min_length=2)]
    shape: Shape
    dtype: Words
    numel: Size
    trained: bool
    reason: Words

    def others(self, name: str) -> tuple[str, ...]:
        """The names of the group without that one."""
        return tuple(other for other in self.names if other != name)


@dataclass(frozen=True, slots=True)
class SameStart:
    """A parameter whose values are the first ones of a distinct one that is no shorter, or these scaled and shifted.

    Attributes:
        first, second: the longer one's name, and the other's; numel: elements of the second.
        values: of so many elements, in the order of memory, `second = shift + scale * first` within rounding, and bit
            for bit where that is `first`. They are all, or all but the last draws of `normal_`.
        reason: how this came about, as far as their stories tell; "" where they do not.
    """

    first: Name
    second: Name
    numel: Size
    values: Size
    scale: Finite
    shift: Finite
    reason: Words = ""

    def __post_init__(self) -> None:
        must(self.first != self.second, "two names differ")
        must(self.values <= self.numel, "no more values agree than there are")

    def clause(self, first: str) -> str:
        """What holds of the second, where the first is called so: `its first 400 values are 0.02 times those of a`."""
        which = f"all its {self.values:,} values" if self.values == self.numel else f"its first {self.values:,} values"
        times = "" if self.scale == 1 else f"{text.number(self.scale)} times "
        plus = f", plus {text.number(self.shift)}" if self.shift else ""
        return f"{which} are {times}those that {first} begins with{plus}"


def _in_one_group_each(groups: tuple[EqualGroup, ...]) -> tuple[EqualGroup, ...]:
    differ((name for group in groups for name in group.names), "names of equal tensors")
    return groups


EqualGroups = Annotated[tuple[EqualGroup, ...], AfterValidator(_in_one_group_each)]


@dataclass(frozen=True, slots=True)
class Equality:
    """What is equal in a model though no byte is shared: whole tensors, then starts, each in registration order."""

    groups: EqualGroups = ()
    starts: tuple[SameStart, ...] = ()

    def __post_init__(self) -> None:
        differ((start.second for start in self.starts), "names of tensors that begin as others do")


@dataclass(frozen=True)
class GetEqual(Request[Equality]):
    """The later moment's tensors that are equal in value, or begin with the same numbers, and are not tied."""

    reply = Equality
