"""Why a run of init code wrote to nothing at all: what it was given, and what its text asked for in vain."""

import ast
import difflib
from collections.abc import Iterable

import torch
from torch import nn

from ..module.walk import NamedTensor, named_modules, named_tensors, split
from ..text import plain
from .calls import InitCalls
from .conditions import Asked
from .followed import Followed, Stop
from .habits import Habits
from .missed import Missed, put_into
from .reaching import module_in

_WRITE = "write in place: nn.init.normal_(m.weight) or the like"
_MOST_TYPES = 4


def unmatched(entry: NamedTensor, model: nn.Module, calls: InitCalls, told: Habits) -> Missed:
    """The reason and the way out, for a tensor of the model that, as all others, was not written to."""
    asked = told.conditions
    given = ", ".join(f"{count} {name}" for name, count in calls.types.most_common(_MOST_TYPES))
    given = given or f"{calls.count} tensors"
    if asked.empty:
        return Missed(f"its body is empty, so no call wrote to anything; it was called on {given}", _WRITE, vain=False)
    missing = _no_attribute(model, calls, asked.attributes) or _no_name(model, asked.words)
    if missing is not None:
        reason, cure = missing
        return Missed(f"{reason}, so no call wrote to anything; it was called on {given}", cure, vain=False)
    followed = _followed(calls, told)
    stops = followed.stops() if followed else []
    stop = next((each for each in stops if not each.of_type), None)
    if stop is not None:
        return Missed(
            f"{_stopped(stop)}, so no call wrote to anything; it was called on {given}",
            f"see what it is for them, as by print; or leave the condition out and {_WRITE}",
            vain=False,
        )
    kind = type(entry.owner).__name__
    test = f"nn.{kind}" if hasattr(nn, kind) else kind
    if followed and stops and not followed.entered():
        return Missed(
            f"the rule never matched: {_stopped(stops[0])}; the code ran on {given} and wrote to nothing",
            f"this is a parameter of {kind}: test type(m) == {test}, or isinstance, which also matches subclasses",
            vain=False,
        )
    return Missed(
        f"no call wrote to anything; it was called on {given}",
        f"see which of its conditions holds for them, as by print; {_WRITE}",
        vain=False,
    )


def without_effect(entry: NamedTensor, model: nn.Module, calls: InitCalls, told: Habits) -> Missed | None:
    """The last line that has to do with the tensor, and that was carried out and wrote to nothing of the net."""
    followed = _followed(calls, told)
    stops = followed.stops() if followed else []
    owner, last = split(entry.name)
    here = _followed(calls, told, owner)
    if here is None or any(not each.of_type for each in stops):
        return None
    given = {told.argument} if calls.count and not calls.types else set()
    is_net = calls.count <= 1 and not calls.root
    variables: dict[str, object] = {"net": model, told.argument: model if is_net else None}

    def is_other(owner: ast.expr) -> bool:
        found = module_in(owner, variables)
        return found is not None and found is not entry.owner

    line = here.last_about(last, given, matched=bool(stops), is_other=is_other)
    if line is None:
        return None
    text = plain(ast.unparse(line), 80)
    return Missed(
        f"the rule matched, but nothing was put into a tensor of the net: line {line.lineno}, {text}, is the last that "
        f"might have, and leaves m.{plain(last)} as it is",
        put_into(plain(last)),
    )


def _stopped(stop: Stop) -> str:
    return f"{plain(ast.unparse(stop.node), 80)} in line {stop.node.lineno} was {stop.kind}"


def _followed(calls: InitCalls, told: Habits, owner: str | None = None) -> Followed | None:
    """The text with what was carried out, of it what concerns a module; None where that is not known."""
    spans = calls.done.spans(told.text.file, owner) if calls.done.complete else ()
    return Followed(told.text, spans) if spans and told.text.body else None


def _no_attribute(model: nn.Module, calls: InitCalls, asked: Iterable[Asked]) -> tuple[str, str] | None:
    """An attribute that is asked for and that none of the things has which the code was given."""
    modules = bool(calls.types) or not calls.count
    held = _attributes(model) if modules else frozenset(dir(torch.nn.Parameter))
    for each in asked:
        if each.word not in held:
            near = _near(each.word, [name for name in held if not name.startswith("_")])
            what = "module of the net" if modules else "tensor"
            called = f"line {each.line} asks for the attribute {plain(repr(each.word), 80)}, which no {what} has"
            if not modules and each.word in _attributes(model):
                return called, "modules have it: choose that it is given every module"
            return called, near or "ask for an attribute that they have, such as 'weight'"
    return None


def _attributes(model: nn.Module) -> frozenset[str]:
    """Names of what its modules have, looked up without running any property."""
    found: set[str] = set()
    for each in model.modules():
        found.update(dir(type(each)), vars(each), each._parameters, each._buffers, each._modules)
    return frozenset(found)


def _no_name(model: nn.Module, asked: Iterable[Asked]) -> tuple[str, str] | None:
    """A word that is looked for and that stands in no name and in no type's name."""
    names = [entry.name for entry in named_tensors(model)]
    modules = list(named_modules(model))
    kinds = {kind.__name__ for here in modules for kind in type(here.module).__mro__}
    held = [*names, *(here.name for here in modules), *kinds]
    for each in asked:
        if each.word and not any(each.word in name for name in held):
            parts = {part for name in names for part in name.split(".") if not part.isdigit()}
            near = _near(each.word.strip("."), [*parts, *kinds])
            called = f"line {each.line} looks for {plain(repr(each.word), 80)}, which is in no name of the net"
            some = ", ".join(names[:_MOST_TYPES]) + (", …" if len(names) > _MOST_TYPES else "")
            return called, near or f"look for what they are called: {plain(some, 200)}"
    return None


def _near(word: str, names: Iterable[str]) -> str:
    near = difflib.get_close_matches(word, list(names), n=1, cutoff=0.7)
    return f"did you mean {plain(repr(near[0]), 80)}?" if near else ""
