"""What the text of init code asks before it writes: for attributes, words in names, types; or that it is empty."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

_OF_TEXT = frozenset(("endswith", "startswith", "find", "count", "index"))


@dataclass(frozen=True)
class Asked:
    """A word that code asks for, and in which line."""

    word: str
    line: int


@dataclass(frozen=True)
class Conditions:
    """What code asks before it writes.

    Attributes:
        attributes: by `hasattr` and `getattr`; words: that names are to hold, begin or end with, or be.
        empty: whether it holds no statement that does anything.
    """

    attributes: tuple[Asked, ...] = ()
    words: tuple[Asked, ...] = ()
    empty: bool = False


def conditions(tree: ast.Module, function: str) -> Conditions:
    """Those of the function of that name, of all of a text where it has none."""
    defined = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and n.name == function]
    bodies = [*(n.body for n in defined)] or [tree.body]
    nodes = [node for body in bodies for statement in body for node in _affirmed(statement)]
    return Conditions(
        tuple(each for node in nodes for each in _attributes(node)),
        tuple(each for node in nodes for each in _words(node)),
        bool(defined) and all(_does_nothing(statement) for body in bodies for statement in body),
    )


def _affirmed(node: ast.AST) -> Iterator[ast.AST]:
    """A node and those in it, without what is asked not to be."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return
    yield node
    for inner in ast.iter_child_nodes(node):
        yield from _affirmed(inner)


def _attributes(node: ast.AST) -> Iterator[Asked]:
    match node:
        case ast.Call(func=ast.Name(id="hasattr" | "getattr"), args=[_, ast.Constant(value=str(word)), *_]):
            yield Asked(word, node.lineno)


def _words(node: ast.AST) -> Iterator[Asked]:
    match node:
        case ast.Compare(left=ast.Constant(value=str(word)), ops=[ast.In() | ast.Eq()]):
            yield Asked(word, node.lineno)
        case ast.Compare(ops=[ast.Eq()], comparators=[ast.Constant(value=str(word))]):
            yield Asked(word, node.lineno)
        case ast.Call(func=ast.Attribute(attr=method), args=[ast.Constant(value=str(word)), *_]) if method in _OF_TEXT:
            yield Asked(word, node.lineno)


def asks_for_type(node: ast.AST) -> bool:
    """Whether that node itself asks for the type of something."""
    match node:
        case ast.Call(func=ast.Name(id="isinstance" | "issubclass" | "type")) | ast.Attribute(attr="__class__"):
            return True
        case ast.MatchClass():
            return True
    return False


def _does_nothing(statement: ast.stmt) -> bool:
    match statement:
        case ast.Pass() | ast.Return(value=None | ast.Constant() | ast.Name()) | ast.Expr(value=ast.Constant()):
            return True
    return False
