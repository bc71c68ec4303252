"""What the text of init code tells of tensors that it misses: loops over direct children, generators used up."""

import ast
import functools
import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from textwrap import dedent
from typing import Any

from .conditions import Conditions, conditions
from .errors import INIT_FILE
from .followed import Text
from .loops import GENERATORS, Loop, bare, loops

#: Functions that go through an iterator to its end.
_CONSUMING = frozenset(
    [
        "list",
        "tuple",
        "sum",
        "set",
        "sorted",
        "dict",
        "max",
        "min",
        "any",
        "all",
        "enumerate",
        "zip",
        "map",
        "filter",
        "len",
        "frozenset",
        "SGD",
        "Adam",
        "AdamW",
        "RMSprop",
        "Adagrad",
        "LBFGS",
        "parameters_to_vector",
        "clip_grad_norm_",
        "clip_grad_value_",
    ]
)
_LOOPS = (ast.For, ast.AsyncFor, ast.While)


@dataclass(frozen=True)
class UsedUp:
    """A generator that is gone through twice: its name, what made it, and the lines of the two uses."""

    name: str
    made: str
    first: int
    second: int


@dataclass(frozen=True)
class Habits:
    """What is told by the text of code, in order.

    Attributes:
        argument: the name that the function gives to what it is called with, "net" for statements.
        assigned: attributes that are assigned to, with the line of each; "*" where `setattr` may name any.
        conditions: what it asks before it writes; text: its statements.
    """

    argument: str = "net"
    loops: tuple[Loop, ...] = ()
    used_up: tuple[UsedUp, ...] = ()
    assigned: tuple[tuple[str, int], ...] = ()
    conditions: Conditions = field(default_factory=Conditions)
    text: Text = field(default_factory=Text)


def habits(code: str, function: str = "", file: str = INIT_FILE, indent: int = 0) -> Habits:
    """Those of a program, of which `function` is called, "" where its statements are all of it.

    Args:
        code: its text; function: a name in it; file, indent: where the text is from, and how far it was indented there.
    """
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return Habits()
    defined = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and n.name == function]
    arguments = [a.arg for n in defined for a in (*n.args.posonlyargs, *n.args.args) if a.arg != "self"]
    return Habits(
        arguments[0] if arguments else "net",
        tuple(loops(tree)),
        tuple(use for scope in _scopes(tree) for use in _used_up(scope)),
        tuple(sorted(_assigned(tree), key=lambda each: each[1])),
        conditions(tree, function),
        Text(tuple(tree.body), file, indent),
    )


def habits_of(function: Callable[[Any], Any]) -> Habits:
    """Those of a function of a file, where its text is at hand."""
    while isinstance(function, functools.partial):
        function = function.func
    if not inspect.isroutine(function):  # a class that makes one, or an object
        kinds = (function if isinstance(function, type) else type(function)).__mro__
        function = next((vars(kind)["__call__"] for kind in kinds if "__call__" in vars(kind)), function)
    try:
        lines, start = inspect.getsourcelines(function)
    except (OSError, TypeError, SyntaxError):
        return Habits()
    name, file = getattr(function, "__name__", ""), inspect.unwrap(function).__code__.co_filename
    text = dedent("".join(lines))
    indent = len(lines[0].encode()) - len(text.splitlines(keepends=True)[0].encode())
    return habits("\n" * max(0, start - 1) + text, name, file, indent)


def _scopes(tree: ast.Module) -> Iterator[list[ast.stmt]]:
    yield tree.body
    yield from (node.body for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def _used_up(body: list[ast.stmt]) -> Iterator[UsedUp]:
    """Each generator of a scope that has a name and is gone through once more after its end."""
    made: dict[str, tuple[str, int, int]] = {}  # text, depth of loops, line of the first use
    for kind, name, node, depth in _events(body, 0):
        if kind == "other":
            made.pop(name, None)
        elif kind == "made":
            made[name] = (ast.unparse(node), depth, 0)
        elif name in made:
            text, outside, first = made[name]
            if first or depth > outside:
                yield UsedUp(name, text, first or node.lineno, node.lineno)
                del made[name]
            else:
                made[name] = (text, outside, node.lineno)


def _events(body: list[ast.stmt], depth: int) -> Iterator[tuple[str, str, ast.expr, int]]:
    """Where names are made generators or something else, and where they are gone through, in order of the text."""
    for statement in body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        for node in _expressions(statement):
            if isinstance(node, ast.Name):
                yield "used", node.id, node, depth
        if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            target, value = statement.targets[0], statement.value
            if isinstance(target, ast.Name):
                yield "made" if _is_generator(value) else "other", target.id, value, depth
        inner = depth + isinstance(statement, _LOOPS)
        for part in ("body", "orelse", "finalbody"):
            yield from _events(getattr(statement, part, []), inner)


def _expressions(statement: ast.stmt) -> Iterator[ast.expr]:
    """What a statement itself goes through, without those inside it."""
    own = [value for _, value in ast.iter_fields(statement) if isinstance(value, ast.expr)]
    found = [bare(statement.iter)] if isinstance(statement, ast.For) else []
    for node in (node for value in own for node in ast.walk(value)):
        if isinstance(node, ast.comprehension):
            found.append(bare(node.iter))
        elif isinstance(node, ast.Call) and _called(node) in _CONSUMING:
            found += node.args
    yield from {id(node): node for node in found}.values()


def _called(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")


def _is_generator(node: ast.expr) -> bool:
    if isinstance(node, ast.Call):
        own = isinstance(node.func, ast.Attribute) and node.func.attr in GENERATORS
        return own or (isinstance(node.func, ast.Name) and node.func.id in ("filter", "map", "zip", "enumerate"))
    return isinstance(node, ast.GeneratorExp)


def _assigned(tree: ast.AST) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr, node.lineno
        elif isinstance(node, ast.Call) and _called(node) in ("setattr", "__setattr__"):
            names = [arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
            yield (names[0] if names else "*"), node.lineno
