"""A tied net in training beside twins that start with equal values.

In one twin every use has a copy of its own; in the other a Parameter of its own, but all of them over one storage.
A twin has no other architecture: each operation of its forward pass that takes the parameter gets a stand-in of its
own. So whatever is shared can be untied: a module in two places, a decoder's transpose, a cell that is called 10 times.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ..module.gradient_hooks import share_hooks
from ..module.replica import replica
from ..module.seeding import seed_host_streams, seeded
from ..module.tying import tied_groups, untie_name
from ..module.walk import find_module, find_tensor, join, named_tensors
from ..questions.experiments import Lane, Twins
from ..questions.picture import Heatmap
from ..tensor.layout import default_layout, lay_flat
from ..tensor.readable import viewable
from ..tensor.stats import heatmap
from ..text import count
from .checkpoints import graphs_kept
from .substitution import Substitution, operations_taking
from .uses import Contributions, Loss, check_trainable, contributions, forward, used_tensors

#: Bytes of all pictures together; untied lanes at most.
MOST_BYTES, MOST_LANES = 400_000, 8
MOST_STEPS = 1000

Optimizer = Callable[[list[nn.Parameter], float], torch.optim.Optimizer]


def twins(
    model: nn.Module,
    name: str,
    inputs: Any,
    loss_fn: Loss,
    *,
    optimizer: Optimizer,
    learning_rate: float,
    steps: int,
    frames: int = 26,
    cells: int = 24,
) -> Twins:
    """Train copies of `model` for `steps` on one batch; `model` itself stays as it is.

    Of a module that stands in several places all parameters are untied in the twin, otherwise `name` alone.

    Args:
        model, name, inputs, loss_fn: as for `core.sharing.uses.use_gradients`.
        optimizer: from parameters and a learning rate to an optimizer; steps: 1 to MOST_STEPS.
        frames, cells: pictures over time, and their rows and columns, at most; smaller where MOST_BYTES needs it.

    Raises:
        ValueError: as `use_gradients`, or one operation alone takes the parameter.
    """
    if not 1 <= steps <= MOST_STEPS:
        raise ValueError(f"{steps:,} training steps are not from 1 to {MOST_STEPS:,}; choose a number between")
    check_trainable(model, name)
    together = _together(model, name)
    with seeded():
        operations = operations_taking(replica(model), together, inputs, loss_fn)
        if operations[name] < 2:
            raise ValueError(_nothing_to_untie(model, name, inputs, operations[name]))
        tied = _Tied(replica(model), name, inputs, loss_fn)
        untied, stored = (_Split(replica(model), operations, inputs, loss_fn, shared) for shared in (False, True))
        copies = untied.stand_ins[name]
        lanes = _Lanes([tied.leaf, *copies[:MOST_LANES]], _frames(steps, frames), cells)
        nets = (tied, untied, stored)
        steppers = [optimizer(net.parameters(), learning_rate) for net in nets]
        series: list[tuple[float, ...]] = []
        found: list[Contributions] = []
        for step in range(steps + 1):
            losses = [_backward(net, step) for net in nets]
            series.append((*losses, _distance(copies[0], copies[-1]), _gap(tied.leaf, stored.stand_ins[name][0])))
            found.append(tied.contributed)
            lanes.look(step)
            for stepper in steppers if step < steps else ():
                stepper.step()
    tied_losses, untied_losses, storage_losses, distances, storage_gaps = np.array(series, np.float64).T
    rows, columns = _flat(tied.leaf).shape
    labels = _labels(found[0], len(copies))[:MOST_LANES]
    return Twins(
        name=name,
        names=next((group.names for group in tied_groups(model) if name in group.names), (name,)),
        together=together,
        frames=np.array(lanes.frames, np.int64),
        shape=(rows, columns),
        cell=lanes.cell,
        tied=lanes.lane(0, "tied"),
        untied=tuple(lanes.lane(number, label) for number, label in enumerate(labels, 1)),
        tied_losses=tied_losses,
        untied_losses=untied_losses,
        storage_losses=storage_losses,
        use_norms=np.array([each.norms for each in found], np.float64),
        sum_norms=np.array([float(each.total.norm()) for each in found], np.float64),
        cosines=np.array([float(each.cosines[0, -1]) for each in found], np.float64),
        distances=distances,
        storage_gaps=storage_gaps,
        parameters=(_unique(tied.parameters()), _unique(untied.parameters())),
    )


def _nothing_to_untie(model: nn.Module, name: str, inputs: Any, operations: int) -> str:
    if operations:
        return f"one operation alone takes {name!r}, so there is nothing to untie; tie it first"
    tensor = find_tensor(model, name).tensor
    first = next(entry.name for entry in named_tensors(model) if entry.tensor is tensor)
    uses = len(used_tensors(model, inputs).of[first])
    if not uses:
        return f"the forward pass does not use {name!r}, so there is nothing to untie; choose another parameter"
    return (
        f"{count(uses, 'use')} of {name!r} {'is' if uses == 1 else 'are'} in what a function of the model's own "
        "recomputes in the backward pass, where no copy can take its place; compare without the recomputing"
    )


def _backward(net: "_Tied | _Split", step: int) -> float:
    seed_host_streams(step)  # whatever the forward pass draws, dropout or noise of its own, falls alike on all nets
    return net.backward()


def _distance(first: Tensor, last: Tensor) -> float:
    return float((last.detach() - first.detach()).norm())


def _gap(tied: Tensor, stored: Tensor) -> float:
    return float((stored.detach() - tied.detach()).abs().max())


def _together(model: nn.Module, name: str) -> tuple[str, ...]:
    """The trainable parameters that stand in several places with `name`: those of the shared module, or it alone."""
    module = untie_name(model, name)
    if module is None or module == name:
        return (name,)
    inside = {
        id(entry.tensor): join(module, entry.name)
        for entry in named_tensors(find_module(model, module))
        if entry.kind == "parameter" and entry.tensor.requires_grad
    }
    return tuple({**inside, id(find_tensor(model, name).tensor): name}.values())


class _Tied:
    """The net as it is; `contributed` is what each use gave to the gradient last."""

    def __init__(self, model: nn.Module, name: str, inputs: Any, loss_fn: Loss) -> None:
        self._model, self._name, self._inputs, self._loss_fn = model, name, inputs, loss_fn
        self.leaf = find_tensor(model, name).tensor
        self.contributed: Contributions

    def parameters(self) -> list[nn.Parameter]:
        """What an optimizer gets."""
        return list(self._model.parameters())

    def backward(self) -> float:
        """The loss; every gradient is made anew."""
        self.contributed = contributions(self._model, self._name, self._inputs, self._loss_fn)
        return self.contributed.loss


class _Split:
    """The net with a stand-in of its own for every operation that takes one of the parameters.

    Stand-ins view one storage or hold a copy each.
    """

    def __init__(
        self, model: nn.Module, operations: dict[str, int], inputs: Any, loss_fn: Loss, one_storage: bool
    ) -> None:
        self._model, self._inputs, self._loss_fn = model, inputs, loss_fn
        leaves = {name: find_tensor(model, name).tensor.detach() for name in operations}
        self.stand_ins = {
            name: [nn.Parameter(leaf if one_storage else leaf.clone()) for _ in range(operations[name])]
            for name, leaf in leaves.items()
        }
        for name, own in self.stand_ins.items():
            for stand_in in own:
                share_hooks(find_tensor(model, name).tensor, stand_in)
        self._by_id = {id(find_tensor(model, name).tensor): own for name, own in self.stand_ins.items()}

    def parameters(self) -> list[nn.Parameter]:
        """What an optimizer gets: the stand-ins instead of what they stand for."""
        untouched = [p for p in self._model.parameters() if id(p) not in self._by_id]
        return [*untouched, *(copied for own in self.stand_ins.values() for copied in own)]

    def backward(self) -> float:
        """The loss; every gradient is made anew."""
        for parameter in self.parameters():
            parameter.grad = None
        with graphs_kept(reentrant=True), Substitution(self._by_id):
            loss = forward(self._model, self._inputs, self._loss_fn)
        torch.autograd.backward(loss)
        return float(loss.detach())


class _Lanes:
    """Pictures of some tensors and their gradients at some steps, and the size of every update between steps."""

    def __init__(self, tensors: Sequence[Tensor], frames: Sequence[int], cells: int) -> None:
        self.frames, self._tensors = frames, tensors
        self._side = max(1, min(cells, int((MOST_BYTES / (8 * len(frames) * len(tensors))) ** 0.5)))
        self._pictures: list[list[tuple[NDArray[Any], NDArray[Any]]]] = [[] for _ in tensors]
        self._updates: list[list[float]] = [[] for _ in tensors]
        self._before: list[Tensor] = []
        self.cell = self._picture(tensors[0]).cell

    def look(self, step: int) -> None:
        """Note what there is before the update of `step`."""
        values = [tensor.detach().clone() for tensor in self._tensors]
        for updates, old, new in zip(self._updates, self._before, values, strict=False):  # nothing before the first
            updates.append(float((new - old).norm() / old.norm()))
        self._before = values
        if step in self.frames:
            for pictures, tensor in zip(self._pictures, self._tensors, strict=True):
                gradient = torch.zeros_like(tensor) if tensor.grad is None else tensor.grad
                pictures.append((self._picture(tensor).mean, self._picture(gradient).mean))

    def lane(self, number: int, label: str) -> Lane:
        """All that was seen of one tensor."""
        values, gradients = (np.stack(side).astype(np.float32) for side in zip(*self._pictures[number], strict=True))
        return Lane(label, values, gradients, np.array(self._updates[number], np.float64))

    def _picture(self, tensor: Tensor) -> Heatmap:
        matrix = _flat(tensor)
        strip = matrix.shape[0] == 1
        return heatmap(matrix, self._side, self._side**2 if strip else self._side)


def _flat(tensor: Tensor) -> Tensor:
    view, note = viewable(tensor)
    if view is None:
        raise ValueError(f"there is no picture of it: {note}")
    return lay_flat(view, default_layout(tuple(view.shape)))


def _frames(steps: int, frames: int) -> list[int]:
    """At most `frames` different steps, evenly spaced, the first and the last among them."""
    return sorted({round(step) for step in np.linspace(0, steps, max(2, min(frames, steps + 1))).tolist()})


def _labels(found: Contributions, copies: int) -> list[str]:
    """The names by which the uses reached the parameter, numbered where a name is used twice."""
    names = [use.name for use in found.uses]
    if len(names) != copies:
        return [f"use {number}" for number in range(1, copies + 1)]
    if len(set(names)) == len(names):
        return names
    return [f"{name}, use {number}" for number, name in enumerate(names, 1)]


def _unique(parameters: Sequence[nn.Parameter]) -> int:
    return sum(parameter.numel() for parameter in parameters)
