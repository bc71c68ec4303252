"""What became of every tensor in a run of init code: touched, touched twice, untouched or lost, and why."""

from dataclasses import dataclass, replace

from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from ..module.walk import NamedTensor, named_tensors, split
from ..questions.code import Fate, FateKind, Run
from ..questions.model import Outcome
from ..tensor.compare import changed_elements
from ..text import plain
from .calls import InitCalls
from .errors import CodeError
from .lost import lost_writes
from .watching import storage_of

#: A table of fates that is longer is no help, and too much to send.
MOST_FATES = 400
_TOUCHED: tuple[FateKind, ...] = ("touched", "touched more than once")


@dataclass(frozen=True)
class Snapshot:
    """Every tensor of a model under each of its names: the object, and a copy; a lazy one's is None."""

    entries: dict[str, tuple[Tensor, Tensor | None]]

    @classmethod
    def of(cls, model: nn.Module, copied: nn.Module | None = None) -> "Snapshot":
        """The model as it is now, of which `copied` is a copy if there is one."""
        there = {entry.name: entry.tensor for entry in named_tensors(copied)} if copied is not None else {}
        copies: dict[int, Tensor | None] = {}
        entries = {}
        for entry in named_tensors(model):
            tensor = entry.tensor
            if id(tensor) not in copies:
                copies[id(tensor)] = None if is_lazy(tensor) else _copy(tensor, there.get(entry.name))
            entries[entry.name] = (tensor, copies[id(tensor)])
        return cls(entries)


def _copy(tensor: Tensor, copied: Tensor | None) -> Tensor:
    return tensor.detach().clone() if copied is None else copied.detach()


def fates(model: nn.Module, before: Snapshot, calls: InitCalls, printed: str = "") -> tuple[Fate, ...]:
    """The fate of each distinct parameter, of buffers that changed, and of writes that missed the model.

    Raises:
        CodeError: the code removed a tensor or changed a shape or dtype.
    """
    entries = named_tensors(model)
    _check_kept(entries, before, printed)
    first: dict[int, NamedTensor] = {}
    names: dict[int, list[str]] = {}
    for entry in entries:
        first.setdefault(id(entry.tensor), entry)
        names.setdefault(id(entry.tensor), []).append(entry.name)
    touched = {key: _times(entry, before, calls, len(names[key]) > 1) for key, entry in first.items()}
    lost = lost_writes(model, calls)
    hit = {entry.name for key, entry in first.items() if touched[key]} | {fate.name for fate in lost}
    found = [
        _fate(entry, touched[key], names[key], hit, calls)
        for key, entry in first.items()
        if entry.kind == "parameter" or touched[key]
    ]
    return (*lost, *found)


def by_bytes(outcome: Outcome, before: Snapshot | None, model: nn.Module) -> Outcome:
    """What another process tells of its code, as far as it is about this model, and corrected by the bytes.

    What differs from `before`, where that is known, was written to, whatever is told.
    """
    entries = named_tensors(model)
    names = {entry.name: tuple(entry.tensor.shape) if not is_lazy(entry.tensor) else None for entry in entries}
    run = outcome.run or Run("", 0.0, 0, ())
    changed = _changed(entries, before) if before is not None else {}
    fates = [fate for fate in run.fates if fate.kind == "lost" or names.get(fate.name, "none") == fate.shape]
    fates = [fate for fate in fates if fate.name not in changed or (fate.times and fate.kind in _TOUCHED)]
    known = names.keys() | {fate.name for fate in fates}
    touched = {name: times for name, times in outcome.touched if times and name in known}
    denied = {fate.name for fate in run.fates} - {fate.name for fate in fates}
    added = [Fate(name, names[name], "touched", 1) for name in changed if name not in touched or name in denied]
    return Outcome(
        touched=(*touched.items(), *((name, 1) for name in changed if name not in touched)),
        run=replace(run, fates=tuple([*fates, *added][:MOST_FATES])),
    )


def _changed(entries: list[NamedTensor], before: Snapshot) -> dict[str, Tensor]:
    """The tensors that differ, under the first of their names."""
    first: dict[int, NamedTensor] = {}
    for entry in entries:
        first.setdefault(id(entry.tensor), entry)
    return {
        entry.name: entry.tensor
        for entry in first.values()
        if (values := before.entries.get(entry.name, (None, None))[1]) is not None
        and changed_elements(values, entry.tensor)
    }


