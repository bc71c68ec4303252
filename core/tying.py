"""Which names reach the same bytes: a fact about objects and storage, never about values."""

import copy
from collections import defaultdict
from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from core.measurements import Counts, TiedGroup, TieKind
from core.walk import NamedTensor, find_module, find_tensor, named_modules, named_tensors, split


def tied_groups(model: nn.Module) -> tuple[TiedGroup, ...]:
    """Groups of two or more names whose tensors share at least one byte, in registration order.

    Two names belong together when they reach one object, or tensors whose elements overlap in one storage; disjoint
    slices of a storage, equal copies, and meta or empty tensors that merely have no address are not tied. A tensor
    used twice inside `forward` has one name and is no group.
    """
    entries = named_tensors(model)
    order = {entry.name: position for position, entry in enumerate(entries)}
    groups = [sorted(group, key=lambda entry: order[entry.name]) for group in _overlapping(entries) if len(group) > 1]
    groups.sort(key=lambda group: order[group[0].name])
    return tuple(TiedGroup(tuple(entry.name for entry in group), _kind(group)) for group in groups)


def counts(model: nn.Module) -> Counts:
    """Parameter counts: unique as `sum(p.numel() for p in model.parameters())`, by path as over all names.

    Stored bytes are those that parameters and buffers really occupy: overlaps once, expanded tensors at their storage.
    """
    entries = named_tensors(model)
    parameters = [entry for entry in entries if entry.kind == "parameter" and not is_lazy(entry.tensor)]
    unique = {id(entry.tensor): entry.tensor for entry in parameters}.values()
    return Counts(
        unique=sum(p.numel() for p in unique),
        by_path=sum(entry.tensor.numel() for entry in parameters),
        stored_bytes=_stored_bytes(entry.tensor for entry in entries if not is_lazy(entry.tensor)),
        tensors=len({id(entry.tensor) for entry in entries if entry.kind == "parameter"}),
        trainable=sum(p.numel() for p in unique if p.requires_grad),
    )


