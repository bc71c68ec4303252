"""Which names a person's code binds at its top level, and which it uses, from its text alone.

A replay gives each text of code names of its own; a script has one set of names for everything in it.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

#: What code finds without importing it, as `core.code.running.namespace` gives it.
GIVEN = frozenset({"torch", "nn", "F", "math"})
#: Imports that bind a name to what the lines of a script mean by it: module, name in it ("" for itself), bound name.
_USUAL = frozenset(
    {
        *((name, "", name) for name in ("torch", "math", "copy", "random", "numpy", "types")),
        *(("torch.nn", "", "nn"), ("torch", "nn", "nn"), ("fnmatch", "fnmatchcase", "fnmatchcase")),
        *(("torch.nn.functional", "", "F"), ("torch.nn", "functional", "F")),
    }
)
#: Names whose meaning is that of the whole text they stand in.
_OF_THE_WHOLE = frozenset(
    {
        *("globals", "locals", "vars", "dir", "exec", "eval", "compile", "__file__", "__doc__", "__spec__"),
        *("__builtins__", "__annotations__", "__dict__"),
    }
)
_SCOPES = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda
_COMPREHENSIONS = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


class Import(NamedTuple):
    """One imported name: of which module, which name in it ("" for the module itself), and what it is bound to."""

    module: str
    original: str
    name: str

    @property
    def usual(self) -> bool:
        """Whether a script's lines mean by the name what is imported."""
        return self in _USUAL


@dataclass(frozen=True)
class CodeNames:
    """The names of a text of code.

    Attributes:
        assigned: what its top level binds other than by an import; imports: those of the whole text.
        used: every name that is looked up at its top level, what it binds included.
        open: whether its text does not tell what it binds, or it must be a text of its own: a star import, `exec`,
            `from __future__`.
    """

    assigned: frozenset[str] = frozenset()
    imports: frozenset[Import] = frozenset()
    used: frozenset[str] = frozenset()
    open: bool = False

    @property
    def bound(self) -> frozenset[str]:
        """What the names around the code may not be: all that it binds to something of its own."""
        return self.assigned | {one.name for one in self.imports if not one.usual}


@lru_cache(maxsize=256)
def code_names(text: str) -> CodeNames:
    """The names of the code; none of what cannot be read."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return CodeNames()
    imports = imports_in(tree)
    special = any(one.original == "*" or one.module == "__future__" for one in imports) or any(
        (isinstance(node, ast.Name) and node.id in _OF_THE_WHOLE)
        or (isinstance(node, ast.Attribute) and node.attr == "__globals__")
        for node in ast.walk(tree)
    )
    try:
        assigned, used = frozenset(_bound(tree)), frozenset(_used(tree, frozenset()))
    except RecursionError:
        return CodeNames(open=True)
    return CodeNames(assigned, imports, assigned | used | {one.name for one in imports}, special)


def imports_in(tree: ast.AST) -> frozenset[Import]:
    """Every import of a text; those inside functions too, which are few."""
    return frozenset(_imports(tree))


def _imports(tree: ast.AST) -> Iterator[Import]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                root = alias.name.partition(".")[0]
                yield Import(alias.name, "", alias.asname) if alias.asname else Import(root, "", root)
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield Import("." * node.level + (node.module or ""), alias.name, alias.asname or alias.name)


def _bound(node: ast.AST) -> Iterator[str]:
    """Names bound at the top level, imports apart; also by a loop, `except ... as`, patterns, `global`."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, _SCOPES):
            if not isinstance(child, ast.Lambda):
                yield child.name
            yield from (name for inner in ast.walk(child) if isinstance(inner, ast.Global) for name in inner.names)
            continue
        if isinstance(child, _COMPREHENSIONS):
            yield from (inner.target.id for inner in ast.walk(child) if isinstance(inner, ast.NamedExpr))
            continue
        match child:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                yield name
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                yield name
            case ast.MatchMapping(rest=str(name)):
                yield name
        yield from _bound(child)


def _used(node: ast.AST, local: frozenset[str]) -> Iterator[str]:
    """Names that are looked up at the top level, from wherever they stand."""
    for child in ast.iter_child_nodes(node):
        inside = local
        match child:
            case ast.Name(id=name):
                if name not in local:
                    yield name
                continue
            case ast.Global(names=names):
                yield from names
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda():
                inside = local | _local(child)
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                targets = (part for one in child.generators for part in ast.walk(one.target))
                inside = local | {part.id for part in targets if isinstance(part, ast.Name)}
        yield from _used(child, inside)


def _local(function: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> set[str]:
    """The names that a function binds for itself."""
    arguments = {part.arg for part in ast.walk(function.args) if isinstance(part, ast.arg)}
    if isinstance(function, ast.Lambda):
        return arguments
    everywhere = {name for part in ast.walk(function) if isinstance(part, ast.Global) for name in part.names}
    imported = {one.name for one in _imports(function)}
    return (arguments | imported | set(_bound(function))) - everywhere
