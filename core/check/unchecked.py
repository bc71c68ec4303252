"""What of a model could not be checked: each tensor with the reason and the way out."""

from collections.abc import Mapping, Sequence
from math import prod

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from .. import text
from ..module.walk import named_modules, named_tensors
from ..questions.story_words import unwritten
from ..questions.theory import ModelVerdict
from ..recipe.schemes.promise import Shape
from ..recipe.unseeded import NEVER_WRITTEN
from ..tensor.readable import viewable
from ..text import plain
from ..text import shape as shape_text
from ..theory.alike import places
from ..theory.origins import Origin
from ..theory.part_by_part import UNEXAMINED

_MOST_NAMES = 3
_PACKED = "its tensors are packed by quantization, out of sight; check the model before it is quantized"


def unchecked(
    model: nn.Module, verdict: ModelVerdict, promised: Mapping[str, Origin], known: Mapping[str, str]
) -> tuple[str, ...]:
    """A sentence for each reason why tensors of a model have no verdict that any theory could give them.

    Of buffers only where they hold memory as it was found.

    Args:
        model: what was checked; verdict: on it; promised: what its tensors should be, by name.
        known: reasons that are known already, by name.
    """
    entries = {entry.name: entry for entry in named_tensors(model)}
    found: dict[str, list[str]] = {}
    for row in verdict.rows:
        entry = entries[row.name]
        reason = known.get(row.name, "")
        if UNEXAMINED in row.verdict.sentence:  # of all of it or of a part, whose name comes first
            reason = row.verdict.sentence
        if entry.kind == "parameter":
            reason = reason or _hindrance(entry.tensor)
        if not entry.tensor.is_meta:  # which has no memory
            reason = reason or _unwritten(promised[row.name], row.shape or ())
        if reason:
            found.setdefault(reason, []).append(f"{plain(row.name, 60)} {shape_text(row.shape)}")
    if packed := _packed(model):
        found.setdefault(_PACKED, []).extend(packed)
    return tuple(f"{listed(names)} could not be checked: {reason}" for reason, names in found.items())


def _packed(model: nn.Module) -> list[str]:
    """The modules whose tensors no registry holds: those of quantized layers."""
    names = [
        here.name.removesuffix("_packed_params").removesuffix(".")
        for here in named_modules(model)
        if _holds_packed(here.module)
    ]
    return [plain(name, 60) or "the net" for name in dict.fromkeys(names)]


def _holds_packed(module: nn.Module) -> bool:
    if isinstance(module, torch.jit.ScriptModule):  # which is an object of compiled code as a whole
        return bool(module._c.hasattr("_packed_params"))  # noqa: SLF001 (its one registry of them)
    return any(isinstance(value, torch.ScriptObject) for value in vars(module).values())


def listed(names: Sequence[str]) -> str:
    """The first of these names."""
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return f"{', '.join(names[:_MOST_NAMES])}{more}"


def _unwritten(origin: Origin, shape: Shape) -> str:
    """That some of a tensor was never written, with the way out; "" where all of it was."""
    left = unwritten(origin.story, shape)
    if not left:
        return ""
    parts = [premise for premise in origin.premises if premise.unwritten]
    which = "it was" if left == prod(shape) else f"{left:,} of {text.count(prod(shape), 'element')} were"
    if 0 < left == sum(premise.part.numel for premise in parts) < prod(shape):
        which = f"{places(parts, shape)} of it was"
    if all(write.kind != "never written" for write in (*origin.story.earlier, origin.story)):
        which = f"{which} computed from what was"
    return f"{which} never written, {NEVER_WRITTEN}; draw or fill it where it is made, or in the init"


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
