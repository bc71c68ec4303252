"""Which scheme is this? Every known initialization a tensor's values are consistent with, and those ruled out."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from math import sqrt
from typing import Any

from torch import nn
from torch.nn.parameter import is_lazy

from ..module.walk import NamedTensor, find_tensor
from ..questions.theory import Candidate, Identity, Verdict, VerdictKind
from ..recipe.expectations import WORDS, kept
from ..recipe.schemes.promise import Promise, Shape
from ..recipe.schemes.scheme import LARGEST, Scheme
from ..recipe.schemes.table import SCHEMES, call_code, promise_of, resolve_options
from .declarations import promise_declared
from .defaults import built, containers
from .examination import Look, examined, look
from .verdict import judged

_BEST_FIRST: tuple[VerdictKind, ...] = ("consistent", "cannot tell", "inconsistent", "violates", "no theory")


@dataclass(frozen=True)
class _Known:
    code: str
    title: str
    promise: Promise | None
    refusal: str = ""


def identify(model: nn.Module, name: str) -> Identity:
    """Which known initializations the tensor of that name is consistent with.

    Raises:
        ValueError: there is no such tensor, or it has no values that could be looked at.
    """
    entry = find_tensor(model, name)
    if is_lazy(entry.tensor):
        raise ValueError(f"{name!r} is uninitialized until the first forward pass; run one first")
    seen = look(entry.tensor)
    if isinstance(seen, Verdict):
        raise ValueError(f"{name!r} cannot be compared with any initialization: {seen.sentence}")
    fits = [_compared(known, seen) for known in _distinct(_known(model, entry, seen))]
    fits.sort(key=lambda fit: (_BEST_FIRST.index(fit[0].kind), -fit[1]))
    candidates = tuple(candidate for candidate, _ in fits)
    return Identity(name, _conclusion(candidates, entry.tensor.numel()), candidates)


def _known(model: nn.Module, entry: NamedTensor, seen: Look) -> Iterator[_Known]:
    """What the module does when built, the usual schemes, the lesson's own, and the one constant it may be."""
    shape = tuple(entry.tensor.shape)
    own, who = built(entry, containers(model))
    if own is not None:
        yield _Known(f"nn.{who.rpartition(' ')[2]}(…)", who, own)
    for scheme in SCHEMES.values():
        for options in scheme.usual:
            yield _scheme(scheme, {**_given_by_module(scheme, entry.owner), **options}, shape)
    lesson = kept(WORDS["uniform"](-10, 10), 5)
    yield _Known("w.uniform_(-10, 10); w *= w.abs() >= 5", "The lesson's own", promise_declared(lesson, shape))
    low, high = seen.whole.low, seen.whole.high
    if low == high and seen.whole.size > 1 and low not in (0.0, 1.0) and abs(low) <= LARGEST:
        yield _scheme(SCHEMES["constant"], {"val": low}, shape)


def _given_by_module(scheme: Scheme, owner: nn.Module) -> dict[str, Any]:
    """Options that the module itself decides, as a convolution its groups."""
    given = {}
    for option in scheme.options:
        value = getattr(owner, option.name, None) if option.of_module else None
        if type(value) is int and (option.low or 0) <= value <= (option.high or 0):
            given[option.name] = value
    return given


def _scheme(scheme: Scheme, options: Mapping[str, Any], shape: Shape) -> _Known:
    code = call_code(scheme.name, tuple(resolve_options(scheme.name, options).items()), "w")
    for value, spelled in ((sqrt(2), "2 ** 0.5"), (sqrt(5), "5 ** 0.5"), (5 / 3, "5 / 3")):
        code = code.replace(repr(value), spelled)
    try:
        return _Known(code, scheme.title, promise_of(scheme.name, options, shape))
    except ValueError as error:
        return _Known(code, scheme.title, None, str(error))


def _distinct(known: Iterator[_Known]) -> list[_Known]:
    """One of each promise, under all its names: what is the same distribution cannot be told apart."""
    distinct: dict[object, _Known] = {}
    for each in known:
        key: object = each.code if each.promise is None else (each.promise.distribution, each.promise.structure)
        same = distinct.get(key)
        distinct[key] = each if same is None else replace(same, code=f"{same.code} = {each.code}")
    return list(distinct.values())


def _compared(known: _Known, seen: Look) -> tuple[Candidate, float]:
    """The candidate, and how well it fits: 2 where it fits exactly, else its p-value."""
    if known.promise is None:
        return Candidate(known.code, known.title, "", "no theory", known.refusal), 0.0
    (verdict,) = judged([examined(seen, known.promise)])
    label = known.promise.distribution.label
    candidate = Candidate(known.code, known.title, label, verdict.kind, verdict.sentence)
    return candidate, 2.0 if verdict.p is None else verdict.p


def _conclusion(candidates: tuple[Candidate, ...], numel: int) -> str:
    fitting = [candidate.code for candidate in candidates if candidate.kind == "consistent"]
    left = sum(candidate.kind == "cannot tell" for candidate in candidates)
    asked = sum(candidate.kind != "no theory" for candidate in candidates)
    if len(fitting) == 1 and not left:
        return f"consistent with {fitting[0]} and with none of the {asked - 1} others"
    if fitting:
        also = f"; {left} more cannot be ruled out" if left else ""
        return f"consistent with {len(fitting)} of {asked} known initializations: {', '.join(fitting)}{also}"
    if left:
        return f"{left} of {asked} known initializations cannot be ruled out: {numel:,} values are too few to tell"
    return f"none of {asked} known initializations fits: edited, trained, or drawn in another way"
