"""What a custom initialization says it means to be, as Python that is read and never run.

    expects = normal(0, 0.02)
    expects = {"*.weight": kept(uniform(-10, 10), at_least=5), "*.bias": zeros()}
    my_init.expects = {"*.weight": normal(0, 1 / sqrt(fan_in)), "lstm.bias_hh_l0[n/4:n/2]": ones()}

Every word, a scheme's name among them, is a function of this module too, for code that really runs:
`from core.recipe.expects import normal`; so are `sqrt`, `calculate_gain` and the numbers that a tensor gives, `fan_in`,
`fan_out`, `numel`, `shape` and, in a part, `n`.
"""

import ast
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any

from .declared_claims import of_tree, of_value
from .declared_code import declared_in, made_by, of_function, read
from .declared_numbers import TERMS, Term, calculate_gain, sqrt
from .declared_text import EXAMPLE, STANDARD, Unread, expression
from .expectations import WORDS, Claim, Expectations, Share, Spec

#: What code that declares may use without importing it, by name.
NAMES: Mapping[str, Any] = {**WORDS, **TERMS, "sqrt": sqrt, "pi": math.pi, "calculate_gain": calculate_gain}


class DeclarationError(ValueError):
    """A declaration in a text cannot be read.

    Attributes:
        line: of the text; reason: one sentence without it.
    """

    def __init__(self, reason: str, line: int) -> None:
        super().__init__(f"line {line}: {reason}")
        self.reason = reason
        self.line = line


def __getattr__(name: str) -> Any:
    """A word of declarations by its name; Python asks here for what the module does not hold."""
    if name not in NAMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return NAMES[name]


def expectations(
    value: object, code: str = "", function: str = "", held: Mapping[str, object] | None = None
) -> Expectations:
    """Expectations from a declaration that has been evaluated: a word, a mapping of patterns, or text.

    Args:
        value: the declaration; code: the text that was run for it, "" where that is not known.
        function: for which of its functions; held: what that text defined when it ran, for texts in the declaration.

    Raises:
        ValueError: it is none of these.
    """
    names: dict[str, object] = dict(STANDARD)
    with suppress(ValueError):
        for _ in read(code, names):
            pass
    constants = {name: each for name, each in (held or {}).items() if name not in WORDS and _is_constant(each)}
    names |= {name: tuple(each) if isinstance(each, list) else each for name, each in constants.items()}
    return located(_some(of_value(value, names, lines=_lines(code, function))), code, function)


def _is_constant(value: object) -> bool:
    if isinstance(value, tuple | list):
        return all(map(_is_constant, value))
    return isinstance(value, bool | int | float | str | Term | Spec | Share)


def parse(text: str) -> Expectations:
    """The expectations that `text` declares, such as `normal(0, 0.02)`; untrusted input.

    Raises:
        ValueError: one sentence that names what cannot be read and the way out.
    """
    with _of_few_levels():
        return _some(of_tree(expression(text)))


def find(code: str, function: str = "") -> Expectations | None:
    """What a text of Python declares; None where it declares nothing. The text is read and not run.

    Args:
        code: the text.
        function: the function or class in it that is meant: its own `function.expects = …`, or that of the class which
            it returns, goes before `expects = …`. Without one, what is declared last counts.

    Raises:
        DeclarationError: it cannot be read.
        ValueError: the text is no Python.
    """
    function = function.removesuffix("()")  # an object that a class makes
    with _of_few_levels():
        declared, made = declared_in(code), made_by(code, function)
    wanted = [f"{function}.expects", f"{made}.expects", "expects"] if function else [*declared][::-1]
    found = next((declared[target] for target in wanted if target in declared), None)
    if isinstance(found, Unread):
        raise DeclarationError(found.reason, found.line)
    return found and _some(found)


def check_declarations(code: str) -> None:
    """Raise DeclarationError where something that a text declares cannot be read."""
    with _of_few_levels():
        for found in declared_in(code).values():
            if isinstance(found, Unread):
                raise DeclarationError(found.reason, found.line)


def _some(found: Expectations) -> Expectations:
    if not found.claims:
        raise ValueError(f"expects is an empty dictionary; {EXAMPLE}")
    return found


@contextmanager
def _of_few_levels() -> Iterator[None]:
    try:
        yield
    except RecursionError:
        raise ValueError("the text nests hundreds of levels deep; say it more simply") from None


def located(found: Expectations, code: str, function: str = "") -> Expectations:
    """The same with the lines where its claims stand in the text that was run for it, as far as they are seen."""
    try:
        statements = of_function(code, function)
    except ValueError:
        return found
    lines = _lines(code, function)
    last = statements[-1].lineno if statements else None

    def placed(claim: Claim) -> Claim:
        return replace(claim, line=claim.line or lines.get(claim.written, last))

    return Expectations(tuple(map(placed, found.claims)))


def _lines(code: str, function: str) -> dict[str, int]:
    """Where the texts stand in what a text declares for a function."""
    try:
        statements = of_function(code, function)
    except ValueError:
        return {}
    texts = (each for statement in statements for each in ast.walk(statement) if isinstance(each, ast.Constant))
    return {each.value: each.lineno for each in texts if isinstance(each.value, str)}
