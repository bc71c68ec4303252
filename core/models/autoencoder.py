"""One parameter under one name in two operations: the decoder's weight is the encoder's, transposed."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Autoencoder(nn.Module):
    """An encoder whose weight, transposed, is also the decoder's; the code is batch-normalized."""

    def __init__(self, n_in: int, hidden: int) -> None:
        super().__init__()
        self.encoder = nn.Linear(n_in, hidden)
        self.norm = nn.BatchNorm1d(hidden)
        self.decoder_bias = nn.Parameter(torch.zeros(n_in))

    def forward(self, x: Tensor) -> Tensor:
        """The input, rebuilt from its code."""
        code = self.norm(torch.tanh(self.encoder(x)))  # (B, hidden)
        return F.linear(code, self.encoder.weight.t(), self.decoder_bias)  # (B, n_in)


def autoencoder(n_in: int = 16, hidden: int = 4) -> nn.Module:
    """An autoencoder with transposed weights."""
    return Autoencoder(n_in, hidden)


def batch(size: int, n_in: int = 16, hidden: int = 4) -> tuple[Tensor, Tensor]:
    """Inputs (size, n_in), uniform on [0, 1); they are the targets too."""
    inputs = torch.rand(size, n_in)
    return inputs, inputs


def loss(output: Tensor, target: Tensor) -> Tensor:
    """Mean squared error."""
    return F.mse_loss(output, target)
