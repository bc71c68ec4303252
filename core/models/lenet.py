"""Convolutions: weights with four axes, few parameters early and many late, and sigmoids in between."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def lenet(num_classes: int = 10, in_channels: int = 1) -> nn.Module:
    """LeNet-5 for 28×28 images (LeCun et al., 1998), as in the d2l book: sigmoids and average pooling."""
    return nn.Sequential(
        nn.Conv2d(in_channels, 6, kernel_size=5, padding=2),  # (B, 6, 28, 28)
        nn.Sigmoid(),
        nn.AvgPool2d(kernel_size=2, stride=2),  # (B, 6, 14, 14)
        nn.Conv2d(6, 16, kernel_size=5),  # (B, 16, 10, 10)
        nn.Sigmoid(),
        nn.AvgPool2d(kernel_size=2, stride=2),  # (B, 16, 5, 5)
        nn.Flatten(),  # (B, 400)
        nn.Linear(400, 120),
        nn.Sigmoid(),
        nn.Linear(120, 84),
        nn.Sigmoid(),
        nn.Linear(84, num_classes),
    )


def batch(size: int, num_classes: int = 10, in_channels: int = 1) -> tuple[Tensor, Tensor]:
    """Images (size, in_channels, 28, 28), uniform on [0, 1), and class numbers (size,)."""
    return torch.rand(size, in_channels, 28, 28), torch.randint(num_classes, (size,))


def loss(output: Tensor, target: Tensor) -> Tensor:
    """Cross entropy."""
    return F.cross_entropy(output, target)
