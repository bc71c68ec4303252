"""Numbers in a declaration: known at once, or terms that are known with the tensor's shape.

normal(0, 1 / sqrt(fan_in)), uniform(-1 / shape[1], 1 / shape[1]), constant(log(numel))
"""

import math
import operator
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NoReturn

from ..text import number
from .declared_sizes import OF_SIZES, Sizes
from .schemes.by_fan import NONLINEARITIES, gain_of

Number = int | float
_MOST_NODES = 500
_MOST_BITS = 1024
_LARGEST_POWER = 64
_MOST_DIGITS = 300
_LARGEST_COUNT = 170  # whose factorial is the last that a float holds


@dataclass(frozen=True)
class Term:
    """A number that follows from a tensor's shape: one of its sizes, or a function of such numbers.

    It calculates as numbers do: `1 / sqrt(fan_in)` is a term again.
    """

    function: str
    operands: tuple[Any, ...] = ()
    nodes: int = field(init=False, compare=False)

    def __post_init__(self) -> None:
        """Check that it is not endless."""
        nodes = 1 + sum(operand.nodes for operand in self.operands if isinstance(operand, Term))
        if nodes > _MOST_NODES:
            raise ValueError(f"a number of a declaration calculates more than {_MOST_NODES} times; say it more simply")
        object.__setattr__(self, "nodes", nodes)

    def at(self, sizes: Sizes) -> Any:
        """Its number for a tensor of these sizes.

        Raises:
            ValueError: there is none.
        """
        if self.function in OF_SIZES:
            return OF_SIZES[self.function](sizes)
        return calculated(self.function, *(resolved(operand, sizes) for operand in self.operands))

    def __str__(self) -> str:
        """As it is written."""
        if self.function in _OPERATORS:
            return f" {self.function} ".join(map(_operand, self.operands))
        parts = [_written_part(part) for part in self.operands]
        if self.function == "item":
            return f"{parts[0]}[{':'.join(parts[1:3] if parts[3:] == [''] else parts[1:])}]"
        return f"{self.function}({', '.join(parts)})" if parts else self.function

    def __add__(self, other: object) -> "Term":
        return _term("+", self, other)

    def __radd__(self, other: object) -> "Term":
        return _term("+", other, self)

    def __sub__(self, other: object) -> "Term":
        return _term("-", self, other)

    def __rsub__(self, other: object) -> "Term":
        return _term("-", other, self)

    def __mul__(self, other: object) -> "Term":
        return _term("*", self, other)

    def __rmul__(self, other: object) -> "Term":
        return _term("*", other, self)

    def __truediv__(self, other: object) -> "Term":
        return _term("/", self, other)

    def __rtruediv__(self, other: object) -> "Term":
        return _term("/", other, self)

    def __floordiv__(self, other: object) -> "Term":
        return _term("//", self, other)

    def __rfloordiv__(self, other: object) -> "Term":
        return _term("//", other, self)

    def __mod__(self, other: object) -> "Term":
        return _term("%", self, other)

    def __rmod__(self, other: object) -> "Term":
        return _term("%", other, self)

    def __pow__(self, other: object) -> "Term":
        return _term("**", self, other)

    def __rpow__(self, other: object) -> "Term":
        return _term("**", other, self)

    def __neg__(self) -> "Term":
        return _term("*", -1, self)

    def __pos__(self) -> "Term":
        return self

    def __abs__(self) -> "Term":
        return _term("abs", self)

    def __floor__(self) -> "Term":
        return _term("floor", self)

    def __ceil__(self) -> "Term":
        return _term("ceil", self)

    def __round__(self, digits: int = 0) -> "Term":
        return _term("round", self, digits)

    def __getitem__(self, key: object) -> "Term":
        parts = (key.start, key.stop, key.step) if isinstance(key, slice) else (key,)
        return Term("item", (self, *parts))

    __iter__ = None  # or Python would count through it without end

    def __float__(self) -> NoReturn:
        raise TypeError(
            f"{self} is known only with a tensor; calculate in the line of expects itself, or write that as text"
        )

    __int__ = __index__ = __bool__ = __float__


def _operand(part: Any) -> str:
    """Part of a longer calculation as it is written."""
    written = _written_part(part)
    return f"({written})" if isinstance(part, Term) and part.function in _OPERATORS else written


def _written_part(part: Any) -> str:
    if isinstance(part, tuple):
        return f"({', '.join(map(_written_part, part))})"
    return "" if part is None else f"{part:.6g}" if isinstance(part, float) else str(part)


def _term(function: str, *operands: object) -> Term:
    if not all(isinstance(operand, Term | int | float) for operand in operands):
        raise TypeError(f"{function} needs numbers, not {', '.join(type(each).__name__ for each in operands)}")
    return Term(function, operands)


