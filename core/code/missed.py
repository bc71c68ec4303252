"""Why a tensor of the model was not written to, though the code had to do with it: copies, dicts, direct children."""

import difflib
from collections.abc import Collection
from dataclasses import dataclass

from torch import Tensor, nn

from ..module.walk import NamedTensor, named_modules, split
from ..text import count, plain
from .calls import InitCalls
from .copies import Derived
from .habits import Habits
from .places import quoted, said, text_at
from .storages import storage_of

_FROM_NUMPY = ("numpy(", "np.", "numpy.", ".tolist(")


@dataclass(frozen=True)
class Missed:
    """Why a write missed.

    Attributes:
        reason, cure: one sentence on why, and one on the way out.
        vain: whether the code did write or compute, for nothing; meant: whether it wrote elsewhere, as it was to.
    """

    reason: str
    cure: str
    vain: bool = True
    meant: bool = False


def wrote_to_copy(entry: NamedTensor, calls: InitCalls, *, touched: bool, hit: bool) -> Missed | None:
    """What the code made out of a tensor and wrote to, or computed, and that nothing took back into the model.

    Args:
        touched: whether the tensor was written to besides: then only what is surely in vain.
        hit: whether anything of the model was.
    """
    if not entry.tensor.numel():
        return None
    made = [
        each
        for each in calls.copies.of(storage_of(entry.tensor))
        if not (each.kept or each.seen.passing or _is_of_twin(each, hit=hit))
    ]
    writes = [each for each in made if each.wrote and not each.read and (each.valued or not touched)]
    if writes:
        return _written(entry, writes[-1], calls)
    results = [each for each in made if _is_result(each, entry.tensor, touched=touched)]
    return _computed(entry, results[-1], calls) if results else None


def wrote_to_twin(entry: NamedTensor, calls: InitCalls, *, hit: bool) -> Missed | None:
    """A whole copy of the net that the code made and wrote to, on purpose as it seems."""
    made = calls.copies.of(storage_of(entry.tensor)) if entry.tensor.numel() else []
    for each in reversed(made):
        if each.wrote and _is_of_twin(each, hit=hit):
            what = _operation(each, calls)
            return Missed(
                f"the code wrote to a copy of its module, made by {what} in {said(each.seen.author)}, not to this one",
                f"if it should change, write to m.{split(entry.name)[1]} itself, or load the copy's state_dict()",
                vain=False,
                meant=True,
            )
    return None


def _is_of_twin(each: Derived, *, hit: bool) -> bool:
    """Whether a tensor is that of a copied module that the code wanted beside the net, which it kept or gave back."""
    return each.seen.twin and (hit or each.returned or not each.reference.expired())


def made_beside(entry: NamedTensor, calls: InitCalls, *, hit: bool) -> Missed | None:
    """A new tensor of the tensor's shape, drawn or filled, that nothing put into the model.

    Where something of the model was `hit`, only what was made of this tensor and is gone.
    """
    if not entry.tensor.numel():
        return None
    owner, last = split(entry.name)
    like = [each for each in calls.copies.of(storage_of(entry.tensor)) if not each.valued]
    like = [each for each in like if not hit or each.reference.expired()]
    loose = [each for each in calls.copies.loose if not hit and _is_above(each.where, owner)]
    made = [
        each
        for each in like or loose
        if tuple(each.shape) == tuple(entry.tensor.shape) and not (each.kept or each.read or each.seen.passing)
    ]
    if not made:
        return None
    new = made[-1]
    wrote = new.wrote.author if new.wrote else None
    then = f", {said(wrote)} writes to that" if wrote and said(wrote) != said(new.seen.author) else ""
    reason = f"{_operation(new, calls)} in {said(new.seen.author)} makes a new tensor of this one's shape{then}"
    return Missed(f"{reason}, and nothing puts it into the net: m.{last} stays as it is", put_into(last))


def put_into(last: str) -> str:
    """The ways to change a tensor of that name in its module."""
    return f"write in place: nn.init.normal_(m.{last}); or, within torch.no_grad(), m.{last}.copy_(...)"


def raised(entry: NamedTensor, calls: InitCalls, hit: Collection[str]) -> Missed | None:
    """An exception at a tensor, or at its module where nothing else of that was written to, that was passed over."""
    owner = split(entry.name)[0]
    alone = all(split(name)[0] != owner for name in hit)
    for each in reversed(calls.done.caught):
        beside = owner == (split(each.tensor)[0] if each.tensor else each.where)
        if each.tensor == entry.name or (alone and beside):
            text = quoted(each.place, calls.sources) or "the call"
            at = f", at {plain(each.tensor)}" if each.tensor and each.tensor != entry.name else ""
            return Missed(
                f"{text} in {said(each.place)} raised {plain(each.said)}{at}, and the code passes over that",
                "let it raise, or call what fits this tensor's shape, such as nn.init.zeros_ for a bias",
                vain=False,
            )
    return None


def not_matched(entry: NamedTensor, model: nn.Module, calls: InitCalls) -> Missed | None:
    """A `load_state_dict(strict=False)` that held nothing under the tensor's name."""
    names = {id(here.module): here.name for here in named_modules(model)}
    for each in reversed(calls.done.loaded):
        above = names.get(id(each.module), "")
        key = entry.name[len(above) + 1 :] if above else entry.name
        if key not in each.lacking or not _is_above(above, split(entry.name)[0]):
            continue
        loading, keys = f"load_state_dict(..., strict=False) in {said(each.place)}", count(each.keys, "key")
        if not each.unfit:
            return Missed(
                f"{loading}: the dict, of {keys}, holds none for it",
                f"add {plain(repr(key), 80)} to the dict, if it should be loaded",
                vain=False,
            )
        wrong, fit = each.unfit[0], each.keys - len(each.unfit)
        near = _nearest(wrong, each.lacking)
        which = f"{fit:,} of the dict's {keys} fit" if fit else f"no key of the dict fits, of {keys}"
        return Missed(
            f"{loading}: {which}; the first that names nothing in the net is {plain(repr(wrong), 80)}",
            f"did you mean {plain(repr(near), 80)}? strict=True raises instead of passing over it",
            vain=False,
        )
    return None


def _nearest(key: str, names: Collection[str]) -> str:
    """The name that is meant, as it seems: what it ends with or what ends with it, else the most alike."""
    ends = [name for name in names if key.endswith(f".{name}") or name.endswith(f".{key}")]
    return max(ends, key=len) if ends else difflib.get_close_matches(key, names, n=1, cutoff=0)[0]


def _is_above(name: str, owner: str) -> bool:
    return not name or owner == name or owner.startswith(f"{name}.")


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
