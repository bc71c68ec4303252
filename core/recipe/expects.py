"""What a custom initialization says it means to be, as Python that is read and never run.

    expects = normal(0, 0.02)
    expects = {"*.weight": kept(uniform(-10, 10), at_least=5), "*.bias": zeros()}

Every word, a scheme's name among them, is a function of this module too, for code that really runs:
`from core.recipe.expects import normal`.
"""

import ast
import math
import operator
from collections.abc import Callable, Mapping
from typing import Any

from ..text import number, short
from .expectations import WORDS, Expectations, Spec, as_spec, real

_MAX_TEXT = 10_000
_MAX_DEPTH = 12
_EXAMPLE = 'write for example expects = normal(0, 0.02) or expects = {"*.weight": normal(0, 0.02), "*.bias": zeros()}'


def __getattr__(name: str) -> Callable[..., Any]:
    """A word of declarations by its name; Python asks here for what the module does not hold."""
    if name not in WORDS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return WORDS[name]


def expectations(value: object) -> Expectations:
    """Expectations from a declaration that has been evaluated: a word, a mapping of patterns, or text.

    Raises:
        ValueError: it is none of these.
    """
    if isinstance(value, Expectations):
        return value
    if isinstance(value, str):
        return parse(value)
    if not isinstance(value, Mapping):
        return Expectations((("*", as_spec(value)),))
    if not value:
        raise ValueError(f"expects is an empty dictionary; {_EXAMPLE}")
    return Expectations(tuple((_pattern(key), _spec_or_text(each)) for key, each in value.items()))


def _spec_or_text(value: object) -> Spec:
    return as_spec(_value(_expression(value), 0) if isinstance(value, str) else value)


def _pattern(key: object) -> str:
    if not isinstance(key, str):
        raise ValueError(f'a name pattern such as "*.weight" is needed where {str(key)[:40]!r} stands')
    return key


def parse(text: str) -> Expectations:
    """The expectations that `text` declares, such as `normal(0, 0.02)`; untrusted input.

    Raises:
        ValueError: one sentence that names what cannot be read and the way out.
    """
    return expectations(_value(_expression(text), 0))


def find(code: str) -> Expectations | None:
    """The declaration in a text of Python: the last `expects = …` or `function.expects = …` at its top level.

    None where there is none. The text is read and not run.

    Raises:
        ValueError: one sentence that names the line and the way out.
    """
    try:
        statements = ast.parse(code).body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = getattr(error, "lineno", None) or 1
        raise ValueError(f"line {line} cannot be read as Python; mend it first") from None
    declared = [statement for statement in statements if _declares(statement)]
    if not declared:
        return None
    value = declared[-1].value  # type: ignore[attr-defined]  # _declares: an assignment with a value
    try:
        return expectations(_value(value, 0))
    except ValueError as error:
        raise ValueError(f"line {declared[-1].lineno}: {error}") from None


def _declares(statement: ast.stmt) -> bool:
    match statement:
        case ast.Assign(targets=[target]) | ast.AnnAssign(target=target, value=ast.expr()):
            return (isinstance(target, ast.Name) and target.id == "expects") or (
                isinstance(target, ast.Attribute) and target.attr == "expects"
            )
    return False


def _expression(text: str) -> ast.expr:
    if len(text) > _MAX_TEXT:
        raise ValueError(f"the declaration has {len(text):,} characters, more than {_MAX_TEXT:,}")
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise ValueError(f"{text[:60]!r} cannot be read as a declaration; {_EXAMPLE}") from None


_BINARY: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


def _value(node: ast.expr, depth: int) -> Any:
    """The value of a declaration's node: a word's record, a mapping, a number or a string."""
    if depth > _MAX_DEPTH:
        raise ValueError(f"the declaration nests deeper than {_MAX_DEPTH} levels; say it more simply")
    match node:
        case ast.Constant(value=bool() | int() | float() | str() as literal):
            return literal
        case ast.Dict(keys=keys, values=values) if depth == 0:
            if None in keys:
                raise ValueError(f"** cannot be part of a declaration; {_EXAMPLE}")
            return {_value(key, 1): _value(each, 1) for key, each in zip(keys, values, strict=True) if key is not None}
        case ast.Name(id="pi") | ast.Attribute(value=ast.Name(id="math"), attr="pi"):
            return math.pi
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_number(operand, depth)
        case ast.BinOp(left=left, op=op, right=right):
            return _calculated(op, _number(left, depth), _number(right, depth))
        case ast.Call(func=ast.Name(id="sqrt"), args=[of], keywords=[]):
            return _root(_number(of, depth))
        case ast.Call(func=ast.Attribute(value=ast.Name(id="math"), attr="sqrt"), args=[of], keywords=[]):
            return _root(_number(of, depth))
        case ast.Call(func=ast.Name(id=word), args=arguments, keywords=keywords) if word in WORDS:
            given = [_value(argument, depth + 1) for argument in arguments]
            named = {keyword.arg: _value(keyword.value, depth + 1) for keyword in keywords}
            return _spoken(word, given, named)
    raise ValueError(
        f"{_as_text(node)} is not part of a declaration, which knows numbers and {', '.join(WORDS)}; {_EXAMPLE}"
    )


def _spoken(word: str, given: list[Any], named: dict[str | None, Any]) -> Any:
    try:
        return WORDS[word](*given, **{str(name): each for name, each in named.items()})
    except TypeError:
        raise ValueError(f"{word} cannot take these arguments; {_EXAMPLE}") from None


def _number(node: ast.expr, depth: int) -> float:
    return real(_value(node, depth + 1), "an operand")


def _calculated(op: ast.operator, left: float, right: float) -> float:
    try:
        if isinstance(op, ast.Pow) and abs(right) <= 64:
            return real(left**right, "a power")
        return real(_BINARY[type(op)](left, right), "a result")
    except (ArithmeticError, KeyError):
        raise ValueError("a declaration calculates with + - * / and small powers, on numbers that give one") from None


def _root(value: float) -> float:
    if value < 0:
        raise ValueError(f"sqrt({number(value)}) is not a real number")
    return math.sqrt(value)


def _as_text(node: ast.expr) -> str:
    try:
        return short(ast.unparse(node))
    except RecursionError:
        return "an expression of hundreds of levels"
