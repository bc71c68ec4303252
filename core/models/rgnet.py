"""Blocks within blocks: one bias by position, `rgnet[0][1][0].bias`, and by name, `0.block1.0.bias`."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def block1() -> nn.Sequential:
    """Two linear layers, 4 → 8 → 4, each followed by ReLU."""
    return nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 4), nn.ReLU())


def block2(blocks: int) -> nn.Sequential:
    """Named blocks in a row: block0, block1 and so on."""
    net = nn.Sequential()
    for i in range(blocks):
        net.add_module(f"block{i}", block1())
    return net


def rgnet(blocks: int = 4) -> nn.Module:
    """Nested blocks and a linear output."""
    return nn.Sequential(block2(blocks), nn.Linear(4, 1))


def batch(size: int, blocks: int = 4) -> tuple[Tensor, Tensor]:
    """Inputs (size, 4) and targets (size, 1), uniform on [0, 1)."""
    return torch.rand(size, 4), torch.rand(size, 1)


def loss(output: Tensor, target: Tensor) -> Tensor:
    """Mean squared error."""
    return F.mse_loss(output, target)
