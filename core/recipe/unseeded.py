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
#: Engines of scipy.stats.qmc, which scramble anew where they are given no seed.
_QUASI = frozenset({"Sobol", "Halton", "LatinHypercube", "PoissonDisk", "MultinomialQMC", "MultivariateNormalQMC"})
_ANEW, _CLOCK = "starts anew at each run", "reads the clock"
_CLOCKS = ("time", "monotonic", "perf_counter", "process_time", "thread_time", "clock_gettime")
#: Read the clock where they are given no time, after so many arguments.
_OF_A_TIME = {"time.ctime": 0, "time.localtime": 0, "time.gmtime": 0, "time.asctime": 0, "time.strftime": 1}
_OF_A_PROCESS = (
    *("os.getpid", "os.getppid", "os.environ", "os.getenv", "os.times", "socket.gethostname", "platform.node"),
    *("threading.get_ident", "threading.get_native_id", "tempfile.mkdtemp", "tempfile.mkstemp", "tempfile.mktemp"),
)
_CHANCE = {
    **dict.fromkeys(("random.SystemRandom", "os.urandom", "os.getrandom", "uuid.uuid1", "uuid.uuid4"), _ANEW),
    **{f"time.{name}{unit}": _CLOCK for name in _CLOCKS for unit in ("", "_ns")},
    **dict.fromkeys(("datetime.now", "datetime.utcnow", "datetime.today", "date.today"), _CLOCK),
    **dict.fromkeys(_OF_A_PROCESS, "is another in each process"),
    "torch.set_num_threads": "lets threads share sums, whose last bits depend on how many do",
}
#: What a tensor holds that nobody wrote.
NEVER_WRITTEN = "memory as it was found"
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
        case ast.Call():
            if (why := _of_call(node, _path(node.func, imported))) is not None:
                yield node, why
            elif (over := _taken_by_order(node, sets)) is not None:
                yield over, _SET
        case ast.Attribute(ctx=ast.Load()) | ast.Name(ctx=ast.Load()):
            path = _path(node, imported)
            why = _ANEW if path.startswith("secrets.") else _CHANCE.get(".".join(path.split(".")[-2:]))
            if why:
                yield node, why
        case ast.For(iter=over) | ast.comprehension(iter=over) | ast.Starred(value=over) if _unordered(over, sets):
            yield over, _SET
        case ast.Subscript(value=ast.Call() as over, ctx=ast.Load()) if _unordered(over, sets):
            yield over, _SET


def _of_call(call: ast.Call, path: str) -> str | None:
    """Why a call of the function of that dotted name gives something else at each run; None where it need not."""
    name = path.rpartition(".")[2]
    is_engine = name in _QUASI and ".qmc." in f".{path}"
    if (name in _MAKERS and not _is_given(call)) or (is_engine and not _is_seeded(call)):
        return _ANEW
    if path in _OF_A_TIME and len(call.args) <= _OF_A_TIME[path]:
        return _CLOCK
    return _BUILT_IN.get(path)


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


def _is_seeded(call: ast.Call) -> bool:
    """Whether an engine of scipy.stats.qmc is given a seed, or not to scramble."""
    values = {keyword.arg: keyword.value for keyword in call.keywords}
    seeds = [values[name] for name in ("seed", "rng") if name in values]
    unscrambled = isinstance(how := values.get("scramble"), ast.Constant) and how.value is False
    return unscrambled or any(not (isinstance(seed, ast.Constant) and seed.value is None) for seed in seeds)


def _taken_by_order(call: ast.Call, sets: frozenset[str]) -> ast.expr | None:
    """The set of which a call takes what happens to come first, or all in the order in which it comes."""
    match call:
        case ast.Call(func=ast.Attribute(attr="pop", value=over), args=[]) if _unordered(over, sets):
            return over
        case ast.Call(func=ast.Attribute(attr="join"), args=[over]) if _unordered(over, sets):
            return over
        case ast.Call(func=ast.Name(id="next"), args=[over, *_]) if _unordered(over, sets):
            return over
        case ast.Call(func=ast.Attribute(), args=[ast.Call() as over, *_]) if _unordered(over, sets):
            return over  # torch.tensor(list(names)); a set itself can be made no tensor of
    return None


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
