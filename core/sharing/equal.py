"""Tensors that are equal in value and not tied, and how they came to be equal."""

from collections.abc import Mapping

from torch import nn

from ..questions.equal import EqualGroup
from ..questions.story import UNSEEN, Story
from ..tensor.equal_values import equal_tensors
from .equal_reason import reason


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
    return tuple(
        EqualGroup(
            names=tuple(entry.name for entry in group),
            shape=tuple(group[0].tensor.shape),
            dtype=str(group[0].tensor.dtype).removeprefix("torch."),
            numel=group[0].tensor.numel(),
            trained=all(entry.kind == "parameter" and entry.tensor.requires_grad for entry in group),
            reason=reason({entry.name: (stories or {}).get(entry.name, UNSEEN) for entry in group}),
        )
        for group in equal_tensors(model)
    )
