"""What of a model could not be checked: each tensor with the reason and the way out."""

from collections.abc import Mapping

from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from ..module.walk import named_tensors
from ..questions.theory import ModelVerdict
from ..tensor.readable import viewable
from ..text import plain, shape
from ..theory.part_by_part import UNEXAMINED

_MOST_NAMES = 3


def unchecked(model: nn.Module, verdict: ModelVerdict, known: Mapping[str, str]) -> tuple[str, ...]:
    """A sentence for each reason why parameters of a model have no verdict that any theory could give them.

    Args:
        model: what was checked; verdict: on it; known: reasons that are known already, by name.
    """
    entries = {entry.name: entry for entry in named_tensors(model)}
    found: dict[str, list[str]] = {}
    for row in verdict.rows:
        entry = entries[row.name]
        reason = known.get(row.name, "")
        if row.verdict.sentence.startswith(UNEXAMINED):
            reason = row.verdict.sentence
        if entry.kind == "parameter":
            reason = reason or _hindrance(entry.tensor)
        if reason:
            found.setdefault(reason, []).append(f"{plain(row.name, 60)} {shape(row.shape)}")
    return tuple(f"{_listed(names)} could not be checked: {reason}" for reason, names in found.items())


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return f"{', '.join(names[:_MOST_NAMES])}{more}"


def _hindrance(tensor: Tensor) -> str:
    """Why a parameter's values cannot be looked at, with the way out; "" where they can."""
    if is_lazy(tensor):
        return "it has no shape before the first forward pass; let build() run one before it returns the model"
    if tensor.is_meta:
        return "it is on the meta device, a shape without data; build it on the CPU"
    if not tensor.numel():
        return "it has no elements; give its layer at least one input and one output, or leave the layer out"
    if tensor.is_complex():
        return "complex values are not compared with a theory; keep real and imaginary part in a tensor each"
    values, note = viewable(tensor)
    return f"it is {note}; give it dense values" if values is None else ""
