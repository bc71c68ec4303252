"""The module tree: what is registered where, under which names, and how much it holds."""

from collections import defaultdict

from torch import nn
from torch.nn.parameter import is_lazy

from ..questions.model import ModuleNode, TensorInfo
from .tying import tied_groups
from .walk import NamedModule, NamedTensor, module_tensors, named_modules


def module_tree(model: nn.Module) -> ModuleNode:
    """The root node of `model`; a module reached by two paths stands under both, its parameters counted once.

    Reads names, shapes and flags only: no value, no attribute that could run code.

    Example:
        >>> from torch import nn
        >>> root = module_tree(nn.Sequential(nn.Linear(4, 8), nn.ReLU()))
        >>> [(child.name, child.type_name, child.num_parameters) for child in root.children]
        [('0', 'Linear', 40), ('1', 'ReLU', 0)]
        >>> root.children[0].parameters[0].shape
        (8, 4)
    """
    walked = list(named_modules(model))
    paths: dict[int, list[str]] = defaultdict(list)
    for here in walked:
        paths[id(here.module)].append(here.name)
    tied = {name: group.names for group in tied_groups(model) for name in group.names}

    finished: list[tuple[int, ModuleNode, dict[int, int]]] = []
    for here in reversed(walked):  # children before parents, so that each level is built once
        below: list[tuple[int, ModuleNode, dict[int, int]]] = []
        while finished and finished[-1][0] == here.depth + 1:
            below.append(finished.pop())
        sizes = _own_sizes(here.module)
        for _, _, theirs in below:
            sizes |= theirs
        node = _node(here, paths[id(here.module)], tied, tuple(node for _, node, _ in below), sum(sizes.values()))
        finished.append((here.depth, node, sizes))
    return finished[-1][1]


def _own_sizes(module: nn.Module) -> dict[int, int]:
    parameters = (p for p in module._parameters.values() if p is not None)
    return {id(p): 0 if is_lazy(p) else p.numel() for p in parameters}


def _node(
    here: NamedModule,
    paths: list[str],
    tied: dict[str, tuple[str, ...]],
    children: tuple[ModuleNode, ...],
    num_parameters: int,
) -> ModuleNode:
    tensors = [describe(entry, tied.get(entry.name, ())) for entry in module_tensors(here.name, here.module)]
    return ModuleNode(
        name=here.name,
        type_name=type(here.module).__name__,
        training=here.module.training,
        parameters=tuple(info for info in tensors if info.kind == "parameter"),
        buffers=tuple(info for info in tensors if info.kind == "buffer"),
        children=children,
        num_parameters=num_parameters,
        shared_with=tuple(path for path in paths if path != here.name),
    )


def describe(entry: NamedTensor, tied_names: tuple[str, ...] = ()) -> TensorInfo:
    """What is known of a tensor without reading its values; `tied_names` are all names of its group."""
    tensor, lazy = entry.tensor, is_lazy(entry.tensor)
    return TensorInfo(
        name=entry.name,
        kind=entry.kind,
        shape=None if lazy else tuple(tensor.shape),
        dtype=str(tensor.dtype).removeprefix("torch."),
        device=str(tensor.device),
        numel=0 if lazy else tensor.numel(),
        trainable=tensor.requires_grad,
        lazy=lazy,
        persistent=entry.persistent,
        tied_with=tuple(name for name in tied_names if name != entry.name),
    )
