"""Which names reach the same bytes: a fact about objects and storage, never about values."""

import copy
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from ..questions.model import Counts, TiedGroup, TieKind
from .overlap import overlapping, stored_bytes
from .walk import (
    NamedModule,
    NamedTensor,
    find_module,
    find_tensor,
    named_modules,
    named_tensor,
    named_tensors,
    path,
    split,
)


def tied_groups(model: nn.Module) -> tuple[TiedGroup, ...]:
    """Groups of two or more names whose tensors share at least one byte, in registration order.

    Two names belong together when they reach one object, or tensors whose elements have a byte in common; disjoint
    slices of a storage, equal copies, and meta or empty tensors that merely have no address are not tied. A tensor
    used twice inside `forward` has one name and is no group: `core.sharing.shared.sharing` lists those too.

    Example:
        >>> from torch import nn
        >>> shared = nn.Linear(8, 8)
        >>> net = nn.Sequential(nn.Linear(4, 8), shared, nn.ReLU(), shared)
        >>> [group.names for group in tied_groups(net)]
        [('1.weight', '3.weight'), ('1.bias', '3.bias')]
        >>> tied_groups(net)[0].kind
        'same module'
    """
    registry = _registry(model)
    ids = list(map(id, registry.tensors))
    objects = dict(zip(ids, registry.tensors, strict=True))
    objects.pop(id(None), None)
    group_of = {key: key for key, times in Counter(ids).items() if times > 1} if len(objects) < len(ids) else {}
    group_of.pop(id(None), None)
    for connected in overlapping(list(objects.values())):
        group_of |= {id(tensor): id(connected[0]) for tensor in connected}
    groups: dict[int, list[NamedTensor]] = defaultdict(list)
    if group_of:
        for index, key in enumerate(ids):
            if key in group_of:
                groups[group_of[key]].append(registry.entry(index))
    return tuple(TiedGroup(tuple(entry.name for entry in group), _kind(group)) for group in groups.values())


def counts(model: nn.Module) -> Counts:
    """Parameter counts: unique as `sum(p.numel() for p in model.parameters())`, by path as over all names.

    Stored bytes are those that parameters and buffers really occupy: overlaps once, expanded tensors as stored.

    Example:
        >>> from torch import nn
        >>> shared = nn.Linear(8, 8)  # 64 weights and 8 biases of 4 bytes each
        >>> found = counts(nn.Sequential(shared, shared))
        >>> found.unique, found.by_path, found.stored_bytes
        (72, 144, 288)
    """
    entries = named_tensors(model)
    parameters = [entry for entry in entries if entry.kind == "parameter" and not is_lazy(entry.tensor)]
    unique = {id(entry.tensor): entry.tensor for entry in parameters}.values()
    return Counts(
        unique=sum(p.numel() for p in unique),
        by_path=sum(entry.tensor.numel() for entry in parameters),
        stored_bytes=stored_bytes([entry.tensor for entry in entries if not is_lazy(entry.tensor)]),
        tensors=len({id(entry.tensor) for entry in entries if entry.kind == "parameter"}),
        trainable=sum(p.numel() for p in unique if p.requires_grad),
    )


def tie(model: nn.Module, source: str, target: str) -> None:
    """Make the parameter or module `target` be the one named `source`.

    Raises:
        ValueError: either does not exist, they are one already, or they do not fit each other.

    Example:
        >>> from torch import nn
        >>> net = nn.Sequential(nn.Embedding(50, 8), nn.Linear(8, 50, bias=False))
        >>> tie(net, "0.weight", "1.weight")
        >>> net[1].weight is net[0].weight
        True
    """
    if source == target:
        raise ValueError(f"{source!r} cannot be tied to itself; name two places")
    owner_name, last = split(target)
    if _names_module(model, source):
        module, old = find_module(model, source), find_module(model, target)
        _check_modules(source, module, target, old)
        setattr(find_module(model, owner_name), last, module)
    else:
        first, second = find_tensor(model, source), find_tensor(model, target)
        _check_tensors(first, second)
        _put(second, first.tensor)


def untie(model: nn.Module, name: str) -> None:
    """Give the parameter or module under `name` a deep copy of its own.

    Raises:
        ValueError: it shares nothing, or the sharing lies in a module above it.

    Example:
        >>> from torch import nn
        >>> net = nn.Sequential(nn.Embedding(50, 8), nn.Linear(8, 50, bias=False))
        >>> tie(net, "0.weight", "1.weight")
        >>> untie(net, "1.weight")
        >>> net[1].weight is net[0].weight, bool((net[1].weight == net[0].weight).all())
        (False, True)
    """
    own = untie_name(model, name)
    if own is None:
        raise ValueError(f"{name!r} is not tied to anything; tied are {_listed(model)}")
    if own != name:
        raise ValueError(f"{name!r} is tied because module {own!r} stands in two places; untie {own!r} instead")
    owner_name, last = split(name)
    if _names_module(model, name):
        owner = find_module(model, owner_name)
        setattr(owner, last, copy.deepcopy(getattr(owner, last)))
        return
    entry = find_tensor(model, name)
    _put(entry, copy.deepcopy(entry.tensor))


def _put(entry: NamedTensor, tensor: Tensor) -> None:
    """Register another tensor in the place of one: as an attribute, where the module would take it under its name."""
    if type(entry.owner) is not nn.Module:
        setattr(entry.owner, split(entry.name)[1], tensor)
        return
    registered: dict[str, Any] = entry.owner._parameters if entry.kind == "parameter" else entry.owner._buffers
    registered[next(key for key, held in registered.items() if held is entry.tensor)] = tensor  # a plain container


