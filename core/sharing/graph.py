"""What autograd's graph says of a forward pass: the edges into its leaves, and the module calls they come from."""

import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.autograd.graph import Node

from ..module.walk import named_modules

#: Nodes that only look at a tensor in another shape: what uses it comes after them.
_VIEWS = frozenset(
    [
        "alias",
        "as_strided",
        "expand",
        "permute",
        "reshape_alias",
        "select",
        "slice",
        "split",
        "squeeze",
        "t",
        "to_copy",
        "transpose",
        "unbind",
        "unsafe_view",
        "unsqueeze",
        "view",
    ]
)


class Edge(NamedTuple):
    """Output `output` of `node`'s backward function flows into the gradient of `leaf`."""

    node: Node
    output: int
    leaf: Tensor
    operation: str


@dataclass(frozen=True)
class ModuleCall:
    """Call number `number` of the module `name`; `made` counts the calls it made itself, by module."""

    name: str = ""
    number: int = 1
    made: Counter[int] = field(default_factory=Counter)


class ModuleCalls:
    """Which call of which module was running when a node was made, by autograd's sequence numbers."""

    def __init__(self, model: nn.Module) -> None:
        self._names: dict[int, list[str]] = defaultdict(list)
        for here in named_modules(model):
            self._names[id(here.module)].append(here.name)
        self._running = [ModuleCall()]
        self._times: Counter[str] = Counter()
        self._begins, self._calls = [0], [self._running[0]]

    def at(self, sequence_number: int) -> ModuleCall:
        """The innermost call that was running."""
        return self._calls[bisect_right(self._begins, sequence_number) - 1]

    @contextmanager
    def noted(self, model: nn.Module) -> Iterator[None]:
        """Meanwhile calls of `model`'s modules are noted."""
        handles = []
        for module in {id(here.module): here.module for here in named_modules(model)}.values():
            handles.append(module.register_forward_pre_hook(self._enter))
            handles.append(module.register_forward_hook(self._leave, always_call=True))
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()

    def _enter(self, module: nn.Module, _inputs: Any) -> None:
        """A module with several names has been called by the next of those below its caller, as in a Sequential."""
        caller = self._running[-1]
        below = f"{caller.name}." if caller.name else ""
        names = self._names[id(module)]
        names = [name for name in names if name.startswith(below)] or names
        name = names[min(caller.made[id(module)], len(names) - 1)]
        caller.made[id(module)] += 1
        self._times[name] += 1
        self._running.append(ModuleCall(name, self._times[name]))
        self._mark()

    def _leave(self, _module: nn.Module, _inputs: Any, _output: Any) -> None:
        self._running.pop()
        self._mark()

    def _mark(self) -> None:
        with torch.enable_grad():
            node = torch.zeros((), requires_grad=True).view(()).grad_fn
        self._begins.append(sequence_number(node))
        self._calls.append(self._running[-1])


def sequence_number(node: Any) -> int:
    """Autograd numbers a thread's nodes as it makes them; the number is public in its profiler only."""
    number: int = node._sequence_nr()
    return number


def edges_into_leaves(roots: Iterable[Node]) -> dict[int, list[Edge]]:
    """All edges into leaves that `roots` depend on, by the leaf's id, in the order their nodes were made."""
    reached_from: dict[Node, Node | None] = dict.fromkeys(roots)
    pending, found = list(reached_from), defaultdict(list)
    while pending:
        node = pending.pop()
        for index, (following, _) in enumerate(node.next_functions):
            leaf = getattr(following, "variable", None)
            if leaf is not None:
                found[id(leaf)].append(Edge(node, index, leaf, _operation(node, reached_from)))
            elif following is not None and following not in reached_from:
                reached_from[following] = node
                pending.append(following)
    return {key: sorted(own, key=lambda edge: (sequence_number(edge.node), edge.output)) for key, own in found.items()}


def _operation(node: Node, reached_from: Mapping[Node, Node | None]) -> str:
    """The operations from a leaf on, up to the first that does more than view it: `t, addmm` for nn.Linear."""
    names, here = [_name(node)], reached_from[node]
    while names[-1] in _VIEWS and here is not None:
        names.append(_name(here))
        here = reached_from[here]
    return ", ".join(names)


def _name(node: Node) -> str:
    """`addmm` for AddmmBackward0."""
    words = re.sub(r"Backward\d*$", "", node.name().rpartition("::")[2])
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", words).lower()


def tensors_in(value: Any) -> Iterator[Tensor]:
    """The tensors in whatever an operation or a model returns."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, Mapping):
        yield from tensors_in(tuple(value.values()))
    elif isinstance(value, tuple | list):
        for part in value:
            yield from tensors_in(part)
