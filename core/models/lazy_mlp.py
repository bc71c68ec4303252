"""Parameters without a shape: a lazy layer learns its input size from the first batch, and not before."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def lazy_mlp(n_in: int = 4, hidden: int = 8, n_out: int = 1) -> nn.Module:
    """A multilayer perceptron that is not told `n_in`; the first batch is."""
    return nn.Sequential(nn.LazyLinear(hidden), nn.ReLU(), nn.LazyLinear(n_out))


def batch(size: int, n_in: int = 4, hidden: int = 8, n_out: int = 1) -> tuple[Tensor, Tensor]:
    """Inputs (size, n_in) and targets (size, n_out), uniform on [0, 1)."""
    return torch.rand(size, n_in), torch.rand(size, n_out)


def loss(output: Tensor, target: Tensor) -> Tensor:
    """Mean squared error."""
    return F.mse_loss(output, target)
