"""Why a tensor was written to more than once, or not at all, and the way out: a sentence each."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from torch import nn
from torch.nn.parameter import is_lazy

from ..module.walk import NamedTensor, split
from ..text import plain
from .calls import InitCalls, Touches
from .habits import Habits
from .levels import out_of_reach
from .missed import (
    Missed,
    made_beside,
    not_loaded,
    not_matched,
    raised,
    taken_elsewhere,
    used_up,
    wrote_to_copy,
    wrote_to_twin,
)
from .unmatched import unmatched, without_effect

#: Operations that change what is there; of others, the last one stays.
_CHANGING = frozenset(
    ["mul_", "add_", "sub_", "div_", "pow_", "clamp_", "neg_", "exp_", "lerp_", "addcmul_", "addcdiv_", "sqrt_", "abs_"]
)


@dataclass(frozen=True)
class Around:
    """What is known of a run around one tensor: where it ran, its calls and text.

    Attributes:
        hit: names of what it wrote to; vain: of tensors on whose copies it worked, for nothing.
    """

    model: nn.Module
    place: nn.Module
    calls: InitCalls
    habits: Habits
    hit: Collection[str]
    vain: Collection[str] = ()


def in_vain(entries: Iterable[NamedTensor], around: Around) -> frozenset[str]:
    """The names of those on which the code worked for nothing: on copies of them, in a dict, or on other values."""
    calls, hit = around.calls, bool(around.hit)
    there = [entry for entry in entries if not is_lazy(entry.tensor) and not not_matched(entry, around.model, calls)]
    return frozenset(
        entry.name
        for entry in there
        if not_loaded(entry, calls)
        or wrote_to_copy(entry, calls, touched=False, hit=hit)
        or (not hit and _on_other_values(entry, around))
    )


def _on_other_values(entry: NamedTensor, around: Around) -> bool:
    """Whether a run that wrote to nothing made new values for a tensor, which it kept to itself."""
    calls = around.calls
    if raised(entry, calls, around.hit):
        return False
    made = made_beside(entry, calls, hit=False) or taken_elsewhere(entry, calls)
    return bool(made or without_effect(entry, around.model, calls, around.habits))


def repeated(touches: Touches, names: Sequence[str]) -> tuple[str, str]:
    """Why a tensor with these names was written to more than once, and the way out."""
    operation, count = touches.operations[0] if touches.operations else ("", 0)
    within = count > touches.calls
    reason = f"{operation} wrote to it {count} times" if within else "several calls wrote to it"
    if operation in _CHANGING:
        reason, cure = f"{reason}, each on top of the one before", "be sure that it is meant so often"
    else:
        reason = f"{reason}, and the last one stays"
        cure = "write to it once, or be sure that repeating is harmless"
    if touches.applied and within:
        reason = (
            f"{reason}: apply goes to every module below the one that it is called on, and it was called on several"
        )
        cure = "call it once, net.apply(f); or f(m) in the loop over modules"
    elif len(touches.places) > 1 and not within and _nested(touches.places):
        reason = f"{reason}: the function is called on {_places(touches.places)}, and reaches below"
        cure = "write only to a module's own tensors: m.parameters(recurse=False), or m.weight where isinstance(m, ...)"
    if len(names) > 1:
        reason, cure = _tied(touches, names, reason, cure)
    return reason, cure


def _tied(touches: Touches, names: Sequence[str], reason: str, cure: str) -> tuple[str, str]:
    """Of one tensor under several names."""
    one = f"it is one tensor under {len(names)} names, {listed(names)}"
    reached = [name for name, _ in touches.names]
    if len(reached) == 1:
        return f"{one}, and was reached under one of them, {plain(reached[0])}: {reason}", cure
    if len(reached) > 1:
        told = " and ".join(
            f"{plain(name)} ({count} times)" if count > 1 else plain(name) for name, count in touches.names
        )
        return (
            f"{one}: each of them was written to, {told}"
            if len(reached) == len(names)
            else f"{one}: reached as {told}",
            f"a draw is only drawn anew, but w *= 2 here makes it {_doubled(touches.times)} as large",
        )
    return f"{one}: {reason}", cure


def _doubled(times: int) -> str:
    """How large something is that is doubled so often."""
    return f"{2**times:,} times" if times <= 20 else f"2^{times} times"


def _nested(places: Sequence[str]) -> bool:
    return any(a != b and (not a or b.startswith(f"{a}.")) for a in places for b in places)


def _places(places: Sequence[str]) -> str:
    return " and ".join(plain(place) or "the net" for place in places[:3])


def listed(names: Sequence[str]) -> str:
    """The first of these names."""
    return " and ".join(map(plain, names[:3]))


def untouched(entry: NamedTensor, around: Around) -> Missed:
    """Why a tensor was not written to, and the way out."""
    calls, last, hit = around.calls, split(entry.name)[1], bool(around.hit)
    if calls.root and not f"{entry.name}.".startswith(f"{calls.root}."):
        return Missed(
            f"it is outside net.{calls.root}, where the code ran", "run the code on the whole net", vain=False
        )
    if ".parametrizations." in f".{entry.name}":
        return Missed(
            "a tensor is computed from it, and the code did not write to it",
            "see the tensor it stands for",
            vain=False,
        )
    missed = (
        not_loaded(entry, calls)
        or not_matched(entry, around.model, calls)
        or wrote_to_copy(entry, calls, touched=False, hit=hit)
        or raised(entry, calls, around.hit)
        or made_beside(entry, calls, hit=hit)
        or wrote_to_twin(entry, calls, hit=hit)
        or out_of_reach(entry, around.model, around.place, calls, around.habits, around.hit)
        or used_up(around.habits)
        or taken_elsewhere(entry, calls)
        or (None if hit else without_effect(entry, around.model, calls, around.habits))
    )
    return missed or _passed_over(entry, last, around)


def _passed_over(entry: NamedTensor, last: str, around: Around) -> Missed:
    calls, hit, owner = around.calls, around.hit, split(entry.name)[0]
    kind = type(entry.owner).__name__
    siblings = [other for other in (*hit, *around.vain) if split(other)[0] == owner]
    if siblings:
        wrote = "wrote to" if any(other in hit for other in siblings) else "had to do with"
        return Missed(
            f"the code {wrote} {listed(sorted(siblings))} only; an init function changes what it is given",
            f"add nn.init.zeros_(m.{last}) or the like, if it should change",
            vain=False,
        )
    if calls.returned and not hit:
        return Missed(
            "the function returned a new tensor, which nothing keeps",
            "write in place: nn.init..._(m.weight), m.weight.data[...] = ... or w.copy_(...)",
            vain=False,
        )
    if hit or around.vain:
        return Missed(
            f"the rule passed over this {kind}", f"let the rule include {kind}, if it should change", vain=False
        )
    if not calls.count and not around.habits.conditions.attributes and not around.habits.conditions.words:
        return Missed(
            "the code's statements wrote to nothing of the net",
            f"write in place: nn.init..._(m.{last}), or w.copy_(...)",
            vain=False,
        )
    return unmatched(entry, around.model, calls, around.habits)
