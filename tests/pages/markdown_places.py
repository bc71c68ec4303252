"""Which text gets to a place that reads markdown: read from the source of the pages, function by function.

A text is safe there if the program wrote it, if it is a number, or if it passed a door of `core.text`. What is not
known to be one of these counts as a stranger's, so that a new way to write a page is found and not overlooked. Where a
function hands on what it was given, its callers are looked at.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.pages.scopes import Scope, is_constant, own_nodes, parameters, values_of

PLACES: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(
        ("markdown", "caption", "title", "header", "subheader", "latex", "text", "write"), ("body", "help")
    ),
    **dict.fromkeys(
        ("error", "warning", "info", "success", "exception", "toast", "spinner", "status"), ("body", "title")
    ),
    **dict.fromkeys(("button", "download_button", "checkbox", "toggle"), ("label", "help")),
    **dict.fromkeys(("badge", "expander", "popover", "metric", "menu_button", "dialog"), ("label", "help")),
    **dict.fromkeys(
        ("selectbox", "multiselect", "number_input", "slider", "text_input", "text_area"), ("label", "help")
    ),
    **dict.fromkeys(("radio", "pills", "segmented_control"), ("label", "options", "help", "format_func", "captions")),
    **dict.fromkeys(("tabs", "table"), ("first",)),
    **dict.fromkeys(("NumberColumn", "TextColumn"), ("label", "help")),
    "Page": ("page", "title", "help"),
    "html": ("body",),
}
#: Those that show text as it is, or none. What is in neither is a fault: say what it reads, once it is used.
PLAIN = frozenset({"cache_resource", "code", "column_config", "columns", "components", "container", "context"})
PLAIN |= {"data_editor", "dataframe", "empty", "get_option", "logo", "navigation", "pagination", "plotly_chart"}
PLAIN |= {"query_params", "rerun", "session_state", "set_page_config", "sidebar", "space", "stop"}
_DOORS = frozenset({"markdown", "code", "number", "count", "shape"})
_THROUGH = frozenset({"capital", "sentence", "first_line"})
_NUMBERS = frozenset({"len", "int", "float", "sum", "range", "round"})
_SAME = frozenset(
    {"strip", "lower", "upper", "removeprefix", "removesuffix", "items", "keys", "values", "join", "get", "replace"}
)
_MEMBERS = frozenset({"list", "tuple", "sorted", "reversed", "dict", "DataFrame", "set_index"})
#: Types whose values are numbers, and those that hold only what the program itself says.
_HARMLESS = (
    "int",
    "float",
    "bool",
    "int | None",
    "float | None",
    "tuple[float, float]",
    "tuple[int, int]",
    "Scheme",
    "Option",
    "Template",
    "Argument",
)


@dataclass
class Module:
    """A file of the pages: its functions, what each imported name is, and the names that are set once, in capitals."""

    name: str
    functions: dict[str, ast.FunctionDef]
    imports: dict[str, str]


@dataclass
class Reading:
    """All pages as they are read; `demanded` are the parameters that callers must give safe text for."""

    modules: dict[str, Module]
    kinds: frozenset[str]
    demanded: set[tuple[str, str, str]] = field(default_factory=set)
    _under_way: set[tuple[int, int]] = field(default_factory=set)

    def faults(self) -> list[str]:
        """Every place that may be given a stranger's text, as file, line and source."""
        found = [fault for module in self.modules.values() for fault in self._unsafe_places(module)]
        looked_at: set[tuple[str, str, str]] = set()
        while new := self.demanded - looked_at:
            for where in new:
                found += self._unsafe_callers(*where)
            looked_at |= new
        return sorted(set(found))

    def _unsafe_places(self, module: Module) -> Iterator[str]:
        for function, call in _calls(module):
            if not isinstance(call.func, ast.Attribute):
                continue
            name, of_streamlit = call.func.attr, ast.unparse(call.func.value) == "st"
            if of_streamlit and name not in PLACES and name not in PLAIN:
                yield _fault(module, call, "say in PLACES or PLAIN what it reads")
            if any(keyword.arg == "unsafe_allow_html" for keyword in call.keywords):
                yield _fault(module, call, "may hold HTML")
            ours = self._function(call, module) or module.imports.get(ast.unparse(call.func.value)) == "core.text"
            if ours or name not in PLACES:
                continue
            for part in _read_as_markdown(call):
                if not self.safe(part, function, module):
                    yield _fault(module, part, f"in {name}")

    def _unsafe_callers(self, home: str, called: str, parameter: str) -> Iterator[str]:
        wanted = self.modules[home].functions[called]
        known = 0
        for module in self.modules.values():
            for function, call in _calls(module):
                if self._function(call, module) == (home, called):
                    known += 1
                    part = _argument(call, wanted, parameter)
                    if part is not None and not self.safe(part, function, module):
                        yield _fault(module, part, f"as {parameter} of {called}")
        if not known:
            yield _fault(self.modules[home], wanted.args, f"of {called}: who calls it is not known")

    def _function(self, call: ast.Call, module: Module) -> tuple[str, str] | None:
        """The pages' function that is called: its module and its name."""
        path = ast.unparse(call.func)
        if path in module.functions:
            return module.name, path
        first, _, rest = path.partition(".")
        target = ".".join(filter(None, (module.imports.get(first, ""), rest)))
        home, _, name = target.rpartition(".")
        return (home, name) if home in self.modules and name in self.modules[home].functions else None

    def safe(self, part: ast.expr, scope: Scope | None, module: Module) -> bool:
        """Whether every text in an expression is the program's own, a number, or passed a door."""

        def here(inner: ast.expr) -> bool:
            return self.safe(inner, scope, module)

        match part:
            case ast.Constant() | ast.Compare():
                return True
            case ast.JoinedStr(values):
                return all(here(value) for value in values)
            case ast.FormattedValue(value, _, ast.JoinedStr([ast.Constant(str(spec))])) if spec[-1] in ",dfg%":
                return True  # a text has no such format
            case ast.FormattedValue(value) | ast.Starred(value):
                return here(value)
            case ast.BinOp(left, ast.Add() | ast.Mult() | ast.BitOr(), right):
                return here(left) and here(right)
            case ast.BinOp(_, ast.Sub() | ast.FloorDiv() | ast.Div()) | ast.UnaryOp():
                return True
            case ast.BoolOp(_, parts) | ast.Tuple(parts) | ast.List(parts) | ast.Set(parts):
                return all(here(value) for value in parts)
            case ast.Dict(keys, values):
                return all(here(value) for value in (*filter(None, keys), *values))
            case ast.IfExp(_, body, orelse):
                return here(body) and here(orelse)
            case ast.GeneratorExp(elt) | ast.ListComp(elt) | ast.SetComp(elt):
                return here(elt)
            case ast.Subscript(value):
                return here(value)
            case ast.Attribute(value):
                return is_constant(part.attr) or (self._holds_own_words(value, scope) and here(value))
            case ast.Lambda(_, body):
                return self.safe(body, part, module)
            case ast.Call():
                return self._safe_call(part, scope, module)
            case ast.Name(name):
                return is_constant(name) or self._safe_name(name, scope, module)
        return False

    def _safe_call(self, call: ast.Call, scope: Scope | None, module: Module) -> bool:
        given = [*call.args, *(keyword.value for keyword in call.keywords)]

        def all_given() -> bool:
            return all(self.safe(value, scope, module) for value in given)

        match call.func:
            case ast.Attribute(ast.Name(of), name) if module.imports.get(of) == "core.text":
                words = given[1:] if name == "count" else [] if name in _DOORS else given
                return name in _DOORS | _THROUGH and all(self.safe(word, scope, module) for word in words)
            case ast.Name("zip" | "enumerate"):
                return all_given()
            case ast.Name(name) if name in _NUMBERS:
                return True
            case ast.Name(name) if name in _MEMBERS:
                return all_given()
            case ast.Attribute(value, name) if name in _SAME | _MEMBERS:
                if ast.unparse(value) == "pd" or self.safe(value, scope, module):
                    return all_given()
        home = self._function(call, module)
        return home is not None and self._safe_function(*home)

    def _safe_function(self, home: str, name: str) -> bool:
        """Whether everything that a function of the pages returns is safe; what it is given, its callers answer for."""
        module = self.modules[home]
        function = module.functions[name]
        returned = [node.value for node in own_nodes(function) if isinstance(node, ast.Return | ast.Yield)]
        return all(value is None or self.safe(value, function, module) for value in returned)

    def _safe_name(self, name: str, scope: Scope | None, module: Module) -> bool:
        if name in module.functions:
            return self._safe_function(module.name, name)
        if scope is None:
            return True  # set while the program starts, before any worker said anything
        if (id(scope), hash(name)) in self._under_way:
            return True  # it is being looked at further out
        self._under_way.add((id(scope), hash(name)))
        try:
            return self._safe_local(name, scope, module)
        finally:
            self._under_way.discard((id(scope), hash(name)))

    def _holds_own_words(self, value: ast.expr, scope: Scope | None) -> bool:
        """Whether attributes of a value are the program's own: of `SCHEMES[name]`, of a parameter of such a type."""
        while isinstance(value, ast.Attribute | ast.Subscript):
            value = value.value
        if not isinstance(value, ast.Name):
            return False
        given = {each.arg: each.annotation for each in parameters(scope)} if scope else {}
        annotation = given.get(value.id)
        return is_constant(value.id) or (annotation is not None and ast.unparse(annotation) in _HARMLESS)

    def _safe_local(self, name: str, scope: Scope, module: Module) -> bool:
        sources = list(values_of(name, scope))
        parameter = next((each for each in parameters(scope) if each.arg == name), None)
        if parameter is not None:
            annotation = ast.unparse(parameter.annotation) if parameter.annotation else ""
            if not (annotation in _HARMLESS or annotation in self.kinds):
                several = parameter in (scope.args.vararg, scope.args.kwarg)
                if several or not isinstance(scope, ast.FunctionDef) or module.functions.get(scope.name) is not scope:
                    return False  # of a lambda, say: whoever calls it is not known
                self.demanded.add((module.name, scope.name, name))
        elif not sources:
            return False
        return all(self.safe(value, scope, module) for value in sources)


