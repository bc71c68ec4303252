"""Beliefs about initializing and editing parameters, and what torch shows instead."""

import math

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from ...module.walk import named_tensors
from ...recipe.expression import expression
from ...tensor.compare import changed_elements
from ...text import error_line, number
from ..uses import used_tensors
from .base import Belief, Exhibit, Shown, yes


def _variance(_exhibit: Exhibit) -> Shown:
    drawn = nn.init.normal_(torch.empty(1000, 100), std=0.01)
    facts = [("std of 100,000 draws", number(float(drawn.std()))), ("variance", number(float(drawn.var())))]
    return facts, "nn.init.normal_(w, mean=0, std=0.01)  # variance 0.0001"


def _default(_exhibit: Exhibit) -> Shown:
    fan_in, fan_out = 100, 400
    layer = nn.Linear(fan_in, fan_out)
    facts = [
        ("largest |weight| of nn.Linear(100, 400)", number(float(layer.weight.detach().abs().max()))),
        ("1 / √fan_in", number(1 / math.sqrt(fan_in))),
        ("Kaiming's bound for ReLU, √(6 / fan_in)", number(math.sqrt(6 / fan_in))),
        ("Xavier's bound, √(6 / (fan_in + fan_out))", number(math.sqrt(6 / (fan_in + fan_out)))),
        ("largest |bias|", number(float(layer.bias.detach().abs().max()))),
    ]
    return facts, "nn.init.kaiming_uniform_(w, a=math.sqrt(5))  # what nn.Linear does: U(±1/√fan_in)"


def _variance_kept(_exhibit: Exhibit) -> Shown:
    width, x = 512, torch.randn(256, 512)
    squares = [float(x.square().mean())]
    for _ in range(4):
        layer = nn.Linear(width, width, bias=False)
        x = torch.relu(layer(x)).detach()
        squares.append(float(x.square().mean()))
    facts = [(f"mean square after {layers} ReLU layers", number(value)) for layers, value in enumerate(squares)]
    facts.append(("factor of the last layer", number(squares[-1] / squares[-2])))
    return facts, "x = torch.relu(nn.Linear(512, 512)(x))  # default initialization: a sixth is left each time"


def _constant(_exhibit: Exhibit) -> Shown:
    net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))
    for parameter in net.parameters():
        nn.init.constant_(parameter, 0.5)
    inputs, targets = torch.rand(16, 4), torch.rand(16, 1)
    _descend(net, inputs, targets)
    line = nn.Linear(4, 1)
    nn.init.zeros_(line.weight)
    first = _descend(line, inputs, targets, steps=1)
    last = _descend(line, inputs, targets, steps=200)
    hidden = net.get_parameter("0.weight").detach()
    facts = [
        ("different rows of 8 after 50 SGD steps", str(len(torch.unique(hidden, dim=0)))),
        ("different columns of 4", str(torch.unique(hidden, dim=1).shape[1])),
        ("loss of linear regression from zeros, before", number(first)),
        ("after 200 steps", number(last)),
    ]
    return facts, "nn.init.constant_(net[0].weight, 0.5)  # 8 hidden units, one of them in 8 copies"


def _descend(net: nn.Module, inputs: Tensor, targets: Tensor, steps: int = 50) -> float:
    """Plain SGD; the loss before the last step."""
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    loss = torch.zeros(())
    for _ in range(steps):
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(net(inputs), targets)
        torch.autograd.backward(loss)
        optimizer.step()
    return loss.item()


def _truncated(_exhibit: Exhibit) -> Shown:
    drawn = nn.init.trunc_normal_(torch.empty(100_000))
    small = nn.init.trunc_normal_(torch.empty(100_000), std=0.01)
    facts = [
        ("std of 100,000 draws", number(float(drawn.std()))),
        ("largest |value|", number(float(drawn.abs().max()))),
        ("largest |value| with std=0.01", number(float(small.abs().max()))),
        ("that in stds; the bounds a=−2 and b=2 are 200", number(float(small.abs().max() / 0.01))),
    ]
    return facts, "nn.init.trunc_normal_(w, std=0.01)  # cut at ±2, not at ±0.02"


def _xavier_everywhere(exhibit: Exhibit) -> Shown:
    refused, drawn, sentence = [], 0, ""
    for entry in named_tensors(exhibit.model):
        if entry.kind == "parameter" and not is_lazy(entry.tensor):
            try:
                nn.init.xavier_uniform_(torch.empty(entry.tensor.shape))
                drawn += 1
            except ValueError as error:
                refused.append(entry.name)
                sentence = error_line(error)
    if not refused:
        raise ValueError("it can draw every parameter of this model")
    facts = [("parameters it can draw", str(drawn)), ("parameters it refuses", str(len(refused)))]
    facts += [("the first of them", refused[0]), ("torch says", sentence)]
    return facts, "for p in net.parameters():\n    nn.init.xavier_uniform_(p)"


