"""The notebook's exercise in plain torch, with nothing of ours: train an MLP with a shared layer and watch each layer.

Run alone (`python tests/exercise_reference.py`) it prints its figures as JSON. Everything is done the long way: the
gradient of a use comes from a net whose two places hold a copy each, rebuilt from the tied one at every step.
"""

import copy
import json
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

OPTIMIZERS: dict[str, Callable[[Any, float], torch.optim.Optimizer]] = {
    "sgd": lambda parameters, lr: torch.optim.SGD(parameters, lr=lr),
    "momentum": lambda parameters, lr: torch.optim.SGD(parameters, lr=lr, momentum=0.9),
    "adam": lambda parameters, lr: torch.optim.Adam(parameters, lr=lr),
}


def shared_net() -> nn.Sequential:
    """4 inputs, 8 hidden units, one 8 × 8 layer in the places 2 and 4, one output; drawn with seed 0."""
    torch.manual_seed(0)
    shared = nn.Linear(8, 8)
    return nn.Sequential(nn.Linear(4, 8), nn.ReLU(), shared, nn.ReLU(), shared, nn.ReLU(), nn.Linear(8, 1))


def batch() -> tuple[Tensor, Tensor]:
    """16 rows, uniform on [0, 1), drawn with seed 0."""
    torch.manual_seed(0)
    return torch.rand(16, 4), torch.rand(16, 1)


def untied(net: nn.Sequential) -> nn.Sequential:
    """The same net with a layer of its own in place 4."""
    twin = copy.deepcopy(net)
    twin[4] = copy.deepcopy(twin[2])
    return twin


def one_storage(net: nn.Sequential) -> nn.Sequential:
    """The same net with Parameters of its own in place 4, over the bytes of place 2."""
    twin = untied(net)
    for own in ("weight", "bias"):
        twin.get_parameter(f"4.{own}").data = twin.get_parameter(f"2.{own}").data
    return twin


def gradients(net: nn.Module, inputs: Tensor, targets: Tensor) -> float:
    """Fill `.grad` anew; the loss."""
    net.zero_grad()
    loss = nn.functional.mse_loss(net(inputs), targets)
    torch.autograd.backward(loss)
    return loss.item()


def train(optimizer: str, lr: float, steps: int) -> dict[str, list[float]]:
    """Tied, untied and one-storage nets side by side; every list has one figure a step, and one after the last."""
    tied, inputs_targets = shared_net(), batch()
    nets = {"tied": tied, "untied": untied(tied), "storage": one_storage(tied)}
    steppers = {name: OPTIMIZERS[optimizer](net.parameters(), lr) for name, net in nets.items()}
    names = ("first", "second", "sum", "grad", "cosine", "error", "distance", "gap", "update")
    figures: dict[str, list[float]] = {name: [] for name in (*nets, *names)}
    for step in range(steps + 1):
        for name, net in nets.items():
            figures[name].append(gradients(net, *inputs_targets))
        by_place = untied(tied)
        gradients(by_place, *inputs_targets)
        first, second = (by_place.get_parameter(f"{place}.weight").grad for place in (2, 4))
        grad = tied.get_parameter("2.weight").grad
        assert first is not None
        assert second is not None
        assert grad is not None
        w = {name: [net.get_parameter(f"{place}.weight").detach() for place in (2, 4)] for name, net in nets.items()}
        for name, value in {
            "first": first.norm(),
            "second": second.norm(),
            "sum": (first + second).norm(),
            "grad": grad.norm(),
            "cosine": (first * second).sum() / (first.norm() * second.norm()),
            "error": (first + second - grad).abs().max(),
            "distance": (w["untied"][1] - w["untied"][0]).norm(),
            "gap": (w["storage"][0] - w["tied"][0]).abs().max(),
        }.items():
            figures[name].append(float(value))
        if step < steps:
            before = w["tied"][0].clone()
            for stepper in steppers.values():
                stepper.step()
            after = tied.get_parameter("2.weight").detach()
            figures["update"].append(float((after - before).norm() / before.norm()))
    return figures


if __name__ == "__main__":
    torch.set_num_threads(1)
    for name, lr in (("sgd", 0.1), ("momentum", 0.05), ("adam", 0.01)):
        found = train(name, lr, 100)
        shown = {key: [float(f"{values[step]:.4g}") for step in (0, 5, 99)] for key, values in found.items()}
        print(name, json.dumps(shown))
