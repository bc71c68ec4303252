"""A tensor part by part: each is examined as what wrote it, and one verdict is made of theirs."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from math import prod

import torch
from torch import Tensor

from ..questions.theory import Verdict, VerdictKind
from ..recipe.schemes.promise import Shape
from ..recipe.slices import Box
from ..text import count, error_line
from .alike import alike, first_of, places
from .examination import Finding, examined, look
from .origins import Origin
from .premises import Premise
from .rounding import dtype_named, finest_of, step_of
from .where import Where

#: What decides, first, where the parts of a tensor are judged differently.
_DECIDING: tuple[VerdictKind, ...] = ("violates", "inconsistent", "no theory", "cannot tell")
_MOST_NAMED = 4
#: How the sentence ends on a part that was seen to be a copy of another.
ONCE_MORE = "once more, as was observed"
#: How the sentence begins on a part whose examination failed.
UNEXAMINED = "it cannot be examined: "


def parts_examined(tensor: Tensor, origin: Origin) -> list[Finding]:
    """What the values of each group of parts say that are `alike`; one finding where there are none."""
    if not origin.premises:
        return [Finding(None, None, Verdict("no theory", origin.text))]
    return [_once_more(tensor, group, origin.premises) or _examined(tensor, group) for group in alike(origin.premises)]


def _once_more(tensor: Tensor, group: Sequence[Premise], premises: Sequence[Premise]) -> Finding | None:
    """What is to be said of values that were put here once more, and are those that stand elsewhere; None of others."""
    firsts = [first for premise in group if (first := first_of(premise, premises)) is not None]
    if len(firsts) < len(group) or group[0].promise is None or group[0].broken:
        return None
    for premise, first in zip(group, firsts, strict=True):
        with suppress(RuntimeError, IndexError, MemoryError):
            one, other = (_part(tensor.detach(), each) for each in (premise, first))
            if one.shape == other.shape and torch.equal(one, other):
                continue
        return None
    where = places(firsts, tuple(tensor.shape)) or "the whole"
    return Finding(None, None, Verdict("cannot tell", f"has the values of {where} {ONCE_MORE}"))


def _examined(tensor: Tensor, group: Sequence[Premise]) -> Finding:
    premise = group[0]
    if premise.broken:
        return Finding(None, None, Verdict("violates", premise.broken))
    if premise.promise is None:
        return Finding(None, None, Verdict("no theory", premise.text))
    try:
        values = _values(tensor.detach(), group)
        where = Where(tuple(tensor.shape), tuple(each.part for each in group), tuple(values.shape))
        return examined(look(values, where), replace(premise.promise, narrowest=_narrower(premise, tensor)))
    except (RuntimeError, ArithmeticError, ValueError, MemoryError) as error:  # of this one alone
        sentence = f"{UNEXAMINED}{error_line(error)}; its values are outside of what can be computed with"
        return Finding(None, None, Verdict("cannot tell", sentence))


def _values(tensor: Tensor, group: Sequence[Premise]) -> Tensor:
    """The values of all parts of a group."""
    parts = [_part(tensor, each) for each in group]
    return parts[0] if len(parts) == 1 else _joined(parts)


def _joined(parts: Sequence[Tensor]) -> Tensor:
    """The values of several parts, those of equal shape side by side, so that one which repeats another is found."""
    if len({part.shape for part in parts}) == 1:
        return torch.stack(list(parts))
    return torch.cat([part.reshape(-1) for part in parts])


def _narrower(premise: Premise, tensor: Tensor) -> str:
    """The dtype that the values went through, where that is coarser than the one in which they are kept; else ""."""
    through = dtype_named(premise.dtype)
    if through is None or not tensor.dtype.is_floating_point:
        return ""
    is_coarser = step_of(through) > step_of(tensor.dtype) or finest_of(through) > finest_of(tensor.dtype)
    return premise.dtype if is_coarser else ""


def _part(tensor: Tensor, premise: Premise) -> Tensor:
    """The values of a part, in the shape in which they were drawn where that is known."""
    if tensor.layout.__str__() != "torch.strided":
        return tensor
    whole = premise.part == Box.whole(tuple(tensor.shape))
    part = tensor if whole else tensor[premise.part.index]
    fits = premise.shape is not None and prod(premise.shape) == part.numel() and tuple(part.shape) != premise.shape
    return part.reshape(premise.shape) if fits and premise.shape is not None else part


def together(origin: Origin, verdicts: Sequence[Verdict], shape: Shape) -> Verdict:
    """One verdict on a tensor of that shape from those on its parts: the worst, with each part's name."""
    groups = alike(origin.premises)
    told = [_held(group[0], verdict) for group, verdict in zip(groups, verdicts, strict=bool(groups))]
    if len(told) < 2:
        return (*told, *verdicts)[0]
    own = [pair for pair in zip(groups, told, strict=True) if not pair[1].sentence.endswith(ONCE_MORE)]
    found = _worst([group for group, _ in own], [verdict for _, verdict in own], shape)
    again = sum(map(len, groups)) - sum(len(group) for group, _ in own)
    has = "has" if again == 1 else "have"
    more = f"; {count(again, 'other place')} {has} such values {ONCE_MORE}" if again else ""
    return replace(found, sentence=f"{found.sentence}{more}")


def _held(premise: Premise, verdict: Verdict) -> Verdict:
    """The verdict, and that it was not drawn as is declared, which stands whatever the values speak for."""
    if not premise.contradicted:
        return verdict
    values = "" if verdict.kind in ("consistent", "cannot tell") else f"; {verdict.sentence}"
    return replace(verdict, kind="violates", sentence=f"{premise.contradicted}{values}")


def _worst(groups: Sequence[Sequence[Premise]], verdicts: Sequence[Verdict], shape: Shape) -> Verdict:
    kinds = [verdict.kind for verdict in verdicts]
    kind: VerdictKind = next((kind for kind in _DECIDING if kind in kinds), "consistent")
    if kind == "cannot tell" and "consistent" in kinds:
        kind = "consistent"
    named = [
        (places(group, shape), verdict) for group, verdict in zip(groups, verdicts, strict=True) if verdict.kind == kind
    ]
    said = "; ".join(f"{part} {verdict.sentence}" for part, verdict in named[:_MOST_NAMED])
    more = f"; and {count(len(named) - _MOST_NAMED, 'other part')}" if len(named) > _MOST_NAMED else ""
    lowest = min((verdict.p for verdict in verdicts if verdict.p is not None), default=None)
    lamps = tuple(dict.fromkeys(lamp for verdict in verdicts for lamp in verdict.lamps))
    return Verdict(kind, f"{said}{more}", lowest, lamps)
