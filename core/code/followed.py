"""Where code that wrote to nothing stopped, or what it did instead: its text next to what of it was carried out."""

import ast
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from .conditions import asks_for_type
from .loops import TENSORS

_LEAVES = (ast.Return, ast.Continue, ast.Break, ast.Raise)
#: Calls that write to nothing.
_LOOKING = frozenset(("print", "len", "repr", "str", "isinstance", "hasattr", "type", "format"))
_COMPOUND = (ast.If, ast.For, ast.While, ast.With, ast.Try, ast.Match, ast.FunctionDef, ast.ClassDef)


@dataclass(frozen=True)
class Text:
    """The statements of code, the file they are in, and by how many columns they are indented there."""

    body: tuple[ast.stmt, ...] = ()
    file: str = ""
    indent: int = 0

    def mentions(self, attribute: str) -> bool:
        """Whether an attribute of that name stands anywhere in it."""
        nodes = (node for statement in self.body for node in ast.walk(statement))
        return any(isinstance(node, ast.Attribute) and node.attr == attribute for node in nodes)


@dataclass(frozen=True)
class Stop:
    """What kept code from going on.

    Attributes:
        node: a condition, or what a loop goes over; kind: what it always was.
        of_type: whether it asks for a type; depth: of how many others it is inside.
    """

    node: ast.expr
    kind: str
    of_type: bool
    depth: int


class Followed:
    """The text of code with what of it was carried out."""

    def __init__(self, text: Text, spans: Iterable[tuple[int, int, int, int]]) -> None:
        self._text = text
        self._spans = sorted((line, begin - text.indent, end, stop - text.indent) for line, begin, end, stop in spans)

    def stops(self) -> list[Stop]:
        """Conditions and loops behind which nothing was ever carried out that might have written, deepest first."""
        return sorted(self._stops(self._text.body, 0), key=lambda each: -each.depth)

    def entered(self) -> bool:
        """Whether a test for a type was true, and something came of it."""
        return any(
            self._done(*statement.body) and not isinstance(statement.body[0], _LEAVES)
            for statement, _ in self._carried_out(self._text.body)
            if isinstance(statement, ast.If) and any(map(asks_for_type, ast.walk(statement.test)))
        )

    def last_about(
        self,
        last: str,
        aliases: Collection[str],
        *,
        matched: bool,
        is_other: Callable[[ast.expr], bool] = lambda _: False,
    ) -> ast.stmt | None:
        """The last statement that was carried out and has to do with a tensor called `last` in its module.

        Args:
            last: as in `m.weight`; aliases: names that mean it from the beginning.
            matched: whether it has to stand behind a condition.
            is_other: whether what has a tensor of that name is surely another module.
        """
        names, found = set(aliases), None
        for statement, behind in self._carried_out(self._text.body):
            if isinstance(statement, ast.For):
                called = {node.attr for node in ast.walk(statement.iter) if isinstance(node, ast.Attribute)}
                if called & TENSORS or _mentions(statement.iter, last, names, is_other):
                    names |= _names(statement.target)
            elif not isinstance(statement, _COMPOUND) and _mentions(statement, last, names, is_other):
                if isinstance(statement, ast.Assign | ast.AnnAssign):
                    names |= _names(*(statement.targets if isinstance(statement, ast.Assign) else [statement.target]))
                if not _only_looks(statement) and (behind or not matched):
                    found = statement
        return found

    def _done(self, *nodes: ast.AST) -> bool:
        return any(
            (node.lineno, node.col_offset) <= (line, begin) and (end, stop) <= (node.end_lineno, node.end_col_offset)
            for node in nodes
            if isinstance(node, ast.stmt | ast.expr | ast.excepthandler)
            and node.end_lineno is not None
            and node.end_col_offset is not None
            for line, begin, end, stop in self._spans
        )

    def _carried_out(self, body: Iterable[ast.stmt], behind: bool = False) -> Iterator[tuple[ast.stmt, bool]]:
        """Each statement, in order, with whether it stands behind a condition."""
        for statement in body:
            if self._done(statement):
                yield statement, behind
                for part in _parts(statement):
                    yield from self._carried_out(part, behind or isinstance(statement, ast.If | ast.Match))

    def _stops(self, body: Sequence[ast.stmt], depth: int) -> Iterator[Stop]:
        for index, statement in enumerate(body):
            if not self._done(statement):
                continue
            rest = body[index + 1 :]
            match statement:
                case ast.If(test=test, body=[*inner]):
                    if not self._done(*inner):
                        yield from self._never(test, inner, depth)
                    elif isinstance(inner[-1], _LEAVES) and rest and not self._done(*rest) and _may_write(rest):
                        yield Stop(test, "always true", any(map(asks_for_type, ast.walk(test))), depth)
                case ast.While(test=test, body=[*inner]) if not self._done(*inner):
                    yield from self._never(test, inner, depth)
                case ast.For(iter=over, body=[*inner]) if not self._done(*inner) and _may_write(inner):
                    yield Stop(over, "empty", False, depth)
                case ast.Match(subject=subject, cases=cases) if not self._done(*(s for c in cases for s in c.body)):
                    yield Stop(subject, "matched by no case", True, depth)
                case ast.Expr() | ast.Assign() | ast.Return():
                    yield from self._within(statement, depth)
            for part in _parts(statement):
                yield from self._stops(part, depth + 1)

    def _never(self, test: ast.expr, guarded: Sequence[ast.AST], depth: int) -> Iterator[Stop]:
        if _may_write(guarded) and self._done(test):
            last = test
            while isinstance(last, ast.BoolOp) and isinstance(last.op, ast.And):
                last = [each for each in last.values if self._done(each)][-1]
            yield Stop(last, "never true", any(map(asks_for_type, ast.walk(last))), depth)

    def _within(self, statement: ast.stmt, depth: int) -> Iterator[Stop]:
        """Of conditions in an expression: `x if a else y`, `a and x`."""
        for node in ast.walk(statement):
            if isinstance(node, ast.IfExp) and not self._done(node.body):
                yield from self._never(node.test, [node.body], depth)
            elif isinstance(node, ast.BoolOp) and isinstance(node.op, ast.And) and not self._done(node.values[-1]):
                test = ast.copy_location(ast.BoolOp(node.op, node.values[:-1]), node)
                yield from self._never(test, node.values[-1:], depth)


