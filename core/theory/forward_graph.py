"""What a model's forward pass does with each layer's output, as far as torch.fx can follow it.

Traced is a copy without values, so that nothing of the model changes. Where a pass cannot be followed (it depends on
values, a hook may change anything, its class has no forward) nothing is known, and nothing is said.
"""

import copy
from collections import Counter
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.fx import Node, Tracer
from torch.nn.parameter import is_lazy

from ..module.gradient_hooks import gradient_hooks
from ..module.seeding import streams_kept
from ..module.tying import tied_groups
from ..module.walk import NamedTensor, named_modules, named_tensors


@dataclass(frozen=True)
class ForwardGraph:
    """A traced pass.

    Attributes:
        nodes: of the modules that are called once and hold nothing that is used elsewhere, by the module's name.
        modules: all modules of the model, by name.
    """

    nodes: dict[str, Node]
    modules: dict[str, nn.Module]

    def module(self, node: Node) -> nn.Module | None:
        """The module that the node calls, if it is called once and shares nothing; else None."""
        return self.modules[str(node.target)] if self.nodes.get(str(node.target)) is node else None


def forward_graph(model: nn.Module) -> ForwardGraph | None:
    """The graph of `model(x, ...)` in training, None where it cannot be followed."""
    modules = {here.name: here.module for here in named_modules(model)}
    tensors = named_tensors(model)
    hooked = any(value for module in modules.values() for key, value in vars(module).items() if key.endswith("_hooks"))
    if hooked or any(any(gradient_hooks(entry.tensor)) for entry in tensors) or any(map(_without_data, tensors)):
        return None
    try:
        with streams_kept():
            bare = copy.deepcopy(model, {id(entry.tensor): _without_values(entry.tensor) for entry in tensors}).train()
            graph = Tracer().trace(bare)
    except Exception:  # a person's forward may do anything that cannot be followed
        return None
    calls = Counter(str(node.target) for node in graph.nodes if node.op == "call_module")
    read = {str(node.target).rpartition(".")[0] for node in graph.nodes if node.op == "get_attr"}
    shared = {name.rpartition(".")[0] for group in tied_groups(model) for name in group.names}
    places = Counter(map(id, modules.values()))
    nodes = {
        str(node.target): node
        for node in graph.nodes
        if node.op == "call_module"
        and calls[str(node.target)] == places[id(modules[str(node.target)])] == 1
        and str(node.target) not in read | shared
    }
    return ForwardGraph(nodes, modules)


def _without_data(entry: NamedTensor) -> bool:
    return is_lazy(entry.tensor) or entry.tensor.is_meta or entry.tensor.layout != torch.strided


def _without_values(tensor: Tensor) -> Any:
    bare = torch.empty_like(tensor, device="meta", requires_grad=False)
    return nn.Parameter(bare, tensor.requires_grad) if isinstance(tensor, nn.Parameter) else bare
