"""Where a forward pass uses a parameter, and what each use contributes to its gradient.

Autograd keeps an AccumulateGrad node for every parameter, and one edge into it for every use; what flows along an
edge in the backward pass is exactly that use's part of the gradient. So nothing of the model is rewritten, and a use
inside an operation counts too: each time step of `nn.LSTM`; and so does a use in a graph that the backward pass makes
itself (`core.sharing.backward`). All of it happens on a copy (see `core.module.replica`).
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.graph import Node
from torch.nn.parameter import is_lazy

from ..module.failures import failures
from ..module.passing import passed
from ..module.replica import replica
from ..module.seeding import seeded
from ..module.walk import find_tensor, named_tensors, split
from ..questions.sharing import Use
from .backward import Pass
from .graph import Edge, sequence_number, tensors_in
from .hooks import after_hooks, arrivals, count_hooks
from .module_calls import ModuleCalls
from .reads import Reads

Loss = Callable[[Any], Tensor]


@dataclass(frozen=True)
class UsedTensors:
    """One forward pass: `of` maps every parameter's first name to its uses, in the order they were made.

    `unregistered` are the shapes of tensors that get a gradient although the model does not list them.
    """

    of: dict[str, tuple[Use, ...]]
    unregistered: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Contributions:
    """A parameter's gradient use by use, all of one shape and dtype.

    Attributes:
        uses: in the order of the forward pass; parts: what each of them contributes, after the hooks on the parameter
            where these act on each part alike (`additive`), otherwise before them.
        total: sum of the parts; grad: what `backward()` left in `.grad`; loss: its value.
        arrived: what the total has to be: `grad`, or where hooks act on the sum only, what autograd gave to them.
        hooks: how many the parameter has.
    """

    uses: tuple[Use, ...]
    parts: tuple[Tensor, ...]
    total: Tensor
    grad: Tensor
    loss: float
    arrived: Tensor
    hooks: int = 0
    additive: bool = True

    @property
    def largest_error(self) -> float:
        """`max |total − arrived|`, 0 for a parameter without elements."""
        return float((self.total - self.arrived).abs().max()) if self.grad.numel() else 0.0

    @property
    def norms(self) -> tuple[float, ...]:
        """L2 norm of each part."""
        return tuple(float(part.norm()) for part in self.parts)

    @property
    def cosines(self) -> Tensor:
        """Float64 (uses, uses), cosine of the angle between every two parts; NaN where one is zero."""
        real = (torch.view_as_real(part) if part.is_complex() else part for part in self.parts)
        flat = torch.stack([part.reshape(-1).double() for part in real])
        length: Tensor = flat.norm(dim=1, keepdim=True)
        directions = flat / length
        return directions @ directions.T


def used_tensors(model: nn.Module, inputs: Any) -> UsedTensors:
    """Every use of every floating-point parameter in `model(*inputs)`, trainable or frozen; `model` is not run itself.

    Args:
        model: any module; inputs: its argument, or a tuple of its arguments.

    Raises:
        ValueError: the model cannot be copied, or the forward pass fails.
    """
    with seeded():
        copied = replica(model)
        for parameter in copied.parameters():
            if not is_lazy(parameter) and (parameter.is_floating_point() or parameter.is_complex()):
                parameter.requires_grad_()
        trace = Pass(copied)
        with trace.watched():
            outputs = [each for each in tensors_in(forward(copied, inputs)) if each.grad_fn is not None]
            trace.follow([each.grad_fn for each in outputs if each.grad_fn is not None])
            if trace.recomputes:
                with suppress(Exception):  # a person's own backward may raise anything; what was met so far counts
                    torch.autograd.backward(outputs, [torch.ones_like(each) for each in outputs])
    edges, names = trace.edges(), _names(copied)
    of: dict[str, tuple[Use, ...]] = {first: () for first, *_ in names.values()}
    of |= {names[key][0]: _uses(found, names[key], trace.calls) for key, found in edges.items() if key in names}
    loose = [tuple(found[0].leaf.shape) for key, found in edges.items() if key not in names and _is_held(found[0])]
    return UsedTensors(of, tuple(loose))


def _is_held(edge: Edge) -> bool:
    """Whether its leaf is the model's; a graph that a backward pass makes begins at cut-off inputs as well."""
    return not edge.within or isinstance(edge.leaf, nn.Parameter)


def use_gradients(model: nn.Module, name: str, inputs: Any, loss_fn: Loss) -> Contributions:
    """What each use of the parameter `name` contributes to its gradient: `sum of parts = .grad`, by the chain rule.

    With W_k a copy of W of its own at use k, all equal: dL/dW = Σ_k dL/dW_k (the multivariate chain rule; Rumelhart,
    Hinton & Williams 1986 for shared weights). Everything runs on a copy; `model`, its gradients and the
    random streams are as they were.

    Args:
        model: any module; name: any qualified name of one of its parameters, of whatever shape.
        inputs: the model's argument, or a tuple of its arguments.
        loss_fn: from the model's output to a tensor with one element.

    Raises:
        ValueError: it is no trainable parameter, the pass does not use it, or the pass fails.

    Example:
        >>> layer = nn.Linear(3, 3)
        >>> found = use_gradients(nn.Sequential(layer, layer), "0.weight", torch.ones(1, 3), lambda out: out.sum())
        >>> [use.name for use in found.uses], found.parts[0].shape
        (['0.weight', '1.weight'], torch.Size([3, 3]))
        >>> bool(torch.allclose(found.parts[0] + found.parts[1], found.grad))
        True
    """
    check_trainable(model, name)
    with seeded():
        return contributions(replica(model), name, inputs, loss_fn)


