"""Tensors that are equal in value and not tied, and how they came to be equal."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from torch import nn

from ..module.walk import NamedTensor
from ..questions.equal import EqualGroup, Equality
from ..questions.story import UNSEEN, Story
from ..tensor.equal_values import equal_tensors
from ..tensor.same_start import same_starts
from .equal_reason import reason, start_reason


def equality(
    model: nn.Module, stories: Mapping[str, Story] | None = None, untied: Mapping[str, int] | None = None
) -> Equality:
    """What is equal in `model` though nothing ties it: whole tensors, and the first values of parameters.

    Args:
        model: any module, which is read and not changed.
        stories: who wrote each tensor, by qualified name.
        untied: names that a step of the recipe untied, and which step, the first being 1.
    """
    told = stories or {}
    equal = equal_tensors(model)
    groups = tuple(_group(group, told, untied or {}) for group in equal)
    starts = same_starts(model, equal)
    reasons = (start_reason(*(told.get(name, UNSEEN) for name in (start.first, start.second))) for start in starts)
    return Equality(groups, tuple(replace(start, reason=why) for start, why in zip(starts, reasons, strict=True)))


def equal_groups(model: nn.Module, stories: Mapping[str, Story] | None = None) -> tuple[EqualGroup, ...]:
    """Groups of distinct tensors of `model` that are equal bit for bit, each with its reason.

    Args:
        model: any module, which is read and not changed; stories: who wrote each tensor, by qualified name.

    Example:
        >>> import copy
        >>> from torch import nn
        >>> layer = nn.Linear(4, 4)
        >>> net = nn.Sequential(layer, copy.deepcopy(layer))
        >>> [group.names for group in equal_groups(net)]
        [('0.weight', '1.weight'), ('0.bias', '1.bias')]
    """
    return tuple(_group(group, stories or {}, {}) for group in equal_tensors(model))


def _group(group: Sequence[NamedTensor], stories: Mapping[str, Story], untied: Mapping[str, int]) -> EqualGroup:
    first = group[0].tensor
    return EqualGroup(
        names=tuple(entry.name for entry in group),
        shape=tuple(first.shape),
        dtype=str(first.dtype).removeprefix("torch."),
        numel=first.numel(),
        trained=all(entry.kind == "parameter" and entry.tensor.requires_grad for entry in group),
        reason=reason({entry.name: stories.get(entry.name, UNSEEN) for entry in group}, untied),
    )
