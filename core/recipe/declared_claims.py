"""Expectations from a declaration: from its tree in a text, or from the value that it had when it ran."""

import ast
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from .declared_numbers import Number, Term, real
from .declared_parts import slices, split
from .declared_text import EXAMPLE, STANDARD, Names, expression, unknown, value
from .expectations import Claim, Expectations, Spec, as_spec

_MOST_FAULTS = 5


def of_tree(node: ast.expr, names: Names = STANDARD) -> Expectations:
    """What a tree declares, each claim with its line; of an empty dictionary, nothing.

    Raises:
        ValueError: one sentence on what cannot be read.
    """
    if not isinstance(node, ast.Dict):
        return of_value(value(node, names), names, node.lineno)
    claims: tuple[Claim, ...] = ()
    faults: list[str] = []
    for key, each in zip(node.keys, node.values, strict=True):
        try:
            with _of_line(each.lineno if faults else None):  # the first one's is that of the whole
                claims = merged(claims, _of_entry(key, each, names))
        except ValueError as error:
            faults.append(str(error))
    _refuse(faults)
    return Expectations(claims)


def _of_entry(key: ast.expr | None, each: ast.expr, names: Names) -> tuple[Claim, ...]:
    if key is None:
        return _spread(each, names)
    return (_claim(value(key, names, 1), value(each, names, 1), names, key.lineno),)


def of_value(
    declared: object, names: Names = STANDARD, line: int | None = None, lines: Mapping[str, int] | None = None
) -> Expectations:
    """What a value declares: a word, a mapping of patterns, or text.

    Args:
        declared: the value; names: what a text in it knows; line: where it stands; lines: where texts in it stand.

    Raises:
        ValueError: it is none of these.
    """
    match declared:
        case Expectations():
            return declared
        case str():
            with _of_line(line or (lines or {}).get(declared)):
                read = of_tree(expression(declared), names)  # whose lines are those of the text inside the text
            return Expectations(tuple(replace(claim, line=line) for claim in read.claims))
        case Mapping():
            return Expectations(_claims(declared, names, lines or {}, line))
    return Expectations((Claim("*", as_spec(declared), "*", line=line),))


def _claims(
    declared: Mapping[object, object], names: Names, lines: Mapping[str, int], line: int | None
) -> tuple[Claim, ...]:
    """Those of a dictionary; raises ValueError with what is wrong with each of the first that cannot be read."""
    claims: list[Claim] = []
    faults: list[str] = []
    for key, each in declared.items():
        try:
            with _of_line(lines.get(key) if isinstance(key, str) else None):
                claims.append(_claim(key, each, names, line))
        except ValueError as error:
            faults.append(str(error))
    _refuse(faults)
    return tuple(claims)


def _refuse(faults: list[str]) -> None:
    """Raise ValueError with all of them, where there are any, and what to write once."""
    if len(faults) == 1:
        raise ValueError(faults[0])
    if faults:
        brief = [fault.partition(" which knows ")[0].partition("; write ")[0].rstrip(",") for fault in faults]
        more = f"; and {len(faults) - _MOST_FAULTS} more" if len(faults) > _MOST_FAULTS else ""
        raise ValueError(f"{'; '.join(brief[:_MOST_FAULTS])}{more}; {EXAMPLE}")


@contextmanager
def _of_line(line: int | None) -> Iterator[None]:
    try:
        yield
    except ValueError as error:
        raise ValueError(f"line {line}: {error}" if line else str(error)) from None


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
