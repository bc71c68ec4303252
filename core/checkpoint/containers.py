"""A net of plain containers out of dotted names. Its text also stands in scripts, so that it needs torch alone."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

# A name goes so many containers deep; what is left of it is one key, as of a name that begins with a dot.
DEEPEST = 50


def containers(tensors: Mapping[str, torch.Tensor]) -> nn.Module:
    """A net that has each tensor under its name: floating-point and complex ones as parameters, others as buffers.

    Buffers are also the running statistics beside a num_batches_tracked, as torch's norms have them. A file does not
    say what was frozen: every parameter is trainable. Names that reach one tensor have one parameter.
    """
    net = nn.Module()
    made: dict[Any, Any] = {}
    for name, tensor in tensors.items():
        parts = name.split(".")
        deep = min(len(parts) - 1, DEEPEST) if parts[0] else 0
        owner: Any = net
        for part in parts[:deep]:
            if part not in owner._modules:
                owner._modules[part] = nn.Module()
            owner = owner._modules[part]
        counted = name.removesuffix(parts[-1]) + "num_batches_tracked" in tensors
        tracked = counted and parts[-1] in ("running_mean", "running_var")
        trained = (tensor.is_floating_point() or tensor.is_complex()) and not tracked
        place = (tensor.data_ptr(), tensor.shape, tensor.stride(), tensor.dtype, tensor.is_conj(), tensor.is_neg())
        key = (trained, place if tensor.numel() else name)  # what is empty has no place
        if key not in made:
            made[key] = nn.Parameter(tensor.detach()) if trained else tensor.detach()
        (owner._parameters if trained else owner._buffers)[".".join(parts[deep:])] = made[key]
    return net
