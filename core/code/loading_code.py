"""The lines of Python that load a checkpoint without Paramscope, as they stand in scripts."""

from torch import nn

from ..checkpoint.records import Checkpoint
from ..checkpoint.unwrapping import is_anywhere
from ..module.walk import join, named_modules
from ..recipe.expression import quoted
from ..text import plain

_MOST_NAMED = 3


def loading_code(opened: Checkpoint, label: str) -> str:
    """The lines, after `import torch`, that leave the checkpoint's tensors by name in `tensors`.

    Its file lies where the script runs.
    """
    inside = opened.path.is_dir()
    paths = [f"{label}/{file.path.name}" if inside else label for file in opened.files]
    if opened.kind == "safetensors":
        imported = ["from safetensors.torch import load_file", ""]
        calls = [f"load_file({quoted(path)})" for path in paths]
    else:
        imported = []
        calls = [
            f'torch.load({quoted(path)}, map_location="cpu", weights_only=True){f"[{quoted(key)}]" if key else ""}'
            for path, key in zip(paths, opened.under, strict=True)
        ]
    lines = [*imported, f"tensors = {calls[0]}", *(f"tensors |= {call}" for call in calls[1:])]
    if opened.kind == "torch":  # beside tensors a state dict may hold what get_extra_state gave
        lines.append("tensors = {name: each for name, each in tensors.items() if isinstance(each, torch.Tensor)}")
    return "\n".join([*lines, *map(_renaming, opened.taken)])


def _renaming(segment: str) -> str:
    """The line that takes a wrapper's segment from the names."""
    name = f"name.removeprefix({quoted(f'{segment}.')})"
    if is_anywhere(segment):
        name = f'".".join(part for part in name.split(".") if part != {quoted(segment)})'
    return f"tensors = {{{name}: each for name, each in tensors.items()}}"


def unscripted(net: nn.Module, label: str) -> str:
    """Why no script stands for a net of containers, in a sentence; "" where one can.

    A script reaches tensors by attributes, which a module may have of its own (`training`), or of which two have one.
    """
    hidden = [
        join(here.name, key)
        for here in named_modules(net)
        for registered in (here.module._parameters, here.module._buffers, here.module._modules)
        for key, held in registered.items()
        if "." in key or getattr(here.module, key, None) is not held
    ]
    if not hidden:
        return ""
    more = f" and {len(hidden) - _MOST_NAMED:,} more" if len(hidden) > _MOST_NAMED else ""
    named = ", ".join(map(repr, hidden[:_MOST_NAMED])) + more
    return plain(f"no attribute of a module reaches {named} of {label}, so that no script can name it", 500)