def untie_name(model: nn.Module, name: str) -> str | None:
    """What to untie so that `name` stands alone: a shared module on its path, or itself; None when it is not tied."""
    module = _shared_module(model, name, _places(model))
    if module is not None or _names_module(model, name):
        return module
    return name if any(name in group.names for group in tied_groups(model)) else None


def untie_names(model: nn.Module, groups: Sequence[TiedGroup]) -> tuple[str, ...]:
    """For each of `model`'s tied groups, what to untie so that its last name stands alone."""
    places = _places(model)
    last = (group.names[-1] for group in groups)
    return tuple(_shared_module(model, name, places) or name for name in last)


def _places(model: nn.Module) -> Counter[int]:
    """In how many places each module object stands, by id."""
    return Counter(id(here.module) for here in named_modules(model))


def _shared_module(model: nn.Module, name: str, places: Counter[int]) -> str | None:
    """The first module on the path of `name`, itself included, that stands in several places."""
    on_the_way = [*path(model, name)][1:]
    if _names_module(model, name):
        on_the_way.append((name, find_module(model, name)))
    return next((reached for reached, module in on_the_way if places[id(module)] > 1), None)


def _names_module(model: nn.Module, name: str) -> bool:
    """Whether that is a module's name, and no tensor's beside: a plain container may have both."""
    *_, (reached, owner) = path(model, name)
    key = name.removeprefix(f"{reached}.") if reached else name
    if key in owner._parameters or key in owner._buffers:
        return False
    return split(name)[1] in find_module(model, split(name)[0])._modules


def _check_tensors(first: NamedTensor, second: NamedTensor) -> None:
    for entry in (first, second):
        if entry.kind == "buffer":
            raise ValueError(f"{entry.name!r} is a buffer; only parameters and modules can be tied")
        if is_lazy(entry.tensor):
            raise ValueError(f"{entry.name!r} is uninitialized until the first forward pass; run one first")
    a, b = first.tensor, second.tensor
    if a is b:
        raise ValueError(f"{first.name!r} and {second.name!r} are the same parameter already")
    if a.shape != b.shape or a.dtype != b.dtype:
        raise ValueError(
            f"cannot tie {second.name} {tuple(b.shape)} {_dtype(b)} to {first.name} {tuple(a.shape)} {_dtype(a)}: "
            "tied tensors need one shape and dtype; choose two that agree"
        )


def _check_modules(source: str, module: nn.Module, target: str, old: nn.Module) -> None:
    if module is old:
        raise ValueError(f"{source!r} and {target!r} are the same module already")
    if _holds(module, old) or _holds(old, module) or not source or not target:
        raise ValueError(f"cannot tie {target!r} to {source!r}: one contains the other; name two separate modules")
    ours, theirs = _signature(module), _signature(old)
    if type(module) is not type(old) or ours != theirs:
        raise ValueError(
            f"cannot tie {target} {_described(old)} to {source} {_described(module)}: "
            "tied modules need one type and equal parameter shapes; choose two that agree"
        )


def _holds(outer: nn.Module, inner: nn.Module) -> bool:
    return any(here.module is inner for here in named_modules(outer))


def _signature(module: nn.Module) -> list[tuple[str, tuple[int, ...] | None]]:
    return [(e.name, None if is_lazy(e.tensor) else tuple(e.tensor.shape)) for e in named_tensors(module)]


def _described(module: nn.Module) -> str:
    shapes = ", ".join(f"{name} {shape}" for name, shape in _signature(module)[:3])
    return f"{type(module).__name__}({shapes})"


def _dtype(tensor: Tensor) -> str:
    return str(tensor.dtype).removeprefix("torch.")


def _listed(model: nn.Module) -> str:
    return "; ".join(" = ".join(group.names) for group in tied_groups(model)[:4]) or "no tensors of this model"


class _Registry(NamedTuple):
    """Every registration of a tensor, None included, in `named_tensors`' order, but names are made only when asked.

    `starts` has the index of each module's first registration.
    """

    tensors: list[Any]
    keys: list[str]
    modules: list[NamedModule]
    starts: list[int]

    def entry(self, index: int) -> NamedTensor:
        """The registration at `index` under its qualified name."""
        name, module, _ = self.modules[bisect_right(self.starts, index) - 1]
        return named_tensor(name, module, self.keys[index], self.tensors[index])


def _registry(model: nn.Module) -> _Registry:
    """In a model of 20,000 tensors, names and records for all of them would take longer than finding what is tied."""
    tensors: list[Any] = []
    keys: list[str] = []
    starts: list[int] = []
    modules = list(named_modules(model))
    for _, module, _ in modules:
        starts.append(len(tensors))
        for registered in (module._parameters, module._buffers):
            if registered:
                tensors += registered.values()
                keys += registered.keys()
    return _Registry(tensors, keys, modules, starts)


def _kind(group: list[NamedTensor]) -> TieKind:
    """The plainest true description: a module in two places, buffers, one object, then how views differ."""
    first, *others = group
    key = split(first.name)[1]
    if all(entry.owner is first.owner and split(entry.name)[1] == key for entry in others):
        return "same module"
    if any(entry.kind == "buffer" for entry in group):
        return "buffer alias"
    if all(entry.tensor is first.tensor for entry in others):
        return "same parameter"
    tensors = [entry.tensor for entry in group]
    places = {(t.data_ptr(), tuple(t.shape), tuple(t.stride())) for t in tensors}
    if len(places) == 1:
        return "same storage"
    folded = {(t.data_ptr(), tuple(sorted(zip(t.stride(), t.shape, strict=True)))) for t in tensors}
    return "transposed view" if len(folded) == 1 else "overlapping slices"
