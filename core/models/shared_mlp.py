"""One linear layer in two places: one tensor under two names, one gradient that sums both uses."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def shared_mlp(n_in: int = 4, hidden: int = 8, n_out: int = 1) -> nn.Module:
    """A multilayer perceptron whose second and third linear layer are the same module."""
    shared = nn.Linear(hidden, hidden)
    return nn.Sequential(
        nn.Linear(n_in, hidden),
        nn.ReLU(),
        shared,
        nn.ReLU(),
        shared,
        nn.ReLU(),
        nn.Linear(hidden, n_out),
    )


def batch(size: int, n_in: int = 4, hidden: int = 8, n_out: int = 1) -> tuple[Tensor, Tensor]:
    """Inputs (size, n_in) and targets (size, n_out), uniform on [0, 1)."""
    return torch.rand(size, n_in), torch.rand(size, n_out)


def loss(output: Tensor, target: Tensor) -> Tensor:
    """Mean squared error."""
    return F.mse_loss(output, target)
