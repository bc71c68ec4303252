"""What a person's code is, from its text alone: compiled and parsed, never run.

Only a worker reads code: even compiling a stranger's text can take a process down.
"""

import ast
from collections.abc import Iterator, Sequence

from ..questions.code import Reading, SourceReading
from ..recipe.code_names import imports_in
from ..recipe.expects import DeclarationError, check_declarations
from ..recipe.undeclared import without_declarations
from ..text import plain
from .defined import Defined, defined, unready
from .errors import INIT_FILE, MODEL_FILE, CodeError

#: Names that the lines around any code in a script rely on.
_IMPORTED = frozenset({"torch", "nn", "F", "math", "copy", "fnmatchcase"})
_RESERVED = _IMPORTED | {"net", "batch", "loss"}


def read(code: str, model_source: str = "") -> Reading:
    """How init code wants to be run.

    Args:
        code: a function of a module, `def my_init(m)`, of a tensor, `def my_init_(w)`, of the net, `def init(net)`, or
            of a pair such as `(module, name)`; a lambda, a partial, an object with `__call__`; or statements on `net`.
            How the arguments are called or annotated tells which.
        model_source: the text that defines the model, whose names the code must leave alone.

    Raises:
        CodeError: it is none of these, or more than one; one sentence with the line.
    """
    tree = _undeclared(code, INIT_FILE)
    model = ast.parse(model_source)
    alike = {one.name for one in imports_in(tree) & imports_in(model)}
    _check_names(tree, _RESERVED | {name for name, _ in _defined(model)} - alike)
    if any(_works(statement) for statement in tree.body):
        if not _mentions(tree, "net"):
            raise CodeError("the code's statements do not use net; write for p in net.parameters(): ... or a function")
        return Reading("", "statements")
    return _one_init(tree)


def _one_init(tree: ast.Module) -> Reading:
    """The one thing in the code that can be called and that nothing else in it uses."""
    callables = list(defined(tree))
    if not callables and (kind := unready(tree)):
        called = plain(kind.name)
        raise CodeError(f"{called} is made with arguments; write my_init = {called}(...) below it", kind.lineno)
    if not callables:
        raise CodeError("the code defines no function; write def my_init(m): ... or a loop over net.named_parameters()")
    candidates = [each for each in callables if not _used_elsewhere(tree, each)]
    fitting = [(each, wanted) for each in candidates if (wanted := each.signature.applies_to)]
    if not fitting:
        raise _unfit((candidates or callables)[-1])
    if len(fitting) > 1:
        names, line = " and ".join(plain(each.name) for each, _ in fitting[:3]), fitting[1][0].node.lineno
        raise CodeError(f"the code defines {names}, each of which could be the init; keep one", line)
    ((found, wanted),) = fitting
    if isinstance(found.node, ast.AsyncFunctionDef):
        raise CodeError(f"{plain(found.name)} is async; write def instead of async def", found.node.lineno)
    if _yields(found.node):
        said = "is a generator: calling it runs none of its body; write it without yield"
        raise CodeError(f"{plain(found.name)} {said}", found.node.lineno)
    return Reading(found.called, wanted, found.signature.choices, plain(found.signature.text))


def _yields(node: ast.AST) -> bool:
    """Whether the body of a function, or of a class's `__call__`, yields itself, not a function inside it."""
    if isinstance(node, ast.ClassDef):
        return any(
            isinstance(each, ast.FunctionDef) and each.name == "__call__" and _yields(each) for each in node.body
        )
    pending: list[ast.AST] = [*node.body] if isinstance(node, ast.FunctionDef) else []
    while pending:
        each = pending.pop()
        if isinstance(each, ast.Yield | ast.YieldFrom):
            return True
        if not isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            pending.extend(ast.iter_child_nodes(each))
    return False


def _unfit(found: Defined) -> CodeError:
    pairs = found.signature.choices and found.signature.required == 2
    called = "; or name them for what they are given, as (module, name) or (tensor, name)" if pairs else ""
    return CodeError(
        f"{plain(found.name)} takes {plain(found.signature.listed)}; an init takes one argument, a module or a tensor: "
        f"give the others defaults{called}",
        found.node.lineno,
    )


