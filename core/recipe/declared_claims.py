"""Expectations from a declaration: from its tree in a text, or from the value that it had when it ran."""

import ast
from collections.abc import Iterable, Mapping
from dataclasses import replace

from .declared_numbers import Number, Term, real
from .declared_parts import slices, split
from .declared_text import EXAMPLE, STANDARD, Names, expression, unknown, value
from .expectations import Claim, Expectations, Spec, as_spec


def of_tree(node: ast.expr, names: Names = STANDARD) -> Expectations:
    """What a tree declares, each claim with its line; of an empty dictionary, nothing.

    Raises:
        ValueError: one sentence on what cannot be read.
    """
    if not isinstance(node, ast.Dict):
        return of_value(value(node, names), names, node.lineno)
    claims: list[Claim] = []
    for key, each in zip(node.keys, node.values, strict=True):
        if key is None:
            claims = list(merged(claims, _spread(each, names)))
        else:
            claims = list(merged(claims, [_claim(value(key, names, 1), value(each, names, 1), names, key.lineno)]))
    return Expectations(tuple(claims))


def of_value(declared: object, names: Names = STANDARD, line: int | None = None) -> Expectations:
    """What a value declares: a word, a mapping of patterns, or text.

    Raises:
        ValueError: it is none of these.
    """
    match declared:
        case Expectations():
            return declared
        case str():
            read = of_tree(expression(declared), names)  # whose lines are those of the text inside the text
            return Expectations(tuple(replace(claim, line=line) for claim in read.claims))
        case Mapping():
            return Expectations(tuple(_claim(key, each, names, line) for key, each in declared.items()))
    return Expectations((Claim("*", as_spec(declared), "*", line=line),))


def merged(claims: Iterable[Claim], more: Iterable[Claim]) -> tuple[Claim, ...]:
    """The claims as a dictionary would hold them: one that is written again takes the earlier one's place."""
    return tuple({claim.written: claim for claim in (*claims, *more)}.values())


def _spread(node: ast.expr, names: Names) -> tuple[Claim, ...]:
    """What `**name` adds, of a declaration above it."""
    found = value(node, names, 1) if isinstance(node, ast.Name | ast.Attribute) else None
    if not isinstance(found, Expectations):
        raise ValueError(f"** cannot be part of a declaration, unless a dictionary's name follows; {EXAMPLE}")
    return found.claims


def _claim(written: object, declared: object, names: Names, line: int | None) -> Claim:
    if not isinstance(written, str):
        raise ValueError(f'a name pattern such as "*.weight" is needed where {str(written)[:40]!r} stands')
    pattern, inside = split(written)
    part = slices(inside, lambda node: _place(node, names)) if inside else None
    return Claim(written, _spec(declared, names), written if part is None else pattern, part, line)


def _spec(declared: object, names: Names) -> Spec:
    return as_spec(value(expression(declared), names) if isinstance(declared, str) else declared)


def _place(node: ast.expr, names: Names) -> Number | Term:
    """A bound between the brackets of a part; `n` is the axis's size there, whatever the text calls so."""
    found = value(node, {**names, "n": STANDARD["n"]}, 1)
    if not isinstance(found, int | float | Term):
        raise ValueError(unknown(node))
    return found if isinstance(found, Term) else real(found, "a bound")
