"""What an operation leaves of a theory: a known distribution that is scaled, shifted, cut or clamped stays known."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from math import inf, isfinite
from typing import Literal

from ..questions.story import Plain, Story
from ..recipe.schemes.distribution import constant
from ..recipe.schemes.promise import (
    Added,
    Exactly,
    Fixed,
    Orthogonal,
    Promise,
    Structure,
    ZeroRow,
    ZerosInColumns,
    simplified,
)
from ..text import number
from .carrying import carried
from .mapped import clamped, erfinv
from .probability import affine, cut_below, moments
from .rounding import rounded

_Numbers = Mapping[str, float]


def transformed(before: Promise, change: Story) -> Promise | None:
    """The theory of the values after a change; None where it is not one of those whose effect is known."""
    numbers = _numbers(change.arguments)
    if "at_least" in numbers:
        return _cut(before, numbers["at_least"])
    if "identity" in numbers:
        return _with_identity(before, numbers)
    if change.of is not None and change.function.endswith("_"):
        return None  # by another tensor
    if None in change.arguments.values():
        return None  # by a tensor that is no single number
    rule = _RULES.get(change.function.rstrip("_"))
    if rule is None or change.arguments.get("rounding_mode"):
        return None
    if rule is _inverted and change.dtype not in ("", *_FINE):
        return None  # so few uniform numbers have images that are spread otherwise
    try:
        after = rule(before, numbers)
        return None if after is None else replace(after, carried=carried(before, change, numbers))
    except (KeyError, ValueError, OverflowError, ZeroDivisionError):
        return None


def _numbers(arguments: Mapping[str, Plain]) -> _Numbers:
    found = {name: float(value) for name, value in arguments.items() if isinstance(value, int | float)}
    return {name: value for name, value in found.items() if isfinite(value)}


def _scaled(before: Promise, numbers: _Numbers) -> Promise | None:
    return _moved(before, numbers["other"], 0.0, f"w · {number(numbers['other'])}")


def _divided(before: Promise, numbers: _Numbers) -> Promise | None:
    return _moved(before, 1 / numbers["other"], 0.0, f"w / {number(numbers['other'])}")


def _shifted(before: Promise, numbers: _Numbers) -> Promise | None:
    by = numbers["other"] * numbers.get("alpha", 1.0)
    return _moved(before, 1.0, by, f"w + {number(by)}")


def _lowered(before: Promise, numbers: _Numbers) -> Promise | None:
    by = numbers["other"] * numbers.get("alpha", 1.0)
    return _moved(before, 1.0, -by, f"w - {number(by)}")


def _turned(before: Promise, numbers: _Numbers) -> Promise | None:
    from_ = numbers["other"]
    return _moved(before, -numbers.get("alpha", 1.0), from_, f"{number(from_)} - w")


def _negated(before: Promise, _numbers: _Numbers) -> Promise | None:
    return _moved(before, -1.0, 0.0, "-w")


def _clamped(before: Promise, numbers: _Numbers) -> Promise | None:
    if before.structure is not None and not isinstance(before.structure, Exactly):
        return None
    if isinstance(before.structure, Exactly) and before.structure.kind != "constant":
        return None
    low, high = numbers.get("min", -inf), numbers.get("max", inf)
    distribution = clamped(before.distribution, low, high)
    line = f"clamped to [{number(low)}, {number(high)}]"
    bounds = [bound for bound in (low, high) if isfinite(bound)] if before.coarse else []
    strays = (*(min(max(value, low), high) for value in before.strays), *bounds)
    after = simplified(Promise(distribution, (*before.algebra, line)))
    after = replace(after, rounded=before.rounded, ticks=before.ticks)
    return replace(after, coarse=before.coarse, strays=tuple(dict.fromkeys(strays)))


def _inverted(before: Promise, _numbers: _Numbers) -> Promise | None:
    """Of a uniform number, which is a multiple of 2^-24: the first of U(-1, 1) is -1, whose image is infinite."""
    line = "erfinv of a uniform is a normal of std 1 / sqrt(2), cut where the uniform ends"
    if before.structure:
        return None
    return Promise(erfinv(before.distribution), (*before.algebra, line), coarse=_COARSE)


#: The steps of torch's uniform numbers in single precision; in double precision they are finer still.
_COARSE = 2.0**-24
_FINE = ("float32", "float64")


def _cut(before: Promise, at_least: float) -> Promise | None:
    if before.structure is not None or at_least <= 0:
        return None
    try:
        distribution = cut_below(before.distribution, at_least)
    except ValueError:
        return None
    gone = sum(atom.probability for atom in distribution.atoms if atom.value == 0)
    lines = (
        f"w · (abs(w) ≥ {number(at_least)})",
        f"P(w = 0) = P(|w| < {number(at_least)}) = {number(gone)}",
        f"std = {number(moments(distribution).std, 6)}",
    )
    return simplified(Promise(distribution, (*before.algebra, *lines)))


def _moved(before: Promise, factor: float, offset: float, line: str) -> Promise | None:
    """Scaled and shifted; a constant stays one, as does what is fixed; zeros and products hold under scaling."""
    structure = before.structure
    if factor == 1 and not offset:
        return before
    if factor == 0:
        return simplified(Promise(constant(offset), (line,)))
    if isinstance(structure, Exactly) and structure.kind == "constant":
        after = simplified(Promise(constant(factor * structure.value + offset), (*before.algebra, line)))
        return rounded(before, after, factor, offset)
    if isinstance(structure, Exactly) and not offset:
        structure = replace(structure, scale=factor * structure.scale)
    elif isinstance(structure, Orthogonal) and not offset:
        structure = Orthogonal(abs(factor) * structure.gain)
    elif isinstance(structure, Added):
        structure = replace(structure, identity=factor * structure.identity)
    elif isinstance(structure, Fixed):
        structure = replace(structure, value=factor * structure.value + offset)
    elif structure is not None and not (isinstance(structure, ZeroRow | ZerosInColumns) and not offset):
        return None
    distribution = affine(before.distribution, factor, offset)
    after = Promise(distribution, (*before.algebra, line, f"std = {number(moments(distribution).std)}"))
    strays = tuple(factor * value + offset for value in before.strays)
    after = replace(after, structure=structure, coarse=before.coarse, strays=strays)
    return rounded(before, after, factor, offset)


def _with_identity(before: Promise, numbers: _Numbers) -> Promise | None:
    """So many times the values, and so many times the identity."""
    if before.structure is not None:
        return None
    times, identity = numbers.get("times", 1.0), numbers["identity"]
    after = _moved(before, times, 0.0, f"w · {number(times)}")
    if after is None or after.structure is not None:
        return None
    line = f"w + {number(identity)} · I"
    return replace(rounded(before, after, times, identity), structure=Added(identity)).with_lines(line)


def _fixing(where: Literal["above", "below", "on", "off"], number_of: str = "") -> Callable[..., Promise | None]:
    """Of an operation that puts one number, 0 or what it was given by that name, to places of a matrix."""

    def fixed(before: Promise, numbers: _Numbers) -> Promise | None:
        if before.structure is not None and not is_constant(before.structure):
            return None
        structure = Fixed(where, int(numbers.get("diagonal", 0)), numbers[number_of] if number_of else 0.0)
        at = f"diagonal {structure.diagonal}" if structure.diagonal else "the diagonal"
        return replace(before, structure=structure).with_lines(f"{number(structure.value)} {where} {at}")

    return fixed


def _moved_about(before: Promise, _numbers: _Numbers) -> Promise | None:
    """Of an operation that puts values to other places."""
    return before if before.structure is None or is_constant(before.structure) else None


def is_constant(structure: Structure) -> bool:
    """Whether all values are one number."""
    return isinstance(structure, Exactly) and structure.kind == "constant"


def is_by_place(change: Story) -> bool:
    """Whether it depends on where in a tensor a value stands, so that the whole of it has to be known."""
    return change.function.rstrip("_") in _BY_PLACE or "identity" in change.arguments


_BY_PLACE = frozenset({"tril", "triu", "fill_diagonal", "diag_embed", "flip", "roll"})
_RULES: dict[str, Callable[[Promise, _Numbers], Promise | None]] = {
    "mul": _scaled,
    "div": _divided,
    "add": _shifted,
    "sub": _lowered,
    "rsub": _turned,
    "neg": _negated,
    "clamp": _clamped,
    "clamp_min": _clamped,
    "clamp_max": _clamped,
    "erfinv": _inverted,
    "tril": _fixing("above"),
    "triu": _fixing("below"),
    "diag_embed": _fixing("off"),
    "fill_diagonal": _fixing("on", "value"),
    "flip": _moved_about,
    "roll": _moved_about,
}
