"""Which names reach which tensor, without any values: what ties and unties do to a model's registries.

Origins belong to tensors and not to names: a tie moves a name to another tensor's origin, an untie copies it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from torch import nn
from torch.nn.parameter import is_lazy

from ..module.walk import join, module_tensors, named_modules
from ..recipe.schemes.promise import Promise


@dataclass(frozen=True)
class Origin:
    """What a tensor should be, None where nothing is promised.

    Attributes:
        text: who promises it, or why nobody does; step: index of the step that drew or changed it last, None for the
            build.
    """

    promise: Promise | None
    text: str
    step: int | None = None


_UNKNOWN = Origin(None, "nothing is known of it")


@dataclass
class Cell:
    """One tensor; `at_build` is its origin when built, `origin` that at the moment reached."""

    kind: str
    trainable: bool
    lazy: bool
    at_build: Origin = _UNKNOWN
    origin: Origin = _UNKNOWN


@dataclass
class Ledger:
    """One module's registries, as deep as modules go."""

    modules: dict[str, "Ledger"] = field(default_factory=dict)
    tensors: dict[str, Cell] = field(default_factory=dict)

    @classmethod
    def of(cls, model: nn.Module) -> "Ledger":
        """The registries of a model; its values are not read."""
        nodes: dict[int, Ledger] = {}
        cells: dict[int, Cell] = {}
        for here in named_modules(model):
            node = nodes.setdefault(id(here.module), cls())
            for name, child in here.module._modules.items():
                if child is not None:
                    node.modules[name] = nodes.setdefault(id(child), cls())
            for entry in module_tensors("", here.module):
                fresh = Cell(entry.kind, entry.tensor.requires_grad, is_lazy(entry.tensor))
                node.tensors[entry.name] = cells.setdefault(id(entry.tensor), fresh)
        return nodes[id(model)]

    def cell(self, name: str) -> Cell | None:
        """The tensor of that qualified name."""
        node, last = self._place(name)
        return node.tensors.get(last) if node else None

    def cells(self) -> list[tuple[tuple[str, ...], Cell]]:
        """Every distinct tensor with all its names, in registration order."""
        by_id: dict[int, tuple[list[str], Cell]] = {}
        for name, cell in self._names():
            by_id.setdefault(id(cell), ([], cell))[0].append(name)
        return [(tuple(names), cell) for names, cell in by_id.values()]

    def tie(self, source: str, target: str) -> None:
        """Let the second name reach what the first one does."""
        (first, last), (second, own) = self._place(source), self._place(target)
        if first is not None and second is not None:
            if last in first.modules:
                second.modules[own] = first.modules[last]
            elif last in first.tensors:
                second.tensors[own] = first.tensors[last]

    def untie(self, name: str) -> None:
        """Let the name reach a deep copy of what it does."""
        node, last = self._place(name)
        if node is not None and last in node.modules:
            node.modules[last] = node.modules[last]._copy({}, {})
        elif node is not None and last in node.tensors:
            node.tensors[last] = replace(node.tensors[last])

    def _copy(self, nodes: dict[int, "Ledger"], cells: dict[int, Cell]) -> "Ledger":
        """A deep copy: what is shared inside stays shared inside."""
        if id(self) not in nodes:
            nodes[id(self)] = copy = Ledger()
            copy.modules |= {name: child._copy(nodes, cells) for name, child in self.modules.items()}
            copy.tensors |= {name: cells.setdefault(id(cell), replace(cell)) for name, cell in self.tensors.items()}
        return nodes[id(self)]

    def _place(self, name: str) -> tuple["Ledger | None", str]:
        owner, _, last = name.rpartition(".")
        node: Ledger | None = self
        for part in owner.split(".") if owner else ():
            node = node.modules.get(part) if node else None
        return node, last

    def _names(self) -> Iterator[tuple[str, Cell]]:
        """Every name of every tensor; a module inside itself is left out."""
        pending: list[tuple[str, Ledger, frozenset[int]]] = [("", self, frozenset())]
        while pending:
            prefix, node, above = pending.pop()
            for name, cell in node.tensors.items():
                yield join(prefix, name), cell
            inside = above | {id(node)} if node.modules else above
            for name, child in reversed(node.modules.items()):
                if id(child) not in inside:
                    pending.append((join(prefix, name), child, inside))