def resolved(value: Any, sizes: Sizes) -> Any:
    """A value of a declaration with its terms replaced by their numbers.

    Raises:
        ValueError: a term has no number for these sizes.
    """
    if isinstance(value, tuple | list):
        return tuple(resolved(each, sizes) for each in value)
    return value.at(sizes) if isinstance(value, Term) else value


def is_open(value: object) -> bool:
    """Whether a value has to wait for a tensor's shape."""
    return any(map(is_open, value)) if isinstance(value, tuple | list) else isinstance(value, Term)


def calculated(function: str, *operands: Any) -> Any:
    """What a function of `FUNCTIONS` makes of numbers; a term where they wait for a shape.

    Raises:
        ValueError: that is no number, or too large to be worth it.
    """
    if is_open(operands):
        return Term(function, tuple(tuple(each) if isinstance(each, list) else each for each in operands))
    if function in _OPERATORS:
        return _operated(function, *operands)
    if function in _SAYING:
        return _SAYING[function](*operands)
    try:
        found = FUNCTIONS[function](*operands)
    except (TypeError, ValueError, ArithmeticError):
        raise ValueError(f"{function}({', '.join(map(_written, operands))}) is not a real number") from None
    return found if isinstance(found, tuple) else real(found, f"{function}(…)")


def called(function: Callable[..., Any], *operands: Any, **named: Any) -> Any:
    """A call in a declaration that Python carries out: of functions that terms know, the term."""
    name = getattr(function, "__name__", "")
    if name in FUNCTIONS and not named and is_open(operands):
        return calculated(name, *operands)
    return function(*operands, **named)


def real(value: object, what: str) -> Number:
    """A finite number; raises ValueError where it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not _finite(value):
        raise ValueError(f"{what} must be a number, not {_written(value)}")
    return value


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """`torch.nn.init.calculate_gain`, without torch.

    Raises:
        ValueError: there is no nonlinearity of that name, or `param` is no number.
    """
    if nonlinearity not in NONLINEARITIES:
        raise ValueError(f"calculate_gain knows no {_written(nonlinearity)}; it knows {', '.join(NONLINEARITIES)}")
    return gain_of(nonlinearity, 0.01 if param is None else real(param, "the slope of leaky_relu"))


def _operated(sign: str, left: Any, right: Any) -> Number:
    left, right = real(left, "an operand"), real(right, "an operand")
    try:
        if sign == "**" and abs(right) > _LARGEST_POWER:
            raise ArithmeticError
        found = _OPERATORS[sign](left, right)
    except ArithmeticError:
        raise ValueError("a declaration calculates with + - * / and small powers, on numbers that give one") from None
    return real(found, "a result")


def _finite(value: Number) -> bool:
    return value.bit_length() <= _MOST_BITS if isinstance(value, int) else math.isfinite(value)


def _written(value: object) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return number(value) if _finite(value) or isinstance(value, float) else "a number beyond 1024 bits"
    return repr(value)[:40] if isinstance(value, str) else str(value)[:40]


def _counting(function: Callable[..., Any]) -> Callable[..., Any]:
    def bounded(*counts: int) -> Any:
        if max(counts) > _LARGEST_COUNT:
            raise ValueError
        return function(*counts)

    return bounded


def _item(of: Any, *key: Any) -> Any:
    """One size of a shape, or some."""
    if not isinstance(of, tuple) or not all(each is None or isinstance(each, int) for each in key):
        raise ValueError("between the brackets of shape stands a whole number, or a slice of them")
    try:
        return of[key[0]] if len(key) == 1 else of[slice(*key)]
    except IndexError:
        raise ValueError(f"shape[{key[0]}] is not there: the tensor's shape is {of}") from None


#: The numbers that a tensor gives, by name.
TERMS: dict[str, Term] = {name: Term(name) for name in OF_SIZES}
_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
    "**": operator.pow,
}
#: Functions whose errors are sentences already.
_SAYING: dict[str, Callable[..., Any]] = {"calculate_gain": calculate_gain, "item": _item}
#: What may be called on numbers: Python's `math`, and what needs no import.
FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{name: found for name, found in vars(math).items() if callable(found) and not name.startswith("_")},
    **{name: _counting(getattr(math, name)) for name in ("factorial", "comb", "perm")},
    **{each.__name__: each for each in (abs, min, max, sum, int, float, len)},
    "round": lambda value, digits=0: round(value, max(-_MOST_DIGITS, min(_MOST_DIGITS, digits))),
    **_SAYING,
}


def sqrt(value: Any) -> Any:
    """The square root, of a term too."""
    return calculated("sqrt", value)
