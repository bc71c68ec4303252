"""What the text of a declaration says: its words, numbers and names, read from the tree Python parses, never run."""

import ast
import difflib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..text import short
from .declared_numbers import FUNCTIONS, TERMS, Term, calculated, real
from .expectations import WORDS

_MOST_TEXT = 10_000
_MOST_LEVELS = 16
EXAMPLE = 'write for example expects = normal(0, 0.02) or expects = {"*.weight": normal(0, 0.02), "*.bias": zeros()}'
#: Modules whose functions are called on numbers, and where the words come from.
_OF_NUMBERS = ("math", "numpy", "torch", "builtins")
OF_WORDS = "core.recipe.expects"


@dataclass(frozen=True)
class Dotted:
    """A module or something in one, by its full name."""

    path: str


@dataclass(frozen=True)
class Unread:
    """What a text defines in a way that is not read: in which line, and a sentence on why."""

    line: int
    reason: str


Names = Mapping[str, object]
#: What a declaration finds where nothing is imported.
STANDARD: dict[str, object] = {
    **{module: Dotted(module) for module in ("math", "torch", "numpy")},
    "np": Dotted("numpy"),
    "nn": Dotted("torch.nn"),
    "init": Dotted("torch.nn.init"),
    **{name: Dotted(f"math.{name}") for name in ("sqrt", "pi")},
    **{name: Dotted(f"builtins.{name}") for name in ("abs", "min", "max", "sum", "round", "int", "float", "len")},
    "calculate_gain": Dotted("torch.nn.init.calculate_gain"),
    **{word: Dotted(f"{OF_WORDS}.{word}") for word in WORDS},
    **TERMS,
}
_OPERATORS: dict[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.Pow: "**",
}


def expression(text: str) -> ast.expr:
    """The tree of a declaration's text, untrusted; raises ValueError where there is none."""
    if len(text) > _MOST_TEXT:
        raise ValueError(f"the declaration has {len(text):,} characters, more than {_MOST_TEXT:,}")
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise ValueError(f"{text[:60]!r} cannot be read as a declaration; {EXAMPLE}") from None


def value(node: ast.expr, names: Names = STANDARD, level: int = 0) -> Any:
    """A number, a term, a text, a word's record, or what a name stands for.

    Raises:
        ValueError: one sentence that names what cannot be read.
    """
    if level > _MOST_LEVELS:
        raise ValueError(f"the declaration nests deeper than {_MOST_LEVELS} levels; say it more simply")
    match node:
        case ast.Constant(value=bool() | int() | float() | str() | None as literal):
            return literal
        case ast.Name() | ast.Attribute():
            return _named(node, names)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_number(operand, names, level)
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return _number(operand, names, level)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            return calculated(_OPERATORS[type(op)], _number(left, names, level), _number(right, names, level))
        case ast.Tuple(elts=elements) | ast.List(elts=elements):
            return tuple(value(element, names, level + 1) for element in elements)
        case ast.Subscript(value=of, slice=key):
            return calculated("item", value(of, names, level + 1), *_key(key, names, level))
        case ast.JoinedStr(values=parts):
            return "".join(_in_text(part, names, level) for part in parts)
        case ast.Call():
            return _called(node, names, level)
    raise ValueError(unknown(node))


def unknown(node: ast.expr) -> str:
    """The sentence on what is no part of the language, with what may have been meant."""
    written = _as_text(node)
    name = written.partition("(")[0].rpartition(".")[2]
    near = difflib.get_close_matches(name, [*WORDS, *STANDARD], n=1)
    meant = f"; did you mean {near[0]}?" if near and near[0] != name else ","
    return f"{written} is not part of a declaration{meant} which knows numbers and {', '.join(WORDS)}; {EXAMPLE}"


def _named(node: ast.expr, names: Names) -> Any:
    """What a name stands for, dotted or not."""
    found = names.get(ast.unparse(node)) if isinstance(node, ast.Attribute) else None  # `my_init.expects`
    found = _looked_up(node, node, names) if found is None else found
    if isinstance(found, Dotted):
        module, _, name = found.path.rpartition(".")
        if module not in _OF_NUMBERS or not isinstance(constant := getattr(math, name, None), float):
            raise ValueError(unknown(node))
        return real(constant, name)
    return found


def _looked_up(node: ast.expr, whole: ast.expr, names: Names) -> object:
    """What a name, part of a whole, means in the text; what is in a module by its full name."""
    match node:
        case ast.Name(id=name) if isinstance(found := names.get(name), Unread):
            raise ValueError(found.reason)
        case ast.Name(id=name) if name in names:
            return names[name]
        case ast.Attribute(value=base, attr=attribute):
            module = _looked_up(base, whole, names)
            if isinstance(module, Dotted):
                return Dotted(f"{module.path}.{attribute}")
    raise ValueError(unknown(whole))


def _called(node: ast.Call, names: Names, level: int) -> Any:
    function = _looked_up(node.func, node, names)
    module, _, name = function.path.rpartition(".") if isinstance(function, Dotted) else ("", "", "")
    given = [value(argument, names, level + 1) for argument in node.args]
    named = {str(keyword.arg): value(keyword.value, names, level + 1) for keyword in node.keywords}
    if module.endswith(OF_WORDS) and name in WORDS:
        return _spoken(name, given, named)
    if module == "torch.nn.init" and name == "calculate_gain" and named.keys() <= {"nonlinearity", "param"}:
        given += [named[key] for key in ("nonlinearity", "param") if key in named]
    elif module not in _OF_NUMBERS or name not in FUNCTIONS or named:
        raise ValueError(unknown(node))
    try:
        return calculated(name, *given)
    except TypeError:
        raise ValueError(f"{_as_text(node)} is given too much or too little; {EXAMPLE}") from None


def _spoken(word: str, given: list[Any], named: dict[str, Any]) -> Any:
    try:
        return WORDS[word](*given, **named)
    except TypeError:
        raise ValueError(f"{word} cannot take these arguments; {EXAMPLE}") from None


def _number(node: ast.expr, names: Names, level: int) -> Any:
    found = value(node, names, level + 1)
    return found if isinstance(found, Term) else real(found, "an operand")


def _key(node: ast.expr, names: Names, level: int) -> tuple[Any, ...]:
    """What stands between the brackets of `shape[…]`: one number, or the three of a slice."""
    if not isinstance(node, ast.Slice):
        return (value(node, names, level + 1),)
    parts = (node.lower, node.upper, node.step)
    return tuple(None if part is None else value(part, names, level + 1) for part in parts)


def _in_text(node: ast.expr, names: Names, level: int) -> str:
    """One piece of an f-string."""
    match node:
        case ast.Constant(value=str() as literal):
            return literal
        case ast.FormattedValue(value=inner, conversion=-1, format_spec=None):
            found = value(inner, names, level + 1)
            if isinstance(found, str | int | float):
                return str(found)
    raise ValueError(unknown(node))


def _as_text(node: ast.expr) -> str:
    try:
        return short(ast.unparse(node))
    except RecursionError:
        return "an expression of hundreds of levels"
