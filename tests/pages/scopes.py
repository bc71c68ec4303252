"""What the names in a function of Python source may stand for."""

import ast
from collections.abc import Iterator

Scope = ast.FunctionDef | ast.Lambda


def values_of(name: str, scope: Scope) -> Iterator[ast.expr]:
    """Everything that a local name may stand for or may have been given."""
    for node in own_nodes(scope):
        match node:
            case ast.Assign(targets, value):
                for target in targets:
                    yield from _bound(name, target, value, scope)
            case ast.AnnAssign(target, _, value) if value is not None:
                yield from _bound(name, target, value, scope)
            case ast.AugAssign(ast.Name(target), _, value) if target == name:
                yield value
            case ast.For(target, iterable) | ast.comprehension(target, iterable):
                yield from _bound(name, target, iterable, scope)
            case ast.NamedExpr(ast.Name(target), value) if target == name:
                yield value
            case ast.Call(ast.Attribute(ast.Name(target), "append" | "extend" | "insert" | "update"), args) if (
                target == name
            ):
                yield from args
        if isinstance(node, ast.Assign) and any(_sets_item(target, name) for target in node.targets):
            yield node.value


def _sets_item(target: ast.expr, name: str) -> bool:
    return isinstance(target, ast.Subscript) and ast.unparse(target.value) == name


def _bound(name: str, target: ast.expr, value: ast.expr, scope: Scope) -> Iterator[ast.expr]:
    """What of `value` a name of `target` stands for; of what cannot be told apart, all."""
    if isinstance(target, ast.Name):
        if target.id == name:
            yield value
    elif isinstance(target, ast.Tuple | ast.List):
        for index, inner in enumerate(target.elts):
            inner = inner.value if isinstance(inner, ast.Starred) else inner
            yield from _bound(name, inner, _part(_literal(value, scope), index), scope)


def _literal(value: ast.expr, scope: Scope) -> ast.expr:
    """What a name was set to, where that is a tuple written out once."""
    if not isinstance(value, ast.Name):
        return value
    stores = [node for node in ast.walk(scope) if isinstance(node, ast.Name) and node.id == value.id]
    set_once = sum(isinstance(node.ctx, ast.Store) for node in stores) == 1
    for node in own_nodes(scope):
        match node:
            case ast.Assign([ast.Name(name)], ast.Tuple() as written) if name == value.id and set_once:
                return written
    return value


def _part(value: ast.expr, index: int) -> ast.expr:
    """Of each of many tuples, or of one tuple, the part of that index."""
    match value:
        case ast.Tuple(parts) | ast.List(parts) if all(isinstance(part, ast.Tuple) for part in parts) and parts:
            columns = [part.elts[index] for part in parts if isinstance(part, ast.Tuple) and index < len(part.elts)]
            return ast.Tuple(columns, ast.Load())
        case ast.Tuple(parts) if index < len(parts):
            return parts[index]
        case ast.Call(ast.Name("zip"), parts) if index < len(parts):
            return parts[index]
        case ast.Call(ast.Name("enumerate"), [inner, *_]):
            return inner if index else ast.Constant(0)
    return value


def own_nodes(scope: Scope) -> Iterator[ast.AST]:
    """All nodes of a function but those of functions within it."""
    pending: list[ast.AST] = list(scope.body) if isinstance(scope, ast.FunctionDef) else [scope.body]
    while pending:
        node = pending.pop()
        yield node
        pending.extend(
            child for child in ast.iter_child_nodes(node) if not isinstance(child, ast.FunctionDef | ast.Lambda)
        )


def parameters(scope: Scope) -> list[ast.arg]:
    given = scope.args
    return [*given.posonlyargs, *given.args, *given.kwonlyargs, *filter(None, (given.vararg, given.kwarg))]


def is_constant(name: str) -> bool:
    return name.lstrip("_").isupper() and len(name) > 1
