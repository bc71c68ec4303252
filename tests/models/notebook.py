"""The networks of the lesson's notebook, built with seed 0, and its input; its tests type torch as it does."""

from collections.abc import Callable

import torch
from torch import Tensor, nn


def sequential(build: Callable[[], nn.Module], seed: int = 0) -> nn.Sequential:
    """A model of the notebook built with `seed`; all of them are a Sequential."""
    torch.manual_seed(seed)
    model = build()
    assert isinstance(model, nn.Sequential)
    return model


def linear(model: nn.Module, name: str) -> nn.Linear:
    """The linear layer under a qualified name."""
    layer = model.get_submodule(name)
    assert isinstance(layer, nn.Linear)
    return layer


def X(rows: int = 2) -> Tensor:  # noqa: N802 (the notebook's name)
    """The notebook's input."""
    return torch.rand(size=(rows, 4))


def init_normal(m: nn.Module) -> None:
    if type(m) is nn.Linear:
        nn.init.normal_(m.weight, mean=0, std=0.01)
        nn.init.zeros_(m.bias)
