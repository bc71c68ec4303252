"""What a declaration says that cannot be true of a model, whatever its values are."""

import difflib
from collections.abc import Iterator, Sequence

from ..module.walk import NamedTensor
from ..recipe.expectations import Anything, Claim, Default, Expectations, part_of
from ..recipe.schemes.promise import Shape
from ..tensor.readable import known_shape
from ..text import plain
from .declarations import promise_declared

#: A tensor's qualified name and its shape, None while it has none.
Entry = tuple[str, Shape | None]
_MOST_NAMES = 5000


def shape_of(entry: NamedTensor) -> Shape | None:
    """The shape of a tensor, None of one that has none: not initialized, or of rows that differ in length."""
    return known_shape(entry.tensor)


def misfits(expectations: Expectations, entries: Sequence[Entry]) -> list[str]:
    """A sentence on each claim that is about no tensor, or about one of a shape that it cannot fit.

    A pattern counts as long as a name fits it, also where an earlier one decides. A bare `normal(0, 0.02)`, or `*`, is
    about what it fits.
    """
    decides = {name: expectations.claim(name) for name, _ in entries}
    return [
        (f"line {claim.line}: " if claim.line else "") + said
        for claim in expectations.claims
        for said in _said_of(claim, entries, [entry for entry in entries if decides[entry[0]] is claim])
    ]


def _said_of(claim: Claim, entries: Sequence[Entry], decided: Sequence[Entry]) -> Iterator[str]:
    about = [entry for entry in entries if claim.is_about(entry[0]) or claim.is_about_part(entry[0])]
    if not about:
        yield _of_nothing(claim, [name for name, _ in entries])
        return
    parts = [entry for entry in about if claim.is_about_part(entry[0])]
    reasons: dict[Shape, str] = {}
    tried = [(name, shape) for name, shape in (parts or decided) if shape is not None and 0 not in shape]
    for shape in dict.fromkeys(shape for _, shape in tried):
        reason = _refused(claim, shape, whole=not parts)
        if reason:
            reasons[shape] = reason
    refused = [(name, shape) for name, shape in tried if shape in reasons]
    if refused and (claim.pattern != "*" or len(refused) == len(tried)):
        name, shape = refused[0]
        more = f" and {len(refused) - 1} more" if len(refused) > 1 else ""
        precise = parts or claim.written == name
        way_out = "" if precise else f'; say it of fewer tensors, or write before it "{plain(name, 100)}": anything()'
        yield f'"{plain(claim.written, 100)}" cannot be true of {plain(name, 100)}{more}: {reasons[shape]}{way_out}'


def _refused(claim: Claim, shape: Shape, whole: bool) -> str:
    """Why no tensor of that shape is as the claim says; "" where one can be."""
    try:
        if whole:
            spec, part_shape = claim.spec, shape
        else:
            part = part_of(claim, shape)
            spec, part_shape = part.spec, part.shape
        if not isinstance(spec, Default | Anything):
            promise_declared(spec, part_shape)
    except ValueError as error:
        return str(error)
    return ""


def _of_nothing(claim: Claim, names: Sequence[str]) -> str:
    """The sentence on a pattern that no name fits, with the nearest that would."""
    shown = f'"{plain(claim.written, 100)}" matches no tensor'
    if not names:
        return f"{shown}; the model has none"
    near = difflib.get_close_matches(claim.pattern, _patterns(names[:_MOST_NAMES]), n=1)
    if near:
        return f'{shown}; did you mean "{plain(near[0] + claim.written[len(claim.pattern) :], 100)}"?'
    return f"{shown}; the model's are called {plain(', '.join(names[:4]), 200)}{', …' if len(names) > 4 else ''}"


def _patterns(names: Sequence[str]) -> list[str]:
    """Patterns that people write for such names, and the names."""
    by_end = [f"*.{name.rpartition('.')[2]}" for name in names]
    by_two = [f"*.{'.'.join(parts[-2:])}" for parts in (name.split(".") for name in names) if len(parts) > 2]
    by_module = [f"{name.rpartition('.')[0]}.*" for name in names if "." in name]
    return list(dict.fromkeys([*names, *by_end, *by_two, *by_module]))