def tie(model: nn.Module, source: str, target: str) -> None:
    """Make the parameter or module `target` be the one named `source`.

    Raises:
        ValueError: either does not exist, they are one already, or they do not fit each other.
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
        setattr(second.owner, last, first.tensor)


def untie(model: nn.Module, name: str) -> None:
    """Give the parameter or module under `name` a deep copy of its own.

    Raises:
        ValueError: it shares nothing, or the sharing lies in a module above it.
    """
    own = untie_name(model, name)
    if own is None:
        raise ValueError(f"{name!r} is not tied to anything; tied are {_listed(model)}")
    if own != name:
        raise ValueError(f"{name!r} is tied because module {own!r} stands in two places; untie {own!r} instead")
    owner_name, last = split(name)
    owner = find_module(model, owner_name)
    setattr(owner, last, copy.deepcopy(getattr(owner, last)))


def untie_name(model: nn.Module, name: str) -> str | None:
    """What to untie so that `name` stands alone: a shared module on its path, or itself; None when it is not tied."""
    paths: dict[int, int] = defaultdict(int)
    for here in named_modules(model):
        paths[id(here.module)] += 1
    parts = name.split(".")
    is_module = _names_module(model, name)
    for length in range(1, len(parts) + is_module):
        prefix = ".".join(parts[:length])
        if paths[id(find_module(model, prefix))] > 1:
            return prefix
    if is_module:
        return None
    return name if any(name in group.names for group in tied_groups(model)) else None


def _names_module(model: nn.Module, name: str) -> bool:
    owner_name, last = split(name)
    return last in find_module(model, owner_name)._modules


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


def _overlapping(entries: Sequence[NamedTensor]) -> list[list[NamedTensor]]:
    """Entries gathered by object, then by overlapping elements within one storage."""
    by_object: dict[int, list[NamedTensor]] = defaultdict(list)
    for entry in entries:
        by_object[id(entry.tensor)].append(entry)
    by_storage: dict[int, list[list[NamedTensor]]] = defaultdict(list)
    groups = []
    for same in by_object.values():
        storage = _storage(same[0].tensor)
        if storage is None:
            groups.append(same)
        else:
            by_storage[storage].append(same)
    for residents in by_storage.values():
        groups.extend(_merge(residents) if len(residents) > 1 else residents)
    return groups


def _storage(tensor: Tensor) -> int | None:
    """Identity of the storage a tensor has elements in; None when it has none of its own to share.

    The storage object's address, not its data's: on meta devices and for empty tensors every data pointer is 0.
    """
    if is_lazy(tensor) or tensor.layout != torch.strided or tensor.numel() == 0:
        return None
    identity: int = tensor.untyped_storage()._cdata
    return identity


def _merge(residents: list[list[NamedTensor]]) -> list[list[NamedTensor]]:
    """Connected components of `residents` of one storage under element overlap.

    Only those whose extents overlap are compared: a storage may be packed with thousands of slices.
    """
    clusters: list[list[list[NamedTensor]]] = []
    end = -1
    for resident in sorted(residents, key=lambda resident: _extent(resident[0].tensor)):
        low, high = _extent(resident[0].tensor)
        if low >= end:
            clusters.append([])
        clusters[-1].append(resident)
        end = max(end, high)
    return [component for cluster in clusters for component in _connected(cluster)]


def _connected(residents: list[list[NamedTensor]]) -> list[list[NamedTensor]]:
    components: list[list[list[NamedTensor]]] = []
    for resident in residents:
        touching = [c for c in components if any(_overlap(resident[0].tensor, other[0].tensor) for other in c)]
        merged = [resident for component in touching for resident in component]
        components = [c for c in components if c not in touching]
        components.append([*merged, resident])
    return [[entry for resident in component for entry in resident] for component in components]


def _extent(tensor: Tensor) -> tuple[int, int]:
    """First and last byte offset + 1 of the storage that `tensor` reaches."""
    last = tensor.storage_offset() + sum((n - 1) * s for n, s in zip(tensor.shape, tensor.stride(), strict=True))
    return int(tensor.storage_offset()) * tensor.itemsize, int(last + 1) * tensor.itemsize


def _overlap(a: Tensor, b: Tensor) -> bool:
    (low_a, high_a), (low_b, high_b) = _extent(a), _extent(b)
    if high_a <= low_b or high_b <= low_a:
        return False
    if _dense(a) and _dense(b):
        return True
    return bool((_bytes_reached([a]) & _bytes_reached([b])).any())


def _dense(tensor: Tensor) -> bool:
    """Whether the elements fill their extent without a gap, in whatever order."""
    low, high = _extent(tensor)
    return tensor.numel() * tensor.itemsize == high - low and 0 not in tensor.stride()


def _bytes_reached(tensors: Iterable[Tensor]) -> Tensor:
    """Bool (storage bytes,), marked where an element of one of `tensors` lies; exact for any strides."""
    tensors = list(tensors)
    reached = torch.zeros(tensors[0].untyped_storage().nbytes(), dtype=torch.bool)
    for tensor in tensors:
        size = tensor.itemsize
        strides = [stride * size for stride in tensor.stride()]
        reached.as_strided((*tensor.shape, size), (*strides, 1), tensor.storage_offset() * size).fill_(True)
    return reached


def _stored_bytes(tensors: Iterable[Tensor]) -> int:
    by_storage: dict[int, dict[int, Tensor]] = defaultdict(dict)
    loose = 0
    for tensor in tensors:
        storage = _storage(tensor)
        if storage is not None:
            by_storage[storage][id(tensor)] = tensor
        elif tensor.layout != torch.strided:
            loose += tensor.numel() * tensor.itemsize
    return loose + sum(_union(list(residents.values())) for residents in by_storage.values())


def _union(residents: list[Tensor]) -> int:
    if len(residents) == 1 and _dense(residents[0]):
        return residents[0].numel() * residents[0].itemsize
    return int(_bytes_reached(residents).sum())


def _kind(group: list[NamedTensor]) -> TieKind:
    """The plainest true description: a module in two places, buffers, one object, then how views differ."""
    tensors = list({id(entry.tensor): entry.tensor for entry in group}.values())
    slots = {(id(entry.owner), split(entry.name)[1]) for entry in group}
    if len(slots) == 1:
        return "same module"
    if any(entry.kind == "buffer" for entry in group):
        return "buffer alias"
    if len(tensors) == 1:
        return "same parameter"
    places = {(t.storage_offset(), tuple(t.shape), tuple(t.stride())) for t in tensors}
    if len(places) == 1:
        return "same storage"
    folded = {(t.storage_offset(), tuple(sorted(zip(t.stride(), t.shape, strict=True)))) for t in tensors}
    return "transposed view" if len(folded) == 1 else "overlapping slices"
