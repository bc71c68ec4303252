"""What a text defines that can be called: functions, lambdas, partials, objects and classes with `__call__`.

Read from the parsed text, which is not run, to the signatures that its objects would have.
"""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from .signatures import Argument, Signature

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
_BUILT_IN = (Argument("tensor", "Tensor"),)


@dataclass(frozen=True)
class Defined:
    """Something that can be called: the name it is bound to, how it is called (`Init()` makes an object), and where."""

    name: str
    called: str
    signature: Signature
    node: ast.stmt


def defined(tree: ast.Module) -> Iterator[Defined]:
    """What the text's top level defines that can be called, in order."""
    for node in tree.body:
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield Defined(name, name, of_arguments(name, node.args), node)
            case ast.ClassDef(name=name) if (call := _method(node, "__call__")) and _made_without_arguments(node):
                yield Defined(name, f"{name}()", _bound(of_arguments(name, call.args)), node)
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
            ):
                if signature := _of_value(value, tree.body):
                    yield Defined(name, name, replace(signature, name=name), node)


def unready(tree: ast.Module) -> ast.ClassDef | None:
    """A class whose objects could be the init, if it did not need arguments to make one."""
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef) and _method(node, "__call__")]
    return next((node for node in classes if not _made_without_arguments(node)), None)


def of_arguments(name: str, arguments: ast.arguments) -> Signature:
    """The signature of a function that has been parsed."""
    positional = [*arguments.posonlyargs, *arguments.args]
    words = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    defaults = [*[None] * (len(positional) - len(arguments.defaults)), *arguments.defaults]
    return Signature(
        name,
        tuple(map(_argument, positional, defaults)),
        more=arguments.vararg is not None,
        words=tuple(word.arg for word, default in words if default is None),
    )


def _argument(argument: ast.arg, default: ast.expr | None) -> Argument:
    annotation = ast.unparse(argument.annotation) if argument.annotation is not None else ""
    unnamed = isinstance(default, ast.Constant) and default.value in ("", None)
    return Argument(argument.arg, annotation, default is not None, unnamed)


def _of_value(value: ast.expr, body: Sequence[ast.stmt]) -> Signature | None:
    """The signature of what an expression gives; None where it is nothing that can be called, or cannot be told."""
    match value:
        case ast.Lambda(args=arguments):
            return of_arguments("", arguments)
        case ast.Name(id=name):
            return _named(name, body)
        case ast.Attribute(value=ast.Attribute(attr="init") | ast.Name(id="init"), attr=name) if name.endswith("_"):
            return Signature(name, _BUILT_IN)
        case ast.Call(func=ast.Name(id="partial") | ast.Attribute(attr="partial"), args=[first, *bound]):
            function = _of_value(first, body)
            words = {keyword.arg for keyword in value.keywords if keyword.arg}
            return _partial(function, len(bound), words) if function else None
        case ast.Call(func=ast.Call(), args=[decorated]):  # torch.no_grad()(f)
            return _of_value(decorated, body)
        case ast.Call(func=ast.Name(id=name)):
            return _made_by(name, body)
    return None


def _named(name: str, body: Sequence[ast.stmt]) -> Signature | None:
    for node in body:
        match node:
            case ast.FunctionDef(name=there) if there == name:
                return of_arguments(name, node.args)
            case ast.Assign(targets=[ast.Name(id=there)], value=ast.Lambda(args=arguments)) if there == name:
                return of_arguments(name, arguments)
            case ast.ImportFrom(module="torch.nn.init"):
                if any((alias.asname or alias.name) == name for alias in node.names):
                    return Signature(name, _BUILT_IN)
    return None


def _made_by(name: str, body: Sequence[ast.stmt]) -> Signature | None:
    """Of the objects of a class of that name, or of what a function of that name returns: one it defines, a lambda."""
    for node in body:
        match node:
            case ast.ClassDef(name=there) if there == name and (call := _method(node, "__call__")):
                return _bound(of_arguments(name, call.args))
            case ast.FunctionDef(name=there) if there == name:
                returned = [each.value for each in ast.walk(node) if isinstance(each, ast.Return) and each.value]
                inner = (_of_value(each, node.body) for each in returned)
                return next((signature for signature in inner if signature), None)
    return None


def _partial(function: Signature, bound: int, words: set[str]) -> Signature:
    """What is left to give: after an argument that is given by keyword, the others can be given by keyword only."""
    left = function.arguments[bound:]
    first = next((place for place, argument in enumerate(left) if argument.name in words), len(left))
    behind = tuple(argument.name for argument in left[first:] if not argument.optional and argument.name not in words)
    lacking = tuple(word for word in function.words if word not in words)
    return replace(function, arguments=left[:first], words=behind + lacking)


def _bound(method: Signature) -> Signature:
    return replace(method, arguments=method.arguments[1:])


def _method(node: ast.ClassDef, name: str) -> FunctionNode | None:
    return next((each for each in node.body if isinstance(each, FunctionNode) and each.name == name), None)


def _made_without_arguments(node: ast.ClassDef) -> bool:
    """Whether calling the class with nothing makes an object; of a dataclass, whether each field has a default."""
    made = _method(node, "__init__")
    if made is not None:
        signature = _bound(of_arguments(node.name, made.args))
        return not signature.required and not signature.words
    fields = [each for each in node.body if isinstance(each, ast.AnnAssign)]
    return not node.decorator_list or all(field.value is not None for field in fields)
