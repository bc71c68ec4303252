"""What an edit leaves of a theory: `w *= abs(w) >= 5` cuts it, `w *= 2` and `w += 1` scale and shift it."""

import ast

from ..recipe import edit_formula
from ..recipe.schemes.distribution import constant
from ..recipe.schemes.promise import Exactly, Promise, ZeroRow, simplified
from ..text import number
from .probability import affine, cut_below, moments


def edited(before: Promise, text: str) -> Promise | None:
    """The theory of the values after the formula `text`; None where it is not one of the few whose effect is known."""
    after: Promise | None = before
    for assignment in edit_formula.parse(text):
        after = None if after is None else _assigned(after, assignment)
    return after


def _assigned(before: Promise, assignment: edit_formula.Assignment) -> Promise | None:
    if assignment.index is not None:
        return None
    line = edit_formula.shown(assignment)
    value = _constant(assignment.value)
    match assignment.operator:
        case None if value is not None:
            return simplified(Promise(constant(value), (line,)))
        case ast.Mult() if (at_least := _threshold(assignment.value)) is not None:
            return _cut(before, at_least, line)
        case ast.Mult() if value is not None:
            return _moved(before, value, 0.0, line)
        case ast.Div() if value:
            return _moved(before, 1 / value, 0.0, line)
        case ast.Add() if value is not None:
            return _moved(before, 1.0, value, line)
        case ast.Sub() if value is not None:
            return _moved(before, 1.0, -value, line)
    return None


def _cut(before: Promise, at_least: float, line: str) -> Promise | None:
    if before.structure is not None or at_least <= 0:
        return None
    try:
        distribution = cut_below(before.distribution, at_least)
    except ValueError:
        return None
    gone = sum(atom.probability for atom in distribution.atoms if atom.value == 0)
    share = f"P(w = 0) = P(|w| < {number(at_least)}) = {number(gone)}"
    std = f"std = {number(moments(distribution).std, 6)}"
    return simplified(Promise(distribution, (*before.algebra, line, share, std)))


def _moved(before: Promise, factor: float, offset: float, line: str) -> Promise | None:
    """Scaled and shifted; of structures, only a constant stays one, and a zero row under scaling."""
    structure = before.structure
    if factor == 0:
        return simplified(Promise(constant(offset), (line,)))
    if isinstance(structure, Exactly) and structure.kind == "constant":
        return simplified(Promise(constant(factor * structure.value + offset), (*before.algebra, line)))
    if structure is not None and not (isinstance(structure, ZeroRow) and not offset):
        return None
    distribution = affine(before.distribution, factor, offset)
    return Promise(distribution, (*before.algebra, line, f"std = {number(moments(distribution).std)}"), structure)


def _threshold(node: ast.expr) -> float | None:
    """The number t of `abs(w) >= t`, or of `abs(w) > t`, which differs where nothing has probability."""
    match node:
        case ast.Compare(
            left=ast.Call(func=ast.Name(id="abs"), args=[ast.Name(id="w")]),
            ops=[ast.GtE() | ast.Gt()],
            comparators=[bound],
        ):
            return _constant(bound)
    return None


def _constant(node: ast.expr) -> float | None:
    match node:
        case ast.Constant(value=int() | float() as value):
            return float(value)
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
            return -float(value)
    return None
