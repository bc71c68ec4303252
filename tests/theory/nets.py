"""Nets whose units are equal, or would be but for one thing."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def mlp(*fills: float | None, biases: float | None = 0.0, activation: Callable[[], nn.Module] = nn.ReLU) -> nn.Module:
    """Linear layers, 4-6-6-3 for three fills: constant where a number stands, else as torch draws them."""
    torch.manual_seed(0)
    widths = [4, *[6] * (len(fills) - 1), 3]
    layers: list[nn.Module] = []
    for fill, width, following in zip(fills, widths, widths[1:], strict=False):
        layer = nn.Linear(width, following)
        if fill is not None:
            nn.init.constant_(layer.weight, fill)
        if biases is not None:
            nn.init.constant_(layer.bias, biases)
        layers += [layer, activation()]
    return nn.Sequential(*layers[:-1])


def conv(*fills: float | None, groups: int = 1, dirac: bool = False) -> nn.Module:
    torch.manual_seed(0)
    layers = [nn.Conv2d(6, 6, 3, padding=1, groups=groups), nn.Conv2d(6, 6, 3, padding=1)]
    for layer, fill in zip(layers, fills, strict=False):
        nn.init.zeros_(layer.bias)  # type: ignore[arg-type]
        if dirac:
            nn.init.dirac_(layer.weight, layer.groups)
        elif fill is not None:
            nn.init.constant_(layer.weight, fill)
    head = nn.Linear(6 * 4, 2)
    if fills[-1] is not None:
        nn.init.constant_(head.weight, 0.05)
    return nn.Sequential(layers[0], nn.ReLU(), layers[1], nn.Tanh(), nn.MaxPool2d(2), nn.Flatten(), head)


class OfAClass(nn.Module):
    """A net with a forward of its own."""

    def __init__(self, *, residual: bool = False, dropout: float = 0.0) -> None:
        super().__init__()
        self.first, self.last, self.residual = nn.Linear(4, 4), nn.Linear(4, 2), residual
        self.dropout = nn.Dropout(dropout)
        for parameter in self.parameters():
            nn.init.constant_(parameter, 0.3)

    def forward(self, x: Tensor) -> Tensor:
        h = self.dropout(F.relu(self.first(x)))
        return self.last(h + x if self.residual else h)  # type: ignore[no-any-return]


class Depends(OfAClass):
    """Its forward depends on values, so that nothing can be known of it."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x if x.sum() > 0 else -x)


def tied() -> nn.Module:
    net = mlp(0.3, 0.3, 0.3)
    net[2].weight = nn.Parameter(torch.full((6, 6), 0.3))  # type: ignore[index]
    return nn.Sequential(net[0], nn.ReLU(), net[2], nn.Tanh(), net[2], net[4])  # type: ignore[index]


def normed(norm: Callable[[int], nn.Module]) -> nn.Module:
    net = mlp(0.3, 0.3)
    return nn.Sequential(net[0], norm(6), net[1], net[2])  # type: ignore[index]


def uneven_norm(units: int) -> nn.Module:
    norm = nn.LayerNorm(units)
    with torch.no_grad():
        norm.weight.copy_(torch.rand(units))
    return norm


def embedded() -> nn.Module:
    net = nn.Sequential(nn.Embedding(8, 4), nn.Linear(4, 3))
    nn.init.ones_(net[0].weight)  # type: ignore[arg-type]
    return net


def hooked() -> nn.Module:
    net = mlp(0.3, 0.3)
    net[0].register_forward_hook(lambda _m, _i, output: output * torch.arange(6))  # type: ignore[index]
    return net


class TwoHeads(nn.Module):
    """One constant layer whose outputs two heads take, the second constant or not."""

    def __init__(self, *, other: float | None) -> None:
        super().__init__()
        self.first, self.one, self.other = nn.Linear(4, 6), nn.Linear(6, 2), nn.Linear(6, 2)
        for layer, fill in ((self.first, 0.2), (self.one, 0.3), (self.other, other)):
            nn.init.zeros_(layer.bias)
            if fill is not None:
                nn.init.constant_(layer.weight, fill)

    def forward(self, x: Tensor) -> Tensor:
        h = F.relu(self.first(x))
        return self.one(h) + self.other(h)  # type: ignore[no-any-return]


class Gated(TwoHeads):
    """A gate weighs each unit otherwise."""

    def __init__(self) -> None:
        super().__init__(other=0.3)
        self.gate = nn.Linear(4, 6)

    def forward(self, x: Tensor) -> Tensor:
        return self.one(self.first(x) * torch.sigmoid(self.gate(x)))  # type: ignore[no-any-return]


def twice_drawn() -> nn.Module:
    """Two units of equal weights, in and out, among drawn ones."""
    net = mlp(None, None)
    with torch.no_grad():
        net[0].weight[1] = net[0].weight[0]  # type: ignore[index]
        net[2].weight[:, 1] = net[2].weight[:, 0]  # type: ignore[index]
    return net


def own_slopes() -> nn.Module:
    slopes = nn.PReLU(6)
    with torch.no_grad():
        slopes.weight.copy_(torch.rand(6))
    net = mlp(0.3, 0.3)
    return nn.Sequential(net[0], nn.Tanh(), slopes, net[2])  # type: ignore[index]
