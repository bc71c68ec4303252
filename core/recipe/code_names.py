"""Which names a person's code binds at its top level, and which it uses, from its text alone.

A replay gives each text of code names of its own; a script has one set of names for everything in it.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

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


@dataclass(frozen=True)
class CodeNames:
    """The names of a text of code.

    Attributes:
        bound: what its top level binds; imported: what it imports that a script's lines mean by the same name.
        used: every name that it mentions.
        open: whether its text does not tell what it binds, or it must be a text of its own: a star import, `exec`,
            `from __future__`.
    """

    bound: frozenset[str] = frozenset()
    imported: frozenset[str] = frozenset()
    used: frozenset[str] = frozenset()
    open: bool = False


@lru_cache(maxsize=256)
def code_names(text: str) -> CodeNames:
    """The names of the code; none of what cannot be read."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return CodeNames()
    nodes = list(ast.walk(tree))
    imports = set(_imports(nodes))
    usual = frozenset(found[2] for found in imports if found in _USUAL)
    other = frozenset(found[2] for found in imports if found not in _USUAL)
    special = any(name == "*" or module == "__future__" for module, name, _ in imports) or any(
        (isinstance(node, ast.Name) and node.id in _OF_THE_WHOLE)
        or (isinstance(node, ast.Attribute) and node.attr == "__globals__")
        for node in nodes
    )
    try:
        bound = frozenset(_bound(tree)) | other
        return CodeNames(bound, usual, bound | frozenset(_used(tree, frozenset())), special)
    except RecursionError:
        return CodeNames(open=True)


def _imports(nodes: list[ast.AST]) -> Iterator[tuple[str, str, str]]:
    """Module, name in it, and the name that is bound; of imports inside functions too, which are few."""
    for node in nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                root = alias.name.partition(".")[0]
                yield (alias.name, "", alias.asname) if alias.asname else (root, "", root)
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield "." * node.level + (node.module or ""), alias.name, alias.asname or alias.name


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
    imported = {name for _, _, name in _imports(list(ast.walk(function)))}
    return (arguments | imported | set(_bound(function))) - everywhere
