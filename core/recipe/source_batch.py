"""How the batch of a model's code gives its inputs, read from the text alone."""

import ast

from .own_files import Takes


def takes_of(code: str) -> Takes:
    """How the inputs that `batch` returns are given to the net; "one" where the text does not tell otherwise.

    Read are `return inputs, targets` and what a name in it was last assigned: a tuple, or a dict, displayed or called.
    """
    try:
        statements = ast.parse(code).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return "one"
    functions = [each for each in statements if isinstance(each, ast.FunctionDef) and each.name == "batch"]
    given: Takes = "one"
    assigned: dict[str, ast.expr] = {}
    for node in ast.walk(functions[-1]) if functions else ():
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                assigned[name] = value
            case ast.Return(value=ast.Tuple(elts=[inputs, _])):
                given = _kind(assigned.get(inputs.id, inputs) if isinstance(inputs, ast.Name) else inputs)
    return given


def _kind(inputs: ast.expr) -> Takes:
    match inputs:
        case ast.Tuple() | ast.Call(func=ast.Name(id="tuple")):
            return "several"
        case ast.Dict() | ast.DictComp() | ast.Call(func=ast.Name(id="dict")):
            return "named"
        case _:
            return "one"
