"""Why a tensor of the model was not written to, though the code had to do with it: copies, dicts, direct children."""

from collections.abc import Collection
from dataclasses import dataclass

from torch import Tensor, nn

from ..module.walk import NamedTensor, named_modules, split
from ..text import plain
from .calls import InitCalls
from .copies import Derived
from .habits import Habits, Loop
from .places import quoted, said, text_at
from .reaching import module_in
from .storages import storage_of

_FROM_NUMPY = ("numpy(", "np.", "numpy.", ".tolist(")


@dataclass(frozen=True)
class Missed:
    """Why a write missed: the reason and the way out; `vain` where the code did write or compute, for nothing."""

    reason: str
    cure: str
    vain: bool = True


def wrote_to_copy(entry: NamedTensor, calls: InitCalls, *, touched: bool) -> Missed | None:
    """What the code made out of a tensor and wrote to, or computed, and that nothing took back into the model.

    Of a tensor that was `touched` besides, only what is surely in vain.
    """
    if not entry.tensor.numel():
        return None
    made = [each for each in calls.copies.of(storage_of(entry.tensor)) if not each.kept and not each.seen.passing]
    writes = [each for each in made if each.wrote and not each.read and (each.valued or not touched)]
    if writes:
        return _written(entry, writes[-1], calls)
    results = [each for each in made if _is_result(each, entry.tensor, touched=touched)]
    return _computed(entry, results[-1], calls) if results else None


def _is_result(each: Derived, tensor: Tensor, *, touched: bool) -> bool:
    """Whether a tensor was computed to be the tensor's new values, as it seems, and was dropped."""
    like = each.valued and each.alone and not each.copied and not each.read and each.dtype == tensor.dtype
    if not like or tuple(each.shape) != tuple(tensor.shape):
        return False
    return not touched or (each.seen.direct and not each.returned and each.reference.expired())


def _written(entry: NamedTensor, each: Derived, calls: InitCalls) -> Missed:
    last = split(entry.name)[1]
    made, wrote = each.seen.author, each.wrote.author if each.wrote else None
    what = _operation(each, calls)
    where = said(made)
    then = "" if wrote is None or said(wrote) == where else f" and written to in {said(wrote)}"
    kind = "a copy" if each.valued else "a copy of its shape only"
    back = f"m.{last}.data.copy_(...)"
    match each.operation:
        case "index" | "index_select" | "masked_select" | "gather" | "take":
            cure = (
                f"assign through the index, m.{last}.data[...] = ..., or take a slice, which is a view: m.{last}[0:2]"
            )
        case "_to_copy":
            cure = f"write to m.{last} itself, which draws in its own dtype; or copy the result back: {back}"
        case _:
            cure = f"write to m.{last} itself; or copy the result back: {back}"
    return Missed(f"the code wrote to {kind}, made by {what} in {where}{then}, and nothing brings it back", cure)


def _computed(entry: NamedTensor, each: Derived, calls: InitCalls) -> Missed:
    last = split(entry.name)[1]
    what = _operation(each, calls)
    kept = "the function returned a new tensor, which nothing keeps" if each.returned else "the result is thrown away"
    cure = f"write in place: nn.init..._(m.{last}), m.{last}.data[...] = ... or w.copy_(...)"
    return Missed(f"{what} in {said(each.seen.author)} gives a new tensor and leaves this one as it is: {kept}", cure)


def _operation(each: Derived, calls: InitCalls) -> str:
    """What made a tensor, as the code writes it."""
    text = quoted(each.seen.author, calls.sources)
    return text or ("copy.deepcopy" if each.seen.copying else each.operation.strip("_"))


def not_loaded(entry: NamedTensor, calls: InitCalls) -> Missed | None:
    """A `state_dict()` whose entry for the tensor was exchanged, while the tensor stayed as it is."""
    if not entry.tensor.numel():
        return None
    storage = storage_of(entry.tensor)
    for each in calls.copies.state_dicts.get(storage, ()):
        value = each.made.get(each.key)
        if isinstance(value, Tensor) and storage_of(value) != storage:
            text = quoted(each.place, calls.sources) or "state_dict()"
            key = plain(repr(each.key), 80)
            return Missed(
                f"the dict was changed, not loaded: {text} in {said(each.place)} gives a dict, and putting another "
                f"tensor under {key} leaves the net as it is",
                f"load it: net.load_state_dict(sd); or write in place: sd[{key}].copy_(...)",
            )
    return None


def direct_children(
    entry: NamedTensor, model: nn.Module, place: nn.Module, habits: Habits, hit: Collection[str]
) -> Missed | None:
    """A loop over a module's direct children, while the tensor lies deeper and nothing so deep was written to."""
    variables: dict[str, object] = {"net": model, habits.argument: place}
    names = {id(here.module): here.name for here in named_modules(model)}
    owner = split(entry.name)[0]
    for loop in habits.loops:
        module = module_in(loop.module, variables)
        if module is None or not any(module.children()):
            continue
        above = names.get(id(module), "")
        deep = _below(owner, above)
        if deep > 1 and all(_below(split(name)[0], above) <= 1 for name in hit):
            return _too_deep(loop, owner, above)
    return None


def _too_deep(loop: Loop, owner: str, above: str) -> Missed:
    through = ".".join(owner.split(".")[: above.count(".") + 2 if above else 1])
    return Missed(
        f"line {loop.line} goes over {plain(loop.text, 80)}, the direct children only, and this lies deeper, in "
        f"{plain(through)}",
        f"go all the way down: {plain(loop.all_down, 80)}",
        vain=False,
    )


def _below(owner: str, above: str) -> int:
    """How many levels a module lies below another, 0 where it does not."""
    if above and not owner.startswith(f"{above}."):
        return 0
    rest = owner[len(above) + 1 :] if above else owner
    return rest.count(".") + 1 if rest else 0


def used_up(habits: Habits) -> Missed | None:
    """A generator that was gone through before the loop that was to write."""
    for each in habits.used_up:
        made = plain(each.made, 80)
        again = "a loop around it goes through it again and" if each.first == each.second else f"line {each.second}"
        return Missed(
            f"{plain(each.name)} is {made}, which can be gone through once: line {each.first} did, and {again} finds "
            "nothing in it",
            f"keep a list: {plain(each.name)} = list({made})",
            vain=False,
        )
    return None


def taken_elsewhere(entry: NamedTensor, calls: InitCalls) -> Missed | None:
    """A tensor that was handed to NumPy or made a list, where what is done to a copy does not come back."""
    place = calls.copies.reads.get(storage_of(entry.tensor)) if entry.tensor.numel() else None
    text = text_at(place, calls.sources)
    if not any(mark in text for mark in _FROM_NUMPY):
        return None
    return Missed(
        f"{plain(text, 80)} in {said(place)} takes its values out of torch, and what is written to a copy there does "
        "not come back",
        f"bring it back: m.{split(entry.name)[1]}.data.copy_(torch.from_numpy(...))",
        vain=False,
    )
