"""Parts of a tensor that one write left the same way, though what was written over them later cut them into pieces."""

from collections.abc import Sequence
from dataclasses import replace

from ..recipe.schemes.promise import Shape
from ..recipe.slices import Box
from ..text import count
from .premises import Premise, is_of_each_value

_MOST_NAMED = 2


def alike(premises: Sequence[Premise]) -> list[tuple[Premise, ...]]:
    """The premises in their order, those together that promise the same of single values for the same reason."""
    groups: dict[Premise, list[Premise]] = {}
    for premise in premises:
        of_values = premise.promise is not None and is_of_each_value(premise.promise)
        single = of_values or (premise.promise is None and premise.shape is None)
        groups.setdefault(replace(premise, part=Box(()), shape=None) if single else premise, []).append(premise)
    return [tuple(group) for group in groups.values()]


def places(group: Sequence[Premise], shape: Shape) -> str:
    """Where in a tensor of that shape the premises of a group hold, such as `[1:] and [0, 2:]`; "" where everywhere."""
    named = [premise.part.as_text(shape) for premise in group]
    if len(named) <= _MOST_NAMED:
        return " and ".join(named)
    return f"{named[0]} and {count(len(named) - 1, 'other place')}"
