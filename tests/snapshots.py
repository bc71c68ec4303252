"""All that looking at a model must leave alone, in the model and in the process, as one value to compare."""

import random
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from core.module.walk import named_modules, named_tensors


def snapshot(model: nn.Module) -> dict[str, Any]:
    """Everything about a model and the process that looking must leave alone."""
    found: dict[str, Any] = {
        "rng": torch.get_rng_state().numpy().tobytes(),
        "numpy": str(np.random.get_state()),  # noqa: NPY002
        "python": random.getstate(),
        "process": (torch.get_default_dtype(), torch.get_num_threads(), torch.is_grad_enabled()),
    }
    for here in named_modules(model):
        inside = vars(here.module)
        found[f"module {here.name}"] = (
            id(here.module),
            type(here.module),
            here.module.training,
            list(inside),
            {name: id(value) for name, value in inside.items() if isinstance(value, Tensor | nn.Module)},
            {name: list(value.items()) for name, value in inside.items() if name.endswith("hooks")},
        )
    for entry in named_tensors(model):
        tensor = entry.tensor
        found[f"tensor {entry.name}"] = (id(tensor), tensor.requires_grad, tensor._version, _content(tensor))
        found[f"grad {entry.name}"] = None if tensor.grad is None else (id(tensor.grad), _content(tensor.grad))
    return found


def _content(tensor: Tensor) -> object:
    if is_lazy(tensor) or tensor.is_meta:
        return type(tensor)
    content = tensor.detach().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes()
    return (tensor.dtype, tensor.shape, tensor.stride(), tensor.data_ptr(), content)