def read_source(code: str) -> SourceReading:
    """What builds the model in model code.

    That is `build`; else the only function that makes one of the code's own classes, and is used by nothing else; else
    the last class that no other one uses; else the only function.

    Raises:
        CodeError: nothing does; one sentence with the line.
    """
    tree = _undeclared(code, MODEL_FILE)
    for name, line in _defined(tree):
        if name == "net":
            raise CodeError("the code makes net itself; write def build(): return nn.Sequential(...) or a class", line)
    _check_names(tree, _IMPORTED)
    functions = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
    classes = [node.name for node in tree.body if isinstance(node, ast.ClassDef)]
    if "build" in functions:
        return SourceReading("build")
    builders = [name for name in functions if name not in ("batch", "loss")]
    if classes:
        makers = {node.name for node in tree.body if isinstance(node, ast.FunctionDef) and _makes_one(node, classes)}
        fitting = [name for name in _unused(builders, tree.body) if name in makers]
        roots = _unused(classes, [node for node in tree.body if isinstance(node, ast.ClassDef)])
        return SourceReading(fitting[0] if len(fitting) == 1 else (roots or classes)[-1])
    if len(builders) != 1:
        found = f"only {' and '.join(plain(name) for name in builders[:3])}" if builders else "no function"
        raise CodeError(f"the code has {found}; write def build(): return nn.Sequential(...) or a class")
    return SourceReading(builders[0])


def _parsed(code: str, file: str) -> ast.Module:
    try:
        compile(code, file, "exec")  # refuses what only parsing lets through, such as return outside a function
        return ast.parse(code, file)
    except SyntaxError as error:
        raise CodeError(f"{type(error).__name__}: {plain(error.msg or 'invalid syntax')}", error.lineno) from None
    except (ValueError, RecursionError, MemoryError, OverflowError) as error:
        raise CodeError(f"the code cannot be compiled ({type(error).__name__}); make it simpler") from None


def _undeclared(code: str, file: str) -> ast.Module:
    """The tree of code without what it declares, which has to be readable, in whatever way it is run."""
    _parsed(code, file)
    try:
        check_declarations(code)
    except DeclarationError as error:
        raise CodeError(error.reason, error.line) from None
    return _parsed(without_declarations(code), file)


def _works(statement: ast.stmt) -> bool:
    """Whether a top-level statement does something, rather than define or import something."""
    if isinstance(statement, ast.Expr):
        return not isinstance(statement.value, ast.Constant)
    if isinstance(statement, ast.Assign):
        return any(isinstance(target, ast.Subscript | ast.Attribute) for target in statement.targets)
    definitions = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom | ast.AnnAssign
    return not isinstance(statement, definitions | ast.Pass)


def _mentions(tree: ast.AST, name: str) -> bool:
    return any(isinstance(node, ast.Name) and node.id == name for node in ast.walk(tree))


def _unused(names: Sequence[str], among: Sequence[ast.stmt]) -> list[str]:
    """Those of the definitions that none of the statements uses, itself apart."""
    return [
        name
        for name in names
        if not any(getattr(node, "name", None) != name and _mentions(node, name) for node in among)
    ]


def _makes_one(function: ast.FunctionDef, classes: Sequence[str]) -> bool:
    """Whether a function asks for nothing, and returns something for which it uses one of the classes."""
    arguments = function.args
    asks = len(arguments.posonlyargs) + len(arguments.args) > len(arguments.defaults) or None in arguments.kw_defaults
    returns = any(isinstance(node, ast.Return) and node.value is not None for node in ast.walk(function))
    return not asks and returns and any(_mentions(function, name) for name in classes)


def _used_elsewhere(tree: ast.Module, found: Defined) -> bool:
    own = set(ast.walk(found.node))
    return any(isinstance(n, ast.Name) and n.id == found.name and n not in own for n in ast.walk(tree))


def _check_names(tree: ast.Module, taken: frozenset[str]) -> None:
    for name, line in _defined(tree):
        if name in taken:
            raise CodeError(f"the code defines {plain(name)}, a name that the model's script uses; rename it", line)


def _defined(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Names that the code's top level binds; importing torch's own under their own names binds nothing new."""
    for statement in tree.body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield statement.name, statement.lineno
        elif isinstance(statement, ast.Import | ast.ImportFrom):
            for alias in statement.names:
                if not _usual(statement, alias):
                    yield alias.asname or alias.name.partition(".")[0], statement.lineno
        else:
            for node in ast.walk(statement):
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store | ast.Del):
                    yield node.id, node.lineno


def _usual(statement: ast.Import | ast.ImportFrom, alias: ast.alias) -> bool:
    if isinstance(statement, ast.Import):
        return (alias.name, alias.asname or alias.name.partition(".")[0]) in {
            *((name, name) for name in ("torch", "math", "copy")),
            ("torch.nn", "torch"),
            ("torch.nn", "nn"),
            ("torch.nn.functional", "F"),
            *((f"torch.nn.{name}", "torch") for name in ("init", "functional", "utils")),
        }
    return (statement.module, alias.name, alias.asname or alias.name) in {
        ("torch", "nn", "nn"),
        ("torch.nn", "functional", "F"),
        ("fnmatch", "fnmatchcase", "fnmatchcase"),
    }
