"""What a backward pass runs through, graphs that it makes itself included.

A reentrant checkpoint keeps no graph in the forward pass: its backward calls the part anew and runs a backward pass
of its own through that. Any `autograd.Function` may. All of them call autograd's engine, and there they are seen.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd import Variable
from torch.autograd.graph import Node

from .checkpoints import graphs_kept
from .graph import Edge, graph_from, sequence_number
from .module_calls import ModuleCalls


class Pass:
    """A forward pass of a model and what is run backward through it, while it is `watched`.

    Args:
        model: which is run as it is; on_edge: is told of each edge into a leaf before anything flows along it.

    Attributes:
        calls: of its modules; recomputes: whether a backward pass may make graphs of its own.
    """

    def __init__(self, model: nn.Module, on_edge: Callable[[Edge], None] = lambda _edge: None) -> None:
        self.calls, self.recomputes = ModuleCalls(model), False
        self._model, self._on_edge = model, on_edge
        self._edges: dict[tuple[Node, int], Edge] = {}
        self._own: set[Node] = set()
        self._within: list[int] = []

    def edges(self) -> dict[int, list[Edge]]:
        """Those that were met, by their leaf's id, in the order of the forward pass."""
        found: dict[int, list[Edge]] = {}
        for edge in sorted(self._edges.values(), key=lambda edge: edge.place):
            found.setdefault(id(edge.leaf), []).append(edge)
        return found

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Run the forward and the backward pass in here."""
        engine: Any = Variable._execution_engine
        Variable._execution_engine = _Engine(engine, self.follow)  # type: ignore[assignment]
        try:
            with _unfused(), graphs_kept(), self.calls.noted(self._model):
                yield
        finally:
            Variable._execution_engine = engine

    def follow(self, roots: Iterable[Node], leaves: frozenset[int] | None = None) -> None:
        """Meet the edges that `roots` depend on; `leaves`: ids of those that accumulate, None for all."""
        graph = graph_from(roots, tuple(self._within))
        for edge in graph.edges:
            key = edge.node, edge.output
            if key not in self._edges and (leaves is None or id(edge.leaf) in leaves):
                self._edges[key] = edge
                self._on_edge(edge)
        for node in graph.own:
            if node not in self._own:
                self._own.add(node)
                self.recomputes = True
                node.register_prehook(self._begin(node))
                node.register_hook(self._end)

    def _begin(self, node: Node) -> Callable[[Any], None]:
        def prehook(_grads: Any) -> None:
            self._within.append(sequence_number(node))
            self.calls.begin_again(node)

        return prehook

    def _end(self, _inputs: Any, _outputs: Any) -> None:
        self._within.pop()
        self.calls.end_again()


class _Engine:
    """Autograd's engine; `before` is told of the roots of each run, and of the leaves that it accumulates into."""

    def __init__(self, engine: Any, before: Callable[[list[Node], frozenset[int] | None], None]) -> None:
        self._engine, self._before = engine, before

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def run_backward(
        self,
        tensors: Any,
        grad_tensors: Any,
        keep_graph: bool,
        create_graph: bool,
        inputs: Any = (),
        allow_unreachable: bool = False,
        accumulate_grad: bool = False,
    ) -> Any:
        """As the engine's own."""
        chosen = (edge if isinstance(edge, Tensor) else getattr(edge.node, "variable", None) for edge in inputs)
        leaves = frozenset(map(id, chosen)) if inputs or not accumulate_grad else None
        roots = [root.grad_fn if isinstance(root, Tensor) else root.node for root in tensors]
        self._before([root for root in roots if root is not None], leaves if accumulate_grad else frozenset())
        return self._engine.run_backward(
            tensors,
            grad_tensors,
            keep_graph,
            create_graph,
            inputs,
            allow_unreachable=allow_unreachable,
            accumulate_grad=accumulate_grad,
        )


@contextmanager
def _unfused() -> Iterator[None]:
    """Meanwhile no kernel of oneDNN is used: its LSTM hides the time steps from autograd."""
    set_flags: Any = torch.backends.mkldnn.set_flags
    enabled, *_ = set_flags(_enabled=False, _fp32_precision=None)
    try:
        yield
    finally:
        set_flags(_enabled=enabled, _fp32_precision=None)
