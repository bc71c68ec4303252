"""Comparing two states tensor by tensor: what stayed bit for bit, what changed and by how much, what is gone."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from .change import ValueChange, value_change
from .numbers import parts
from .sides import Held, State, held, matched

StateWord = Literal["unchanged", "changed", "missing", "extra", "reshaped"]
#: What is known of pairs of regions.
_Known = dict[tuple[Any, ...], ValueChange]


@dataclass(frozen=True)
class StateRow:
    """One name of two states.

    state: `"unchanged"`, `"changed"`, `"missing"` (only before), `"extra"` (only after) or `"reshaped"`.
    changed: how many elements differ; relative: L2 of the difference over L2 before; cosine: between before and after;
    all None where there are no two tensors of one shape.
    shapes, dtypes: before and after, None of one that is not there; dtypes are written as torch does without `torch.`.
    through: the tied name under which a tensor was compared that a file keeps only once, else "".
    """

    name: str
    state: StateWord
    changed: int | None
    relative: float | None
    cosine: float | None
    shapes: tuple[tuple[int, ...] | None, tuple[int, ...] | None]
    dtypes: tuple[str | None, str | None]
    through: str = ""


def compare_states(before: State, after: State) -> tuple[StateRow, ...]:
    """A row for each name of two states, those that changed most first.

    Values are compared bit for bit: a NaN equals the same NaN, -0.0 differs from 0.0 (by 0 in `relative`). Where the
    dtypes differ they are compared as numbers: exactly, whole ones too, every NaN equal, and `dtypes` says both.

    `relative` is of float64 differences, of complex ones real and imaginary part alike, and infinite where the values
    were all 0, or where one that changed is or was not finite; one that is not finite and stayed counts in neither
    norm. `cosine` is 1 where nothing changed, and None where one side is all zeros or a changed value is not finite.

    Tensors are read in chunks, one pair at a time. A module gives its parameters and persistent buffers under every
    name; a name that one side lacks is compared through a tied one it has there, and `through` says so. Where the two
    have no name in common, prefixes of wrappers (`module.`, `_orig_mod.`, `model.`) are left out.

    Args:
        before, after: checkpoints, state dicts or modules, in any mix; neither is changed.

    Returns:
        The rows by `relative`, the largest first, and those without one last; equal ones in the order of `before`, then
        of `after`.

    Raises:
        ValueError: something else is given, a tensor has no values, or a file changed since it was opened.

    Example:
        >>> import copy, torch
        >>> from torch import nn
        >>> net = nn.Linear(2, 2)
        >>> tuned = copy.deepcopy(net)
        >>> with torch.no_grad():
        ...     _ = tuned.weight[0].mul_(2)
        >>> [(row.name, row.state, row.changed) for row in compare_states(net, tuned)]
        [('weight', 'changed', 2), ('bias', 'unchanged', 0)]
    """
    old, new = matched(held(before, "before"), held(after, "after"))
    rows = list(_rows(old, new))
    return tuple(sorted(rows, key=lambda row: (row.relative is None, -(row.relative or 0.0))))


def _rows(before: dict[str, Held], after: dict[str, Held]) -> Iterator[StateRow]:
    sides = before, after
    ties = _ties(before, after), _ties(after, before)
    known: _Known = {}
    for name in dict.fromkeys((*before, *after)):
        pair = [side.get(name) for side in sides]
        through = ""
        for here, there in ((0, 1), (1, 0)):
            one = pair[there]
            if pair[here] is None and one is not None and (tied := ties[there].get(one.region)):
                pair[here], through = sides[here][tied], tied
        yield _row(name, pair[0], pair[1], through, known)


def _ties(side: dict[str, Held], other: dict[str, Held]) -> dict[tuple[Any, ...], str]:
    """For each tensor of a side the first of its names that the other side has too."""
    found: dict[tuple[Any, ...], str] = {}
    for name, tensor in side.items():
        if name in other:
            found.setdefault(tensor.region, name)
    return found


def _row(name: str, old: Held | None, new: Held | None, through: str, known: _Known) -> StateRow:
    shapes = old.shape if old else None, new.shape if new else None
    dtypes = _written(old), _written(new)
    if old is None or new is None:
        return StateRow(name, "missing" if new is None else "extra", None, None, None, shapes, dtypes)
    if old.shape != new.shape or (old.dtype != new.dtype and not _comparable(old, new)):
        return StateRow(name, "reshaped", None, None, None, shapes, dtypes, through)
    key = (old.region, new.region)
    if key not in known:  # tied names are read once
        known[key] = value_change(old, new)
    change = known[key]
    state: StateWord = "changed" if change.changed else "unchanged"
    return StateRow(name, state, change.changed, change.relative, change.cosine, shapes, dtypes, through)


def _comparable(old: Held, new: Held) -> bool:
    """Whether an element of both has as many numbers, as a packed one and a plain one have not."""
    return parts(old.dtype) == parts(new.dtype) or old.dtype.is_complex or new.dtype.is_complex


def _written(tensor: Held | None) -> str | None:
    return None if tensor is None else str(tensor.dtype).removeprefix("torch.")
