"""Depth: how far a signal and its gradient get under an initialization and an activation."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

ACTIVATIONS: dict[str, type[nn.Module]] = {
    "relu": nn.ReLU,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
    "gelu": nn.GELU,
}


def deep_mlp(depth: int = 8, width: int = 32, activation: str = "relu") -> nn.Module:
    """A multilayer perceptron with `depth` hidden layers of equal width."""
    if activation not in ACTIVATIONS:
        raise ValueError(f"deep_mlp has no activation {activation!r}; choose one of {', '.join(ACTIVATIONS)}")
    layers: list[nn.Module] = []
    for _ in range(depth):
        layers += [nn.Linear(width, width), ACTIVATIONS[activation]()]
    return nn.Sequential(*layers, nn.Linear(width, 1))


def batch(size: int, depth: int = 8, width: int = 32, activation: str = "relu") -> tuple[Tensor, Tensor]:
    """Inputs (size, width) and targets (size, 1), uniform on [0, 1)."""
    return torch.rand(size, width), torch.rand(size, 1)


def loss(output: Tensor, target: Tensor) -> Tensor:
    """Mean squared error."""
    return F.mse_loss(output, target)
