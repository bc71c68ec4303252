"""What a text of Python declares, and what it defines above that; read and never run.

Declarations stand at the top level, `expects = …` and `my_init.expects = …`, or in the body of a class.
"""

import ast
from collections.abc import Iterator, Mapping

from ..text import plain
from .declared_claims import merged, of_tree
from .declared_numbers import FUNCTIONS, Term
from .declared_text import OF_WORDS, STANDARD, Dotted, Unread, value
from .expectations import WORDS, Expectations, Share, Spec

_CHANGING = ("update", "setdefault", "pop", "clear")
_CURE = "write it as one number, text or dictionary"
_Defined = dict[str, object]


def parsed(code: str) -> ast.Module:
    """The tree of a text; raises ValueError with the line where it is no Python."""
    try:
        return ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = getattr(error, "lineno", None) or 1
        raise ValueError(f"line {line} cannot be read as Python; mend it first") from None


def target_of(statement: ast.stmt) -> str | None:
    """What a statement that declares assigns to, `expects` or `my_init.expects`; None of any other."""
    match statement:
        case ast.Assign(targets=[target]) | ast.AnnAssign(target=target, value=ast.expr()) if is_expects(target):
            return ast.unparse(target)
    return None


def is_expects(node: ast.AST) -> bool:
    """Whether that is `expects`, or `something.expects`."""
    match node:
        case ast.Name(id="expects") | ast.Attribute(attr="expects"):
            return True
    return False


def declared_in(code: str) -> dict[str, Expectations | Unread]:
    """What a text declares, by what it assigns to: `expects`, `my_init.expects`, of a class's body `Net.expects`.

    Those that were assigned to last come last.

    Raises:
        ValueError: the text is no Python.
    """
    names: _Defined = dict(STANDARD)
    targets: dict[str, None] = {}
    for _, changed in read(code, names):
        for target in (name for name in changed if name == "expects" or name.endswith(".expects")):
            targets.pop(target, None)
            targets[target] = None
    found = {target: names.get(target) for target in targets}
    return {target: each for target, each in found.items() if isinstance(each, Expectations | Unread)}


def read(code: str, names: _Defined) -> Iterator[tuple[ast.stmt, list[str]]]:
    """Each statement of a text, and the names that it changed, after which `names` holds what the text defines."""
    for statement in parsed(code).body:
        yield statement, _learn(statement, names)


def made_by(code: str, function: str) -> str:
    """The class of which a function of the text returns an instance, as `return Net()` does; "" where none is seen."""
    for statement in parsed(code).body:
        match statement:
            case ast.FunctionDef(name=name, body=[*_, ast.Return(value=ast.Call(func=ast.Name(id=made)))]):
                if name == function:
                    return made
    return ""


def of_function(code: str, function: str) -> list[ast.stmt]:
    """The statements that declare for a function or a class of the text, for the whole text where it is "".

    Raises:
        ValueError: the text is no Python.
    """
    body = parsed(code).body
    classes = [each for each in body if isinstance(each, ast.ClassDef) and each.name == function]
    target = f"{function}.expects" if function else "expects"
    inside = [each for of_class in classes for each in of_class.body if target_of(each) == "expects"]
    return [*inside, *(each for each in body if target_of(each) == target)]


def only_declares(statement: ast.stmt, names: Mapping[str, object]) -> bool:
    """Whether a statement, after which a text defines these names, means something to a declaration only."""
    match statement:
        case ast.Assign(targets=[ast.Subscript(value=of)]) | ast.AugAssign(target=of) if is_expects(of):
            return True
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            found = names.get(name)
            return name == "expects" or isinstance(found, Expectations | Term | Share | Spec)
    return target_of(statement) is not None


def _learn(statement: ast.stmt, names: _Defined) -> list[str]:
    """Enter what a statement leaves defined: what can be read as what it is, everything else as not read.

    Returns:
        the names.
    """
    defined, changed = list(_defined_by(statement, names)), list(_changed(statement))
    for name in changed:
        reason = f"{plain(name, 40)} is set in line {statement.lineno} in a way that is not read; {_CURE}"
        _define(name, Unread(statement.lineno, reason), names)
    for name, found in defined:
        _define(name, found, names)
    return [*changed, *(name for name, _ in defined)]