def _bias_too(exhibit: Exhibit) -> Shown:
    entry = exhibit.matrix()
    before = {other.name: other.tensor.detach().clone() for other in named_tensors(exhibit.model)}
    nn.init.xavier_uniform_(entry.tensor)
    changed = {other.name: changed_elements(before[other.name], other.tensor) for other in named_tensors(exhibit.model)}
    touched = [name for name, elements in changed.items() if elements]
    facts = [("names it changed", ", ".join(touched)), ("names it left as they were", str(len(changed) - len(touched)))]
    return facts, f"nn.init.xavier_uniform_({expression(entry.name)})  # this tensor, and nothing else"


def _looks_right(_exhibit: Exhibit) -> Shown:
    size = 64
    orthogonal = nn.init.orthogonal_(torch.empty(size, size))
    normal = nn.init.normal_(torch.empty(size, size), std=size**-0.5)
    facts = []
    for title, w in (("orthogonal", orthogonal), ("normal", normal)):
        apart = (w @ w.T - torch.eye(size)).abs().max()
        facts += [(f"{title}: std", number(float(w.std()))), (f"{title}: largest |WWᵀ − I|", number(float(apart)))]
    return facts, "w @ w.T  # what a histogram cannot show"


def _data(_exhibit: Exhibit) -> Shown:
    w = torch.full((3,), 2.0, requires_grad=True)
    version, loss = w._version, w.square().sum()
    w.data *= 10
    unchanged = w._version == version
    torch.autograd.backward(loss)
    facts = [
        ("the gradient of w² at 2, after an edit through .data", str(w.grad.tolist() if w.grad is not None else None)),
        ("should be", str([4.0] * 3)),
        ("version counter noticed", yes(not unchanged)),
    ]
    w = torch.full((3,), 2.0, requires_grad=True)
    loss = w.square().sum()
    with torch.no_grad():
        w *= 10
    try:
        torch.autograd.backward(loss)
        facts.append(("the same under no_grad", "no error"))
    except RuntimeError as error:
        facts.append(("the same edit under no_grad", error_line(error)))
    return facts, "with torch.no_grad():\n    w.copy_(new)  # noticed, where w.data = new is not"


class _Detached(nn.Module):
    """A linear layer that reads its weight through `.data`, as a custom layer of the lesson's book does."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.rand(4, 8))

    def forward(self, x: Tensor) -> Tensor:
        """`x @ weight`, cut off from the weight's gradient."""
        return torch.relu(x @ self.weight.data)


def _trains(_exhibit: Exhibit) -> Shown:
    net = nn.Sequential(_Detached(), nn.Linear(8, 1))
    inputs, targets = torch.rand(16, 4), torch.rand(16, 1)
    before = {name: p.detach().clone() for name, p in net.named_parameters()}
    _descend(net, inputs, targets)
    used = used_tensors(net, inputs).of
    facts = []
    for name, parameter in net.named_parameters():
        moved = changed_elements(before[name], parameter)
        facts.append((f"{name}: uses in the graph", str(len(used[name]))))
        facts.append((f"{name}: elements that 50 SGD steps changed", f"{moved} of {parameter.numel()}"))
    return facts, "x @ self.weight.data  # no gradient ever reaches weight"


BELIEFS = (
    Belief(
        "std_is_variance",
        "normal_(std=0.01) gives variance 0.01.",
        "std is the standard deviation: the variance is 0.0001.",
        "nothing",
        _variance,
    ),
    Belief(
        "default_scheme",
        "torch's default for nn.Linear is Kaiming's or Xavier's, and biases start at 0.",
        "Weights and biases are both uniform within ±1/√fan_in.",
        "nothing",
        _default,
    ),
    Belief(
        "default_keeps_variance",
        "The default initialization keeps the signal's variance.",
        "Each ReLU layer leaves about a sixth of the mean square.",
        "nothing",
        _variance_kept,
    ),
    Belief(
        "constant",
        "Any non-zero constant is a fine start; or: even linear regression must not start with equal weights.",
        "Equal hidden units stay equal, row for row; without hidden units there is no symmetry to break.",
        "nothing",
        _constant,
    ),
    Belief(
        "truncated_std",
        "trunc_normal_ has std 1 by default, and its bounds scale with std.",
        "Cut at ±2 its std is 0.880; the bounds are absolute.",
        "nothing",
        _truncated,
    ),
    Belief(
        "xavier_everywhere",
        "xavier_uniform_ works on every parameter.",
        "It needs fan-in and fan-out, so a bias, with one axis, is refused.",
        "a matrix",
        _xavier_everywhere,
    ),
    Belief(
        "init_resets_bias",
        "Initializing a layer's weight resets its bias too.",
        "An init function changes the tensor it is given, and nothing else.",
        "a matrix",
        _bias_too,
    ),
    Belief(
        "looks_right",
        "A histogram that looks right is right.",
        "Orthogonal and normal matrices have the same histogram; WWᵀ tells them apart.",
        "nothing",
        _looks_right,
    ),
    Belief(
        "data_is_the_way",
        ".data is the way to edit a parameter.",
        "It bypasses the version counter, so that a wrong gradient goes unnoticed; under no_grad torch raises.",
        "nothing",
        _data,
    ),
    Belief(
        "no_crash_trains",
        "It runs without an error, so it trains.",
        "A parameter that the graph does not reach never moves.",
        "nothing",
        _trains,
    ),
)
