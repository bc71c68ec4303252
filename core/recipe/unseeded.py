"""What in a person's code no seed repeats, from its text: streams that start anew, clocks, addresses, sets' order."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from .recipe import Recipe
from .steps import Custom

#: Makers of generators, which start anew where they are given no seed; as `seed()` does.
_MAKERS = frozenset(
    {
        *("default_rng", "SeedSequence", "RandomState", "Random", "PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64"),
        "seed",
    }
)
_ANEW, _CLOCK = "starts anew at each run", "reads the clock"
_CHANCE = {
    **dict.fromkeys(("random.SystemRandom", "os.urandom", "os.getrandom", "uuid.uuid1", "uuid.uuid4"), _ANEW),
    **{f"time.{name}{unit}": _CLOCK for name in ("time", "monotonic", "perf_counter") for unit in ("", "_ns")},
    **dict.fromkeys(("datetime.now", "datetime.utcnow", "datetime.today", "date.today"), _CLOCK),
    **dict.fromkeys(("os.getpid", "os.environ", "os.getenv"), "is another in each process"),
    "torch.set_num_threads": "lets threads share sums, whose last bits depend on how many do",
}
_BUILT_IN = {"id": "is an address in memory", "hash": "is another number in each process, of text"}
_SET = "is a set, whose order is another in each process where it holds text"


@dataclass(frozen=True)
class Unseeded:
    """A place in a text of code: its line, what stands there, and why no seed repeats it."""

    line: int
    text: str
    why: str


def unseeded(code: str) -> str:
    """The first expression that starts a stream of its own anew at each run, "" where there is none."""
    return next((found.text for found in chances(code) if found.why == _ANEW), "")


def chances(code: str) -> tuple[Unseeded, ...]:
    """Every place at which the code may compute something else at each run, in the order of its lines."""
    try:
        nodes = list(ast.walk(ast.parse(code)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()
    imported = dict(_imported(nodes))
    sets = frozenset(
        target.id
        for node in nodes
        if isinstance(node, ast.Assign) and _unordered(node.value, frozenset())
        for target in node.targets
        if isinstance(target, ast.Name)
    )
    found = [
        Unseeded(node.lineno, ast.get_source_segment(code, node) or "", why)
        for whole in nodes
        for node, why in _found(whole, imported, sets)
    ]
    return tuple(sorted((_shortened(one) for one in found), key=lambda one: one.line))


def unrepeatable(recipe: Recipe) -> tuple[tuple[str, Unseeded], ...]:
    """Whose code no script can repeat bit for bit, "the model's code" say, and where in it."""
    codes = [] if recipe.source is None else [("the model's code", recipe.source.code)]
    for number, step in enumerate(recipe.steps, 1):
        if isinstance(step, Custom):
            codes.append((f"the code of step {number}", step.code))
    return tuple((whose, one) for whose, code in codes for one in chances(code))


def _found(node: ast.AST, imported: dict[str, str], sets: frozenset[str]) -> Iterator[tuple[ast.expr, str]]:
    match node:
        case ast.Call(func=function):
            path = _path(function, imported)
            if path.rpartition(".")[2] in _MAKERS and not _is_given(node):
                yield node, _ANEW
            elif path in _BUILT_IN:
                yield node, _BUILT_IN[path]
        case ast.Attribute(ctx=ast.Load()) | ast.Name(ctx=ast.Load()):
            path = _path(node, imported)
            why = _ANEW if path.startswith("secrets.") else _CHANCE.get(".".join(path.split(".")[-2:]))
            if why:
                yield node, why
        case ast.For(iter=over) | ast.comprehension(iter=over) if _unordered(over, sets):
            yield over, _SET


def _imported(nodes: list[ast.AST]) -> Iterator[tuple[str, str]]:
    """What the names that imports bind stand for: `np` for `numpy`, `now` for `time.time`."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from ((alias.asname, alias.name) for alias in node.names if alias.asname)
        elif isinstance(node, ast.ImportFrom):
            yield from ((alias.asname or alias.name, f"{node.module}.{alias.name}") for alias in node.names)


def _path(node: ast.expr, imported: dict[str, str]) -> str:
    """The dotted name that an expression is, as far as it is one."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    parts.append(imported.get(node.id, node.id) if isinstance(node, ast.Name) else "")
    return ".".join(reversed(parts))


def _is_given(call: ast.Call) -> bool:
    """Whether a call is given something else than None."""
    values = [*call.args, *(keyword.value for keyword in call.keywords)]
    return any(not (isinstance(value, ast.Constant) and value.value is None) for value in values)


def _unordered(node: ast.AST, sets: frozenset[str]) -> bool:
    """Whether an expression is a set whose order is not that of whole numbers."""
    match node:
        case ast.Set(elts=parts):
            return not all(isinstance(part, ast.Constant) and isinstance(part.value, int) for part in parts)
        case ast.SetComp() | ast.Call(func=ast.Name(id="set" | "frozenset"), args=[_, *_]):
            return True
        case ast.Call(func=ast.Name(id="list" | "tuple" | "enumerate" | "iter" | "reversed"), args=[inner, *_]):
            return _unordered(inner, sets)
        case ast.BinOp(left=left, right=right):
            return _unordered(left, sets) or _unordered(right, sets)
        case ast.Name(id=name):
            return name in sets
    return False


def _shortened(found: Unseeded) -> Unseeded:
    """Without the module of a maker of generators: `default_rng()` says enough."""
    head, bracket, rest = found.text.partition("(")
    last = head.rpartition(".")[2]
    return found if last.strip() not in _MAKERS - {"seed"} else Unseeded(found.line, last + bracket + rest, found.why)
