"""A small residual network, and an init that starts every block as the identity.

    streamlit run dashboard.py -- --model examples/resnet.py:build --init examples/resnet.py:zero_gamma

The last normalization of each block starts with scale 0 (zero-gamma; Goyal et al. 2017, section 5.1), so at the start a
block passes its input on and the network is as shallow as its stem.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Block(nn.Module):
    """Two 3×3 convolutions, each normalized, added to what came in."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(channels)

    def forward(self, x: Tensor) -> Tensor:
        """The same shape, (B, C, H, W)."""
        hidden = F.relu(self.norm1(self.conv1(x)))
        return F.relu(x + self.norm2(self.conv2(hidden)))


def build(channels: int = 16, blocks: int = 3, classes: int = 10) -> nn.Module:
    """A ResNet for small color images: a stem, residual blocks, one linear layer."""
    stem = nn.Sequential(nn.Conv2d(3, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels), nn.ReLU())
    body = nn.Sequential(*(Block(channels) for _ in range(blocks)))
    return nn.Sequential(stem, body, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, classes))


def batch(size: int) -> tuple[Tensor, Tensor]:
    """Images (size, 3, 8, 8) and classes (size,)."""
    return torch.randn(size, 3, 8, 8), torch.randint(10, (size,))


def loss(output: Tensor, target: Tensor) -> Tensor:
    """Cross entropy."""
    return F.cross_entropy(output, target)


def zero_gamma(m: nn.Module) -> None:
    """He's normal init for convolutions, and 0 for the scale of each block's last normalization."""
    if isinstance(m, nn.Conv2d):
        nn.init.kaiming_normal_(m.weight, mode="fan_out", nonlinearity="relu")
    if isinstance(m, Block):
        nn.init.zeros_(m.norm2.weight)
