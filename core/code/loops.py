"""What the text of init code goes over: direct children, a module's own tensors, or all that is below it."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

CHILDREN = frozenset(("children", "named_children"))
#: Methods of a module that give its tensors.
TENSORS = frozenset(("parameters", "named_parameters", "buffers", "named_buffers"))
#: Methods of a module whose result can be gone through once.
GENERATORS = CHILDREN | TENSORS | {"modules", "named_modules"}


@dataclass(frozen=True)
class Loop:
    """What code goes over, of a module.

    Attributes:
        line: where; text: what it goes over; module: the expression of that module; all_down: what goes all the way.
        reach: its direct children, its own tensors, or all below it. inner: whether the module is what another loop
            goes over.
    """

    line: int
    text: str
    module: ast.expr
    all_down: str
    reach: Literal["children", "own", "all"]
    inner: bool = False


def loops(tree: ast.AST) -> Iterator[Loop]:
    """Each loop of a text over something of a module, and each use of direct children outside loops."""
    own = [node.target for node in ast.walk(tree) if isinstance(node, ast.For | ast.comprehension)]
    targets = {name.id for target in own for name in ast.walk(target) if isinstance(name, ast.Name)}
    for node in ast.walk(tree):
        over = _gone_over(node)
        found = _loop(bare(over), over.lineno) if over is not None else None
        if found is not None:
            line, text, module, reach = found
            named = "named_" in text or ".items()" in text
            down = f"{'named_' * named}{'parameters' if reach == 'own' else 'modules'}"
            root = next((each.id for each in ast.walk(module) if isinstance(each, ast.Name)), "")
            yield Loop(line, text, module, f"{ast.unparse(module)}.{down}()", reach, root in targets)


def bare(node: ast.expr) -> ast.expr:
    """What `enumerate`, `list` and their like go over."""
    while True:
        match node:
            case ast.Call(
                func=ast.Name(id="enumerate" | "list" | "tuple" | "reversed" | "iter" | "len"), args=[of, *_]
            ):
                node = of
            case ast.Call(func=ast.Name(id="range"), args=[ast.Call(func=ast.Name(id="len")) as of]):
                node = of
            case ast.List(elts=[ast.Starred(value=of)]) | ast.Tuple(elts=[ast.Starred(value=of)]):
                node = of
            case _:
                return node


def _gone_over(node: ast.AST) -> ast.expr | None:
    match node:
        case ast.For(iter=over) | ast.comprehension(iter=over):
            return over
        case ast.Subscript(value=ast.Call() | ast.List() | ast.Tuple() as of) if _is_of_children(bare(of)):
            return of
        case ast.Call(func=ast.Name(id="map" | "filter"), args=[_, of]) if _is_of_children(bare(of)):
            return of
        case ast.Call(func=ast.Name(id="next" | "list" | "tuple"), args=[of, *_]) if _is_of_children(bare(of)):
            return of
        case ast.Call(func=ast.Attribute(attr="apply")):
            return node
    return None


def _is_of_children(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CHILDREN


def _loop(over: ast.expr, line: int) -> tuple[int, str, ast.expr, Literal["children", "own", "all"]] | None:
    text = ast.unparse(over)
    match over:
        case ast.Call(func=ast.Attribute(value=module, attr=method)) if method in CHILDREN:
            return line, text, module, "children"
        case ast.Call(func=ast.Attribute(value=module, attr=method)) if method in TENSORS:
            return line, text, module, "own" if _is_flat(over) else "all"
        case ast.Call(func=ast.Attribute(value=module, attr="modules" | "named_modules" | "apply" as method)):
            return line, text if method != "apply" else f"{ast.unparse(module)}.apply(...)", module, "all"
        case ast.Call(func=ast.Attribute(value=of, attr="values" | "items" | "keys")):
            return line, text, _registry_of(of) or of, "children"
        case ast.Name() | ast.Attribute() | ast.Subscript():
            return line, text, _registry_of(over) or over, "children"
    return None


def _registry_of(node: ast.expr) -> ast.expr | None:
    """The module of which an expression is the registry of children."""
    match node:
        case ast.Attribute(value=module, attr="_modules"):
            return module
        case ast.Subscript(
            value=ast.Attribute(value=module, attr="__dict__") | ast.Call(func=ast.Name(id="vars"), args=[module]),
            slice=ast.Constant(value="_modules"),
        ):
            return module
    return None


def _is_flat(call: ast.Call) -> bool:
    """Whether the method of a module is told not to go down."""
    second = call.args[1:2]
    told = [word.value for word in call.keywords if word.arg == "recurse"] + second
    told += call.args[:1] if isinstance(call.func, ast.Attribute) and "named" not in call.func.attr else []
    return any(isinstance(each, ast.Constant) and each.value is False for each in told)