def _parts(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    """The blocks of a statement, in order."""
    for name in ("body", "handlers", "orelse", "finalbody", "cases"):
        inner = getattr(statement, name, [])
        if name in ("handlers", "cases"):
            yield from (each.body for each in inner)
        else:
            yield inner


def _may_write(nodes: Iterable[ast.AST]) -> bool:
    for node in (inner for each in nodes for inner in ast.walk(each)):
        if isinstance(node, ast.AugAssign) or (
            isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.ctx, ast.Store)
        ):
            return True
        if isinstance(node, ast.Call) and not (isinstance(node.func, ast.Name) and node.func.id in _LOOKING):
            return True
    return False


def _mentions(node: ast.AST, last: str, names: Collection[str], is_other: Callable[[ast.expr], bool]) -> bool:
    return any(
        (isinstance(each, ast.Attribute) and each.attr == last and not is_other(each.value))
        or (isinstance(each, ast.Name) and each.id in names)
        for each in ast.walk(node)
    )


def _names(*targets: ast.expr) -> set[str]:
    return {node.id for target in targets for node in ast.walk(target) if isinstance(node, ast.Name)}


def _only_looks(statement: ast.stmt) -> bool:
    value = getattr(statement, "value", None)
    called = value.func if isinstance(value, ast.Call) else None
    return isinstance(statement, ast.Expr) and isinstance(called, ast.Name) and called.id in _LOOKING