def _defined_by(statement: ast.stmt, names: _Defined) -> Iterator[tuple[str, object]]:
    match statement:
        case ast.Import() | ast.ImportFrom(level=0):
            yield from _imported(statement)
        case ast.Assign(targets=[ast.Subscript(value=of, slice=key)], value=assigned) if is_expects(of):
            yield from _added(ast.unparse(of), ast.Dict([key], [assigned]), statement.lineno, names)
        case ast.AugAssign(target=of, op=ast.BitOr(), value=assigned) if is_expects(of):
            yield from _added(ast.unparse(of), assigned, statement.lineno, names)
        case ast.AugAssign(target=ast.Name(id=changed), op=op, value=more):
            yield from _assigned(statement.target, ast.BinOp(ast.Name(changed), op, more), names)
        case ast.Assign(targets=targets, value=assigned):
            for target in targets:
                yield from _assigned(target, assigned, names)
        case ast.AnnAssign(target=target, value=ast.expr() as assigned):
            yield from _assigned(target, assigned, names)
        case ast.ClassDef(name=name, body=body):
            inside = dict(names)
            for inner in body:
                _learn(inner, inside)
                if target_of(inner) == "expects":
                    yield f"{name}.expects", inside["expects"]


def _imported(statement: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, object]]:
    for alias in statement.names:
        if isinstance(statement, ast.Import):
            path = alias.name if alias.asname else alias.name.partition(".")[0]
            yield alias.asname or path, Dotted(path)
        elif alias.name != "*":
            yield alias.asname or alias.name, Dotted(f"{statement.module}.{alias.name}")
        elif statement.module == "math":
            yield from ((name, Dotted(f"math.{name}")) for name in (*FUNCTIONS, "e", "tau"))


def _assigned(target: ast.expr, assigned: ast.expr, names: _Defined) -> Iterator[tuple[str, object]]:
    """What an assignment defines, as far as it can be read; of a declaration, why not."""
    match target, assigned:
        case ((ast.Tuple(elts=targets) | ast.List(elts=targets)), (ast.Tuple(elts=parts) | ast.List(elts=parts))):
            for each, part in zip(targets, parts, strict=False):
                yield from _assigned(each, part, names)
        case ((ast.Name() | ast.Attribute()), _) if is_expects(target):
            yield ast.unparse(target), _declared(assigned, assigned.lineno, names)
        case ast.Name(id=name), _:
            try:
                yield name, of_tree(assigned, names) if isinstance(assigned, ast.Dict) else value(assigned, names)
            except ValueError:
                return


def _declared(node: ast.expr, line: int, names: _Defined) -> Expectations | Unread:
    try:
        return of_tree(node, names)
    except ValueError as error:
        return Unread(line, str(error))


def _added(target: str, node: ast.expr, line: int, names: _Defined) -> Iterator[tuple[str, object]]:
    """What `expects["*.bias"] = …` and `expects |= {…}` make of a declaration above them."""
    before, more = names.get(target), _declared(node, line, names)
    if isinstance(before, Expectations) and isinstance(more, Expectations):
        yield target, Expectations(merged(before.claims, more.claims))
    elif isinstance(before, Expectations):
        yield target, more


def _define(name: str, found: object, names: _Defined) -> None:
    """Enter a name; the words keep their meaning, whatever else a text calls so."""
    if name not in WORDS or (isinstance(found, Dotted) and found.path.rpartition(".")[0].endswith(OF_WORDS)):
        names[name] = found


def _changed(statement: ast.stmt) -> Iterator[str]:
    """Names that a statement may set, in a function too where they are global, and declarations that it changes."""
    defines = isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield statement.name
    for node in ast.walk(statement):
        match node:
            case ast.Global(names=listed):
                yield from listed
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()) if not defines:
                yield name
            case ast.Attribute(ctx=ast.Store() | ast.Del()) if is_expects(node) and not defines:
                yield ast.unparse(node)
            case ast.Subscript(value=of, ctx=ast.Store() | ast.Del()) if is_expects(of):
                yield ast.unparse(of)
            case ast.Call(func=ast.Attribute(value=of, attr=method)) if is_expects(of) and method in _CHANGING:
                yield ast.unparse(of)
