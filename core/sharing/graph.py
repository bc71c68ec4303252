"""What autograd's graph says of a forward pass: the edges into its leaves."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from torch import Tensor
from torch.autograd.function import BackwardCFunction
from torch.autograd.graph import Node

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


#: What `register_full_backward_hook` puts into the graph: torch's own.
_MODULE_HOOK = "backward_hook_function"


class Edge(NamedTuple):
    """Output `output` of `node`'s backward function flows into the gradient of `leaf`.

    `within`: sequence numbers of the nodes whose backward made the graph that the edge is in, outermost first.
    """

    node: Node
    output: int
    leaf: Tensor
    operation: str
    within: tuple[int, ...] = ()

    @property
    def place(self) -> tuple[int, ...]:
        """What sorts edges by where the forward pass made them; a recomputed one stands where its part does."""
        return (*self.within, sequence_number(self.node), self.output)


@dataclass(frozen=True)
class Graph:
    """What was found from some nodes on: edges into leaves, and nodes whose backward is a person's own Python."""

    edges: tuple[Edge, ...]
    own: tuple[Node, ...]


def sequence_number(node: Any) -> int:
    """Autograd numbers a thread's nodes as it makes them; the number is public in its profiler only."""
    number: int = node._sequence_nr()
    return number


def graph_from(roots: Iterable[Node], within: tuple[int, ...] = ()) -> Graph:
    """All that `roots` depend on; `within` as of `Edge`."""
    reached_from: dict[Node, Node | None] = dict.fromkeys(roots)
    pending, edges = list(reached_from), []
    while pending:
        node = pending.pop()
        for index, (following, _) in enumerate(node.next_functions):
            leaf = getattr(following, "variable", None)
            if leaf is not None:
                edges.append(Edge(node, index, leaf, _operation(node, reached_from), within))
            elif following is not None and following not in reached_from:
                reached_from[following] = node
                pending.append(following)
    own = tuple(node for node in reached_from if isinstance(node, BackwardCFunction) and _name(node) != _MODULE_HOOK)
    return Graph(tuple(edges), own)


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
