"""Parts of a tensor that one write left the same way, though what was written over them later cut them into pieces."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ..recipe.schemes.promise import Shape
from ..recipe.slices import Box
from ..text import count
from .premises import Premise, is_of_each_value

_MOST_NAMED = 2


def alike(premises: Sequence[Premise]) -> list[tuple[Premise, ...]]:
    """The premises in their order, those together that promise the same of single values for the same reason.

    Where the values of one draw stand more than once, by what was observed, each time is a group by itself: together
    they would be taken for draws that repeat each other by accident.
    """
    groups: dict[tuple[Premise, int], list[Premise]] = {}
    for premise, again in zip(premises, _again(premises), strict=True):
        groups.setdefault((_kind(premise), again), []).append(premise)
    return [tuple(group) for group in groups.values()]


def _kind(premise: Premise) -> Premise:
    """The premise without what tells the parts apart that are judged together."""
    if premise.promise is None or is_of_each_value(premise.promise):
        return replace(premise, part=Box(()), shape=None, draw="", way=())
    return premise


def _again(premises: Sequence[Premise]) -> Iterator[int]:
    """For each premise, how often the same draw came before it by another way."""
    ways: dict[str, list[tuple[int, ...]]] = {}
    for premise in premises:
        known = ways.setdefault(premise.draw, [])
        if premise.way not in known:
            known.append(premise.way)
        yield known.index(premise.way) if premise.draw else 0


def in_one(premises: Sequence[Premise]) -> list[tuple[Premise, ...]]:
    """As they are told: `alike`, draws that stand more than once with themselves."""
    return alike([replace(premise, draw="") for premise in premises])


def first_of(premise: Premise, premises: Sequence[Premise]) -> Premise | None:
    """The part whose values this one has once more, by what was observed; None where it is the first itself."""
    if not premise.draw:
        return None
    same = (each for each in premises if each.draw == premise.draw and _kind(each) == _kind(premise))
    first = next(same, premise)
    return None if first.way == premise.way else first


def places(group: Sequence[Premise], shape: Shape) -> str:
    """Where in a tensor of that shape the premises of a group hold, such as `[1:] and [0, 2:]`; "" where everywhere."""
    named = [premise.part.as_text(shape) for premise in group]
    if len(named) <= _MOST_NAMED:
        return " and ".join(named)
    return f"{named[0]} and {count(len(named) - 1, 'other place')}"