def _check_kept(entries: list[NamedTensor], before: Snapshot, printed: str) -> None:
    now = {entry.name: entry.tensor for entry in entries}
    for name, (_, old) in before.entries.items():
        new = now.get(name)
        if new is None:
            raise CodeError(
                f"the code removed {name} from the net; an init changes values and leaves parameters where they are",
                printed=printed,
            )
        if old is None or is_lazy(new):
            continue
        for what, was, is_now in (("shape", tuple(old.shape), tuple(new.shape)), ("dtype", old.dtype, new.dtype)):
            if was != is_now:
                raise CodeError(f"the code gave {name} the {what} {is_now}, it was {was}; keep it", printed=printed)


def _times(entry: NamedTensor, before: Snapshot, calls: InitCalls, tied: bool) -> int:
    """How many calls wrote to a tensor; of a tied one in a single call, how often the same operation did."""
    tensor = entry.tensor
    if is_lazy(tensor):
        return 0
    storage = storage_of(tensor)
    times = calls.written[storage] if tensor.numel() else 0
    if tied and times == 1 and calls.count <= 1:
        times = max(calls.operations[storage].values())
    if times:
        return times
    old, values = before.entries.get(entry.name, (None, None))
    replaced = old is not None and (old is not tensor or (values is not None and storage_of(old) != storage))
    changed = values is not None and (changed_elements(values, tensor) or 0) > 0  # as through numpy, unseen by torch
    return int(changed or old is None or (replaced and values is None))


def _fate(entry: NamedTensor, times: int, names: list[str], hit: set[str], calls: InitCalls) -> Fate:
    tensor, name = entry.tensor, entry.name
    shape = None if is_lazy(tensor) else tuple(tensor.shape)
    if is_lazy(tensor):
        return Fate(
            name,
            None,
            "lost",
            0,
            "it has no shape before the first forward pass, and its module is not yet of the type it will be",
            "run net(X) once, then the code",
        )
    if tensor.is_meta:
        return Fate(
            name,
            shape,
            "lost" if times else "untouched",
            times,
            "it is on the meta device: a shape without data, so writing to it does nothing",
            "call net.to_empty(device='cpu') in the model's code first",
        )
    if times > 1:
        reason, cure = (
            "several calls wrote to it, and the last one stays",
            "write to it once, or be sure that repeating is harmless",
        )
        if len(names) > 1:
            reason = f"it is one tensor under {len(names)} names, {_listed(names)}: each of them was written to"
            cure = "a draw is only drawn anew, but w *= 2 here makes it 4 times as large"
        return Fate(name, shape, "touched more than once", times, reason, cure)
    if times == 1:
        return Fate(name, shape, "touched", 1)
    reason, cure = _untouched(entry, hit, calls)
    return Fate(name, shape, "untouched" if hit or not calls.count else "lost", 0, reason, cure)


def _listed(names: list[str]) -> str:
    return " and ".join(map(plain, names[:3]))


def _untouched(entry: NamedTensor, hit: set[str], calls: InitCalls) -> tuple[str, str]:
    owner, last = split(entry.name)
    kind = type(entry.owner).__name__
    if calls.root and not f"{entry.name}.".startswith(f"{calls.root}."):
        return f"it is outside net.{calls.root}, where the code ran", "run the code on the whole net"
    if ".parametrizations." in f".{entry.name}":
        return (
            "a tensor is computed from it, and the code did not write to it",
            "see the tensor it stands for",
        )
    siblings = [other for other in hit if split(other)[0] == owner]
    if siblings:
        return (
            f"the code wrote to {_listed(sorted(siblings))} only; an init function changes what it is given",
            f"add nn.init.zeros_(m.{last}) or the like, if it should change",
        )
    if calls.returned and not hit:
        return (
            "the function returned a new tensor, which nothing keeps",
            "write in place: nn.init..._(m.weight), m.weight.data[...] = ... or w.copy_(...)",
        )
    if hit:
        return f"the rule passed over this {kind}", f"let the rule include {kind}, if it should change"
    tried = ", ".join(f"{count} {name}" for name, count in calls.types.most_common(4)) or f"{calls.count} tensors"
    test = f"nn.{kind}" if hasattr(nn, kind) else kind
    return (
        f"the rule never matched: the code ran on {tried} and wrote to nothing",
        f"this is a parameter of {kind}: test type(m) == {test}, or isinstance, which also matches subclasses",
    )
