"""In a forward pass, every operation that takes a tensor gets a stand-in of its own instead."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from ..module.walk import find_tensor
from .checkpoints import graphs_kept
from .graph import tensors_in
from .uses import Loss, forward

_MOST_OPERATIONS = 10_000


class Substitution(TorchFunctionMode):
    """While it is entered, operation number k that takes a tensor takes its stand-in number k.

    A view counts when it is made (`w.t()`), not when it is used. What gives no differentiable result (a shape, a
    detached value) takes a stand-in as well but does not use it up.

    Args:
        stand_ins: the id of a tensor, which the caller keeps alive, to its stand-ins in the order of the pass.
    """

    def __init__(self, stand_ins: Mapping[int, Sequence[Tensor]]) -> None:
        super().__init__()
        self._stand_ins = stand_ins
        self.used: Counter[int] = Counter()

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self._taken: list[int] = []
        output = func(*self._substituted(args), **self._substituted(kwargs or {}))
        if self._taken and not any(tensor.grad_fn is not None for tensor in tensors_in(output)):
            self.used.subtract(self._taken)
        elif any(self.used[key] > len(self._stand_ins[key]) for key in self._taken):
            raise RuntimeError("more operations than before take the parameter, so there is no copy for each of them")
        return output

    def _substituted(self, value: Any) -> Any:
        if isinstance(value, Tensor):
            own = self._stand_ins.get(id(value))
            if own is None:
                return value
            self.used[id(value)] += 1
            self._taken.append(id(value))
            return own[min(self.used[id(value)], len(own)) - 1]
        if isinstance(value, dict):
            return {key: self._substituted(part) for key, part in value.items()}
        if type(value) in (tuple, list):
            return type(value)(self._substituted(part) for part in value)
        return value


def operations_taking(model: nn.Module, names: Sequence[str], inputs: Any, loss_fn: Loss) -> dict[str, int]:
    """How many operations of one pass of `model` take each of these parameters.

    Raises:
        ValueError: the pass fails.
    """
    leaves = {name: find_tensor(model, name).tensor for name in names}
    stand_ins = {id(leaf): [leaf] * _MOST_OPERATIONS for leaf in leaves.values()}
    with graphs_kept(reentrant=True), Substitution(stand_ins) as counting:
        forward(model, inputs, loss_fn)
    return {name: counting.used[id(leaf)] for name, leaf in leaves.items()}
