"""Which scheme is this? Every known initialization a tensor's values are consistent with, and those ruled out."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import sqrt
from typing import Any

from torch import nn
from torch.nn.parameter import is_lazy

from ..module.walk import NamedTensor, find_tensor
from ..questions.theory import Candidate, Identity, Verdict, VerdictKind
from ..recipe.expectations import WORDS, kept
from ..recipe.schemes import SCHEMES, resolve_options
from ..recipe.step_code import call_code
from .declarations import theory_of
from .defaults import built, containers
from .examination import Look, examined, look
from .schemes import Shape, Theory, theory
from .verdict import judged

#: Schemes with the options people give them.
_USUAL: tuple[tuple[str, dict[str, Any]], ...] = (
    *((scheme, {"gain": gain}) for scheme in ("xavier_uniform", "xavier_normal") for gain in (1.0, sqrt(2), 5 / 3)),
    *(
        (scheme, options)
        for scheme in ("kaiming_uniform", "kaiming_normal")
        for options in (
            {},
            {"mode": "fan_out"},
            {"nonlinearity": "linear"},
            {"nonlinearity": "tanh"},
            {"nonlinearity": "selu"},
            {"a": sqrt(5)},
        )
    ),
    *(("normal", {"std": std}) for std in (1.0, 0.02, 0.01, 0.001)),
    ("trunc_normal", {}),
    ("trunc_normal", {"std": 0.02}),
    ("trunc_normal", {"std": 0.02, "a": -0.04, "b": 0.04}),
    *(("uniform", {"a": low, "b": high}) for low, high in ((0.0, 1.0), (-1.0, 1.0), (-0.1, 0.1), (-0.05, 0.05))),
    *(("orthogonal", {"gain": gain}) for gain in (1.0, sqrt(2), 5 / 3)),
    ("sparse", {}),
    ("zeros", {}),
    ("ones", {}),
    ("eye", {}),
    ("dirac", {}),
)
_LARGEST = 1e6  # of `constant`'s option
_BEST_FIRST: tuple[VerdictKind, ...] = ("consistent", "cannot tell", "inconsistent", "violates", "no theory")


@dataclass(frozen=True)
class _Known:
    code: str
    title: str
    theory: Theory | None
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
    found = [_judged(known, seen) for known in _distinct(_known(model, entry, seen))]
    found.sort(key=lambda pair: (_BEST_FIRST.index(pair[0].kind), -pair[1]))
    candidates = tuple(candidate for candidate, _ in found)
    return Identity(name, _sentence(candidates, entry.tensor.numel()), candidates)


def _known(model: nn.Module, entry: NamedTensor, seen: Look) -> Iterator[_Known]:
    """What the module does when built, the usual schemes, the lesson's own, and the one constant it may be."""
    shape = tuple(entry.tensor.shape)
    own, who = built(entry, containers(model))
    if own is not None:
        yield _Known(f"nn.{who.rpartition(' ')[2]}(…)", who, own)
    for scheme, options in _USUAL:
        groups = {"groups": getattr(entry.owner, "groups", 1)} if scheme == "dirac" else {}
        yield _scheme(scheme, {**options, **groups}, shape)
    lesson = kept(WORDS["uniform"](-10, 10), 5)
    yield _Known("w.uniform_(-10, 10); w *= w.abs() >= 5", "The lesson's own", theory_of(lesson, shape))
    low, high = seen.whole.low, seen.whole.high
    if low == high and seen.whole.size > 1 and low not in (0.0, 1.0) and abs(low) <= _LARGEST:
        yield _scheme("constant", {"val": low}, shape)


def _scheme(scheme: str, options: dict[str, Any], shape: Shape) -> _Known:
    code = call_code(scheme, tuple(resolve_options(scheme, options).items()), "w")
    for value, spelled in ((sqrt(2), "2 ** 0.5"), (sqrt(5), "5 ** 0.5"), (5 / 3, "5 / 3")):
        code = code.replace(repr(value), spelled)
    try:
        return _Known(code, SCHEMES[scheme].title, theory(scheme, options, shape))
    except ValueError as error:
        return _Known(code, SCHEMES[scheme].title, None, str(error))


def _distinct(known: Iterator[_Known]) -> list[_Known]:
    """One of each theory, under all its names: what is the same distribution cannot be told apart."""
    found: dict[object, _Known] = {}
    for each in known:
        key: object = each.code if each.theory is None else (each.theory.distribution, each.theory.structure)
        same = found.get(key)
        found[key] = each if same is None else _Known(f"{same.code} = {each.code}", same.title, same.theory)
    return list(found.values())


def _judged(known: _Known, seen: Look) -> tuple[Candidate, float]:
    """The candidate, and how well it fits: 2 where it fits exactly, else its p-value."""
    if known.theory is None:
        return Candidate(known.code, known.title, "", "no theory", known.refusal), 0.0
    verdict = judged([examined(seen, known.theory)])[0]
    label = known.theory.distribution.label
    return Candidate(
        known.code, known.title, label, verdict.kind, verdict.sentence
    ), 2.0 if verdict.p is None else verdict.p


def _sentence(candidates: tuple[Candidate, ...], numel: int) -> str:
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