def _calls(module: Module) -> Iterator[tuple[Scope | None, ast.Call]]:
    for function in module.functions.values():
        scopes: list[Scope] = [function]
        scopes += [node for node in ast.walk(function) if isinstance(node, ast.Lambda)]
        scopes += [node for node in ast.walk(function) if isinstance(node, ast.FunctionDef) and node is not function]
        for scope in scopes:
            yield from ((scope, node) for node in own_nodes(scope) if isinstance(node, ast.Call))


def _read_as_markdown(call: ast.Call) -> Iterator[ast.expr]:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    read = PLACES[name]
    keywords = {keyword.arg: keyword.value for keyword in call.keywords}
    yield from call.args[:1]
    if "options" in read and not isinstance(keywords.get("format_func"), ast.Lambda):
        yield from call.args[1:2]
    yield from (value for key, value in keywords.items() if key in read or key is None)


def _argument(call: ast.Call, function: ast.FunctionDef, parameter: str) -> ast.expr | None:
    for keyword in call.keywords:
        if keyword.arg == parameter:
            return keyword.value
    names = [each.arg for each in (*function.args.posonlyargs, *function.args.args)]
    if parameter in names and names.index(parameter) < len(call.args):
        return call.args[names.index(parameter)]
    return None  # its default, which is the program's


def _fault(module: Module, node: ast.AST, why: str) -> str:
    return f"{module.name}:{getattr(node, 'lineno', '')}: {ast.unparse(node)} {why}"


def read(sources: dict[str, str], kinds: frozenset[str]) -> Reading:
    """Modules by name and source; `kinds` are names of types that hold only the program's own words."""
    modules = {}
    for name, source in sources.items():
        tree = ast.parse(source)
        functions = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        imports: dict[str, str] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom):
                imports |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
        modules[name] = Module(name, functions, imports)
    return Reading(modules, kinds)


def pages(root: Path) -> dict[str, str]:
    """The source of every file of the pages, by the name that it is imported by."""
    found = {}
    for path in sorted((root / "pages").rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path.read_text("utf-8")
    return found
