"""The small language of edits: `w += 1`, `w[0, 0] = 42`, `w[:, 1] *= -1`, `w *= abs(w) >= 5`.

A formula is a few assignments to `w` (whole, or at indices and slices) of arithmetic over `w`, numbers and a
handful of functions. Python's own parser reads it; anything but the forms listed here is refused, and nothing is
ever evaluated as Python. This module knows no torch: `core.replaying.editing` carries a formula out.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from types import EllipsisType

from ..text import count

Index = int | slice | EllipsisType

#: Functions of a formula and how many arguments each takes.
FUNCTIONS = {
    "abs": 1,
    "sqrt": 1,
    "exp": 1,
    "log": 1,
    "sin": 1,
    "cos": 1,
    "tanh": 1,
    "sign": 1,
    "mean": 1,
    "std": 1,
    "clamp": 3,
    "where": 3,
}
NUMBER_FUNCTIONS = ("abs", "sqrt", "exp", "log", "sin", "cos", "tanh")
#: Functions whose result is exact, whichever way it is computed.
_EXACT = ("abs", "sign", "clamp", "where")
CONSTANTS = ("nan", "inf", "pi")
MAX_LENGTH = 2000
MAX_STATEMENTS = 100
MAX_NUMBER = 1e308
MAX_DEPTH = 40

_BINARY = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow, ast.BitAnd, ast.BitOr)
_UNARY = (ast.USub, ast.Invert)
_COMPARE = (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq)
_EXAMPLE = "write an assignment to w such as w[0, 0] = 42 or w *= abs(w) >= 5"


@dataclass(frozen=True)
class Assignment:
    """One statement: `w[index] operator= value`; `index` None is all of `w`, `operator` None is plain `=`."""

    index: ast.expr | None
    operator: ast.operator | None
    value: ast.expr


def parse(text: str) -> tuple[Assignment, ...]:
    """The assignments of a formula.

    Raises:
        ValueError: one sentence that names what is not part of the language, and an example of what is.
    """
    if len(text) > MAX_LENGTH:
        raise ValueError(f"the formula has {len(text)} characters, more than {MAX_LENGTH}; split it into several edits")
    try:
        body = ast.parse(text.strip()).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise ValueError(f"{_as_text(text)} cannot be read as a formula; {_EXAMPLE}") from None
    if not body:
        raise ValueError(f"the formula is empty; {_EXAMPLE}")
    if len(body) > MAX_STATEMENTS:
        raise ValueError(
            f"the formula has {len(body)} statements, more than {MAX_STATEMENTS}; split it into several edits"
        )
    return tuple(_assignment(statement) for statement in body)


def _assignment(statement: ast.stmt) -> Assignment:
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target, operator, value = statement.targets[0], None, statement.value
    elif isinstance(statement, ast.AugAssign):
        target, operator, value = statement.target, statement.op, statement.value
        if not isinstance(operator, _BINARY):
            raise _refused(statement)
    else:
        raise _refused(statement)
    _check(value)
    if isinstance(target, ast.Name) and target.id == "w":
        return Assignment(None, operator, value)
    if isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name) and target.value.id == "w":
        _check_index(target.slice)
        return Assignment(target.slice, operator, value)
    raise ValueError(f"{_as_text(target)} cannot be assigned to; only w can, whole or at an index such as w[0, :2]")


def _check(node: ast.expr, depth: int = 0) -> None:
    if depth > MAX_DEPTH:
        raise ValueError(f"the formula nests deeper than {MAX_DEPTH} levels; split it into several assignments")
    if isinstance(node, ast.Constant):
        _check_number(node)
    elif isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id == "w":
        _check_index(node.slice)
    elif not (isinstance(node, ast.Name) and node.id in ("w", *CONSTANTS)):
        for operand in _operands(node):
            _check(operand, depth + 1)


def _operands(node: ast.expr) -> Iterator[ast.expr]:
    match node:
        case ast.BinOp(left=left, op=op, right=right) if isinstance(op, _BINARY):
            yield from (left, right)
        case ast.UnaryOp(op=op, operand=operand) if isinstance(op, _UNARY):
            yield operand
        case ast.Compare(left=left, ops=[op], comparators=[right]) if isinstance(op, _COMPARE):
            yield from (left, right)
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]) if name in FUNCTIONS:
            if len(arguments) != FUNCTIONS[name]:
                raise ValueError(
                    f"{name} takes {count(FUNCTIONS[name], 'argument')}, but {_as_text(node)} gives {len(arguments)}"
                )
            if name not in NUMBER_FUNCTIONS and not reads_w(arguments[0]):
                raise ValueError(f"{_as_text(node)} does not depend on w; {name} needs w in its first argument")
            yield from arguments
        case _:
            raise _refused(node)


def _check_number(node: ast.Constant) -> None:
    value = node.value
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _refused(node)
    if abs(value) > MAX_NUMBER:
        raise ValueError(f"a number in the formula is larger than {MAX_NUMBER:g}; write inf for infinity")


def _check_index(node: ast.expr) -> None:
    for part in node.elts if isinstance(node, ast.Tuple) else (node,):
        bounds = (part.lower, part.upper, part.step) if isinstance(part, ast.Slice) else (part,)
        for bound in bounds:
            if bound is not None and not (isinstance(part, ast.Constant) and part.value is ...):
                _integer(bound)
        if isinstance(part, ast.Slice) and part.step is not None and _integer(part.step) < 1:
            raise ValueError(f"the slice {ast.unparse(part)} has a step below 1; torch slices forward only")


def _integer(node: ast.expr) -> int:
    sign, digits = 1, node
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        sign, digits = -1, node.operand
    if isinstance(digits, ast.Constant) and type(digits.value) is int and digits.value < 2**62:
        return sign * digits.value
    raise ValueError(
        f"{_as_text(node)} is not a whole number; an index is made of whole numbers and slices such as w[0, :2]"
    )


def index_of(node: ast.expr) -> tuple[Index, ...]:
    """The index a checked subscript stands for, as `w[...]` receives it."""
    return tuple(_index(part) for part in (node.elts if isinstance(node, ast.Tuple) else (node,)))


def _index(part: ast.expr) -> Index:
    if isinstance(part, ast.Slice):
        lower, upper, step = (
            None if bound is None else _integer(bound) for bound in (part.lower, part.upper, part.step)
        )
        return slice(lower, upper, step)
    if isinstance(part, ast.Constant) and part.value is ...:
        return ...
    return _integer(part)


def reads_w(node: ast.AST) -> bool:
    """Whether an expression depends on the tensor; one that does not is a plain number."""
    return any(isinstance(part, ast.Name) and part.id == "w" for part in ast.walk(node))


def rounds(text: str) -> bool:
    """Whether a formula sums, raises to a power or calls a function, whose last bit may depend on how torch does it."""
    assignments = parse(text)
    parts = [part for assignment in assignments for part in (assignment.operator, *ast.walk(assignment.value))]
    called = {part.func.id for part in parts if isinstance(part, ast.Call) and isinstance(part.func, ast.Name)}
    return bool(called - set(_EXACT)) or any(isinstance(part, ast.Pow) for part in parts)


def to_python(text: str) -> str:
    """The statements that carry the formula out on a torch tensor `w`, as a person would type them.

    `w = x` becomes `w[...] = x`, since the tensor is written and not replaced.
    """
    return "\n".join(_statement(assignment) for assignment in parse(text))


def shown(assignment: Assignment) -> str:
    """One statement of a formula, as a person would have written it there."""
    target = "w" if assignment.index is None else ast.unparse(ast.Subscript(ast.Name("w"), assignment.index))
    if assignment.operator is None:
        return f"{target} = {ast.unparse(assignment.value)}"
    return ast.unparse(ast.AugAssign(ast.Name(target), assignment.operator, assignment.value))


def _statement(assignment: Assignment) -> str:
    value = ast.unparse(_Spelled().visit(assignment.value))
    if isinstance(assignment.value, ast.Subscript):
        value += ".clone()"  # the slice read may overlap the one written
    if assignment.index is not None:
        target = ast.unparse(ast.Subscript(ast.Name("w"), assignment.index))
    else:
        target = "w" if assignment.operator else "w[...]"
    if assignment.operator is None:
        return f"{target} = {value}"
    probe = ast.unparse(ast.AugAssign(ast.Name("a"), assignment.operator, ast.Name("b")))
    return f"{target} {probe[2:-2]} {value}"


class _Spelled(ast.NodeTransformer):
    """Spells functions and constants as torch and math name them."""

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return node if node.id == "w" else ast.Attribute(ast.Name("math"), node.id)

    def visit_Call(self, node: ast.Call) -> ast.expr:
        assert isinstance(node.func, ast.Name), "checked by parse"  # noqa: S101 (for the checker)
        name, arguments = node.func.id, [self.visit(argument) for argument in node.args]
        if name == "abs":
            return ast.Call(node.func, arguments, [])
        library = "torch" if any(reads_w(argument) for argument in node.args) else "math"
        return ast.Call(ast.Attribute(ast.Name(library), name), arguments, [])


def _refused(node: ast.AST) -> ValueError:
    allowed = f"numbers, w, {', '.join(CONSTANTS)}, arithmetic, comparisons and {', '.join(FUNCTIONS)}"
    return ValueError(f"{_as_text(node)} is not part of a formula, which knows {allowed}")


def _as_text(code: str | ast.AST) -> str:
    try:
        text = " ".join((code if isinstance(code, str) else ast.unparse(code)).split())
    except RecursionError:
        return "an expression of hundreds of levels"
    return repr(text if len(text) <= 60 else text[:57] + "…")
