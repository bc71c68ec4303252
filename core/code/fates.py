"""What became of every tensor in a run of init code: touched, touched twice, untouched or lost, and why."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from ..module.walk import NamedTensor, named_tensors
from ..questions.code import Fate, FateKind, Run
from ..questions.model import Outcome
from ..tensor.compare import changed_elements
from ..tensor.readable import is_stored, known_shape
from .calls import InitCalls, Touches
from .errors import CodeError
from .habits import Habits
from .lost import added, lost_writes
from .missed import Missed, wrote_to_copy
from .reasons import Around, in_vain, repeated, untouched
from .registered import no_tensor
from .snapshot import Snapshot
from .storages import storage_of
from .ties import broken
from .unregistered import unregistered

#: A table of fates that is longer is no help, and too much to send.
MOST_FATES = 400
#: Of a tensor that was written to.
TOUCHED: tuple[FateKind, ...] = ("touched", "touched more than once")


@dataclass(frozen=True)
class Ran:
    """A run of init code: on which place of which model, what was there before, its calls, and what its text tells.

    Attributes:
        plain: the tensors that were mere attributes of the model's modules before.
    """

    model: nn.Module
    place: nn.Module
    before: Snapshot
    calls: InitCalls
    habits: Habits = field(default_factory=Habits)
    plain: Mapping[tuple[int, str], Tensor] = field(default_factory=dict)
    printed: str = ""


def fates(ran: Ran) -> tuple[Fate, ...]:
    """The fate of each distinct parameter, of buffers that changed, and of writes that missed the model.

    Raises:
        CodeError: the code removed a tensor, put something else in its place, or changed a shape or dtype.
    """
    if said := no_tensor(ran.model):
        raise CodeError(f"the code left a net that cannot be read: {said}; nothing was changed", printed=ran.printed)
    entries = named_tensors(ran.model)
    _check_kept(entries, ran.before, ran.printed)
    outside = unregistered(ran.model, entries)
    ran.calls.settle([*(entry.tensor for entry in entries), *(each.tensor for each in outside)])
    first: dict[int, NamedTensor] = {}
    names: dict[int, list[str]] = {}
    for entry in entries:
        first.setdefault(id(entry.tensor), entry)
        names.setdefault(id(entry.tensor), []).append(entry.name)
    touches = {key: _touches(entry, ran) for key, entry in first.items()}
    lost = lost_writes(ran.model, outside, ran.calls, ran.habits, ran.plain)
    touched = {entry.name for key, entry in first.items() if touches[key].times}
    hit = touched | {fate.name for fate in lost if fate.times}
    around = Around(ran.model, ran.place, ran.calls, ran.habits, hit)
    missed = [each for key, each in first.items() if each.kind == "parameter" and not touches[key].times]
    around = replace(around, vain=in_vain(missed, around))
    found = [
        _fate(entry, touches[key], names[key], around)
        for key, entry in first.items()
        if entry.kind == "parameter" or touches[key].times
    ]
    vain = [fate for key, entry in first.items() if touches[key].times for fate in _also_lost(entry, ran.calls)]
    if not hit and not around.vain and (ran.calls.count or not found):
        lost = [replace(fate, kind="lost") for fate in lost]
    known = {id(tensor) for tensor, _ in ran.before.entries.values()}
    new = added([each for key, each in first.items() if key not in known], ran.before.entries)
    beside = [fate for fate in lost if fate.kind != "lost"]  # what the code had nothing to do with comes last
    return (*broken(ran.before.ties, ran.model), *(f for f in lost if f.kind == "lost"), *new, *vain, *found, *beside)


def by_bytes(outcome: Outcome, before: Snapshot | None, model: nn.Module) -> Outcome:
    """What another process tells of its code, as far as it is about this model, and corrected by the bytes.

    What differs from `before`, where that is known, was written to, whatever is told; and so are broken ties.
    """
    entries = named_tensors(model)
    names = {entry.name: known_shape(entry.tensor) for entry in entries}
    run = outcome.run or Run("", 0.0, 0, ())
    changed = _changed(entries, before) if before is not None else {}
    told = {fate.name for fate in run.fates if fate.kind in TOUCHED and fate.times}
    fates = [fate for fate in run.fates if _is_about(fate, names)]
    fates = [
        fate for fate in fates if fate.name not in changed or (fate.name in told and fate.kind in (*TOUCHED, "lost"))
    ]
    fates = [fate for fate in fates if fate.times or fate.kind not in TOUCHED]
    denied = {fate.name for fate in run.fates} - {fate.name for fate in fates}
    if before is not None:
        fates = [*broken(before.ties, model), *(fate for fate in fates if fate.kind != "tie broken")]
    known = names.keys() | {fate.name for fate in fates}
    touched = {name: times for name, times in outcome.touched if times and name in known}
    added = [Fate(name, names[name], "touched", 1) for name in changed if name not in touched or name in denied]
    return Outcome(
        touched=(*touched.items(), *((name, 1) for name in changed if name not in touched)),
        run=replace(run, fates=tuple([*fates, *added][:MOST_FATES])),
    )


def _is_about(fate: Fate, names: Mapping[str, tuple[int, ...] | None]) -> bool:
    """Whether a fate can be that of a tensor of the model, or of one that it does not have."""
    if fate.kind == "lost" or (fate.kind == "untouched" and fate.name not in names):
        return True
    return names.get(fate.name, "none") == fate.shape


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
        for what, was, is_now in (("shape", known_shape(old), known_shape(new)), ("dtype", old.dtype, new.dtype)):
            if was != is_now:
                raise CodeError(f"the code gave {name} the {what} {is_now}, it was {was}; keep it", printed=printed)


def _touches(entry: NamedTensor, ran: Ran) -> Touches:
    """How a tensor was written to; one that was put in place of another, or changed unseen by torch, once at least."""
    tensor = entry.tensor
    if is_lazy(tensor):
        return Touches()
    seen = ran.calls.touches(tensor)
    if seen.times:
        return seen
    old, values = ran.before.entries.get(entry.name, (None, None))
    changed = values is not None and (changed_elements(values, tensor) or 0) > 0  # as through numpy
    appeared = values is None and is_stored(tensor)
    replaced = old is None or appeared or (values is not None and tensor.numel() and _is_new(entry, ran))
    return replace(seen, calls=int(bool(changed or replaced)))


def _is_new(entry: NamedTensor, ran: Ran) -> bool:
    """Whether a tensor lies elsewhere than before, and not as a mere copy: `net.double().float()`, `copy.deepcopy`."""
    storage = storage_of(entry.tensor)
    if ran.before.storages.get(entry.name) == storage:
        return False
    made = ran.calls.copies.get(storage)
    if made is None or made.wrote is not None:
        return True
    moved = made.operation == "_to_copy" and ran.before.entries[entry.name][0] is entry.tensor
    return not (moved or made.seen.copying)


def _also_lost(entry: NamedTensor, calls: InitCalls) -> list[Fate]:
    """What was written to a copy of a tensor that was written to as well."""
    missed = wrote_to_copy(entry, calls, touched=True, hit=True)
    return [_lost(entry, missed)] if missed else []


def _lost(entry: NamedTensor, missed: Missed) -> Fate:
    return Fate(entry.name, known_shape(entry.tensor), "lost", 0, missed.reason, missed.cure)


def _fate(entry: NamedTensor, touches: Touches, names: list[str], around: Around) -> Fate:
    tensor, name, times = entry.tensor, entry.name, touches.times
    if is_lazy(tensor):
        return Fate(
            name,
            None,
            "lost",
            0,
            "it has no shape before the first forward pass, and its module is not yet of the type it will be",
            "run net(X) once, then the code",
        )
    shape = known_shape(tensor)
    if shape is None:
        reason = "it is nested: its rows differ in length"
        return Fate(name, None, "touched" if times else "untouched", times, reason, "write to each of its rows")
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
        return Fate(name, shape, "touched more than once", times, *repeated(touches, names))
    if times == 1:
        return Fate(name, shape, "touched", 1)
    missed = untouched(entry, around)
    alone = not around.hit and (not around.vain or name in around.vain) and around.calls.count
    lost = missed.vain or (alone and not missed.meant)
    return Fate(name, shape, "lost" if lost else "untouched", 0, missed.reason, missed.cure)