def contributions(model: nn.Module, name: str, inputs: Any, loss_fn: Loss) -> Contributions:
    """As `use_gradients`, but in `model` itself, which is run as it is: fills every `.grad` anew.

    Raises:
        ValueError: as `use_gradients`.
    """
    model.zero_grad()
    leaf = find_tensor(model, name).tensor
    flow = _Flow(leaf)
    trace = Pass(model, flow.keep)
    with trace.watched(), arrivals(leaf) as arrived:
        loss = forward(model, inputs, loss_fn)
        if not isinstance(loss, Tensor) or loss.numel() != 1 or loss.grad_fn is None:
            raise ValueError(f"the loss must be a tensor with one element that depends on {name!r}")
        with failures("the backward pass"):
            torch.autograd.backward(loss)
    edges = trace.edges().get(id(leaf))
    if edges is None:
        raise ValueError(_unreached(model, name, inputs))
    grad = torch.zeros_like(leaf) if leaf.grad is None else leaf.grad.detach().to_dense().clone()
    raw = [flow.along[edge.node, edge.output] for edge in edges]
    hooked = after_hooks(leaf, raw, grad)
    parts = tuple(raw if hooked is None else hooked)
    return Contributions(
        uses=_uses(edges, _names(model)[id(leaf)], trace.calls),
        parts=parts,
        total=torch.stack(parts).sum(0),
        grad=grad,
        loss=loss.item(),
        arrived=grad if hooked is not None else torch.stack(arrived).sum(0),
        hooks=count_hooks(leaf),
        additive=hooked is not None,
    )


def _unreached(model: nn.Module, name: str, inputs: Any) -> str:
    """Why no gradient reaches a parameter."""
    reads = Reads(find_tensor(model, name).tensor)
    with suppress(ValueError, RuntimeError), reads:
        forward(model, inputs)
    if not reads.found:
        return f"the forward pass does not use {name!r}, so no gradient reaches it"
    return (
        f"the forward pass uses {name!r} only where no graph leads to it, as within torch.no_grad() or in a reentrant "
        "checkpoint whose input requires no gradient, so no gradient reaches it"
    )


def check_trainable(model: nn.Module, name: str) -> None:
    """Raise ValueError, in one sentence, unless `name` is a parameter that a backward pass can reach."""
    entry = find_tensor(model, name)
    if entry.kind == "buffer":
        raise ValueError(f"{name!r} is a buffer: no backward pass gives it a gradient; choose a parameter")
    if is_lazy(entry.tensor):
        raise ValueError(f"{name!r} is uninitialized until the first forward pass; run one first")
    if not entry.tensor.requires_grad:
        raise ValueError(f"{name!r} is frozen: its requires_grad is False, so no use of it gets a gradient")
    if entry.tensor.is_meta:
        raise ValueError(f"{name!r} is on the meta device and has no values; give it some first")


def forward(model: nn.Module, inputs: Any, then: Callable[[Any], Any] = lambda output: output) -> Any:
    """`then(model(*inputs))` with gradients; whatever fails in it is a ValueError of one sentence."""
    with failures("the forward pass"), torch.enable_grad():
        return then(passed(model, inputs))


class _Flow:
    """What flows along each edge into `leaf`, by its node and output."""

    def __init__(self, leaf: Tensor) -> None:
        self._leaf = leaf
        self.along: dict[tuple[Node, int], Tensor] = {}

    def keep(self, edge: Edge) -> None:
        """From now on note what flows along `edge`."""
        if edge.leaf is not self._leaf:
            return
        key = edge.node, edge.output
        self.along[key] = torch.zeros_like(self._leaf)

        def hook(grad_inputs: Sequence[Tensor | None], _grad_outputs: Any) -> None:
            grad = grad_inputs[edge.output]
            if grad is not None:  # a sum of its own: the engine may add to the gradient in place
                self.along[key] = self.along[key] + grad.detach().to_dense()

        edge.node.register_hook(hook)


def _uses(edges: Iterable[Edge], names: Sequence[str], calls: ModuleCalls) -> tuple[Use, ...]:
    found = []
    for edge in edges:
        call = calls.at(sequence_number(edge.node))
        name = next((name for name in names if split(name)[0] == call.name), names[0])
        found.append(Use(name, call.name, call.number, edge.operation))
    return tuple(found)


def _names(model: nn.Module) -> dict[int, list[str]]:
    names: dict[int, list[str]] = defaultdict(list)
    for entry in named_tensors(model):
        if entry.kind == "parameter":
            names[id(entry.tensor)].append(entry.name)
    return names
