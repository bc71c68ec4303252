"""A model's state as a safetensors file, with what is needed to load it again."""

import json

import torch
from safetensors.torch import save
from torch import nn
from torch.nn.parameter import is_lazy

from .tying import tied_groups
from .walk import named_tensors

_RELOAD = "net.load_state_dict(safetensors.torch.load_file('weights.safetensors'), strict=False)"
#: Of the dtypes that torch has, those that the format has no name for.
_NO_PLACE = {torch.complex32, torch.complex128, torch.bits8, torch.bits16, torch.bits1x8, torch.bits2x4, torch.bits4x2}


def to_safetensors(model: nn.Module, recipe_json: str) -> tuple[bytes, str]:
    """The file's bytes, and one sentence on how to load it.

    The format refuses shared memory, so of tied names the first is written and the others are listed in the metadata
    under `tied`; loading into a model tied in the same way fills them all. The recipe is in the metadata too.

    Raises:
        ValueError: a tensor has no data to write.
    """
    state = {entry.name: entry.tensor for entry in named_tensors(model) if entry.persistent}
    absent = [name for name, tensor in state.items() if is_lazy(tensor) or tensor.is_meta]
    if absent:
        raise ValueError(f"{absent[0]!r} has no data to write; run a forward pass first")
    aliases = {name: group.names[0] for group in tied_groups(model) for name in group.names[1:] if name in state}
    kept = {name: t.detach() for name, t in state.items() if name not in aliases}
    odd = next((name for name, tensor in kept.items() if tensor.is_quantized or tensor.layout != torch.strided), None)
    if odd is not None:
        raise ValueError(f"{odd!r} is sparse or quantized, which the file's format cannot hold; make it dense")
    kept = {name: tensor.clone().contiguous() for name, tensor in kept.items()}
    for name, tensor in kept.items():
        if tensor.dtype in _NO_PLACE:
            raise ValueError(f"{name!r} is {tensor.dtype}, which the file's format cannot hold; convert it first")
    metadata = {"format": "pt", "tied": json.dumps(aliases), "recipe": recipe_json}
    if not aliases:
        return save(kept, metadata), f"Load with {_RELOAD.replace(', strict=False', '')}"
    listed = ", ".join(f"{name} = {first}" for name, first in list(aliases.items())[:4])
    return save(kept, metadata), f"Tied names are written once ({listed}). Build the same net, then {_RELOAD}"
