"""Tensors that are equal in value though nothing ties them, and why they are."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator, Field

from ..recipe.numbers import Shape, Size
from ..recipe.words import Name, Words
from .base import Request
from .checks import differ


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


def _in_one_group_each(groups: tuple[EqualGroup, ...]) -> tuple[EqualGroup, ...]:
    differ((name for group in groups for name in group.names), "names of equal tensors")
    return groups


EqualGroups = Annotated[tuple[EqualGroup, ...], AfterValidator(_in_one_group_each)]


@dataclass(frozen=True)
class GetEqual(Request[EqualGroups]):
    """The later moment's tensors that are equal in value and not tied, in registration order."""

    reply = EqualGroups
