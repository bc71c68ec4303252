"""A number as a person types it for one element of a tensor, and as a formula spells it: taken as meant, or refused."""

import re
import struct
from decimal import Decimal

from ..text import one_line
from . import edit_formula

#: A sign, digits with at most one point or comma among them or before them, and an exponent.
_NUMBER = re.compile(r"([+-]?)((?:\d+[.,]?\d*|[.,]\d+)(?:[eE][+-]?\d+)?)", re.ASCII)
#: As thousands are written, and as three decimals are.
_AMBIGUOUS = re.compile(r"[1-9]\d{0,2},\d{3}")
_WORDS = {"nan": "nan", "inf": "inf", "infinity": "inf", "∞": "inf"}
_TRUTHS = {"true": "1", "false": "0"}
_MINUS = str.maketrans("−–﹣－", "----")
_LONGEST = 60
_EXAMPLES, _FINITE_EXAMPLES = "type one such as 0.5, 1e-3, nan or -inf", "type one such as 0.5 or 1e-3"

#: The largest number of each dtype, and the letter by which `struct` rounds to it, "" where it knows none.
_FLOATS = {
    "float64": (edit_formula.MAX_NUMBER, "d"),
    "float32": (3.4028234663852886e38, "f"),
    "bfloat16": (3.3895313892515355e38, ""),
    "float16": (65504.0, "e"),
    "complex128": (edit_formula.MAX_NUMBER, ""),
    "complex64": (3.4028234663852886e38, ""),
}
#: Half of the least number above zero: what is smaller becomes zero.
_LEAST = {"float64": 2.5e-324, "float32": 7.1e-46, "bfloat16": 4.6e-41, "float16": 2.99e-8}
_WHOLE = {f"int{bits}": (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) for bits in (8, 16, 32, 64)} | {
    f"uint{bits}": (0, 2**bits - 1) for bits in (8, 16, 32, 64)
}


def typed_number(typed: str, dtype: str = "float64", *, finite: bool = False) -> str:
    """How a formula spells the number that was typed for an element of that dtype; `finite`: for what must be finite.

    A decimal comma is a point, every minus sign one, and spaces around it are nothing.

    Raises:
        ValueError: it is no number, could mean two, or the dtype does not hold it; and what to type instead.
    """
    shown = repr(one_line(typed.strip(), _LONGEST))
    examples = _FINITE_EXAMPLES if finite else _EXAMPLES
    if not typed.strip():
        holds = "a number is needed" if finite else "an element always holds a number"
        raise ValueError(f"nothing was typed, and {holds}; {examples}")
    plain = typed.strip().translate(_MINUS)
    word = plain.lstrip("+-").lower()
    if word in _WORDS and len(plain) - len(word) <= 1:
        if finite:
            raise ValueError(f"{shown} is not finite; {examples}")
        return _checked_word(_WORDS[word], plain.startswith("-"), shown, dtype)
    if dtype == "bool":
        return _truth(word, plain, shown)
    match = _NUMBER.fullmatch(plain) if len(plain) <= _LONGEST else None
    if match is None:
        raise ValueError(f"{shown} is not a number; {examples}")
    if _AMBIGUOUS.fullmatch(match[2]):
        point, thousands = match[2].replace(",", "."), match[2].replace(",", "")
        raise ValueError(f"{shown} could mean {point} or {thousands}; type it as one of these")
    value = Decimal(match[1] + match[2].replace(",", "."))
    spelled = _whole(value, shown, dtype) if dtype in _WHOLE else _real(value, shown, dtype, finite=finite)
    edit_formula.parse(f"w = {spelled}")
    return spelled


def _checked_word(word: str, negative: bool, shown: str, dtype: str) -> str:
    if dtype in _WHOLE or dtype == "bool":
        raise ValueError(f"{shown} is not a number that {dtype} holds; type a whole one")
    return f"-{word}" if negative and word == "inf" else word


def _truth(word: str, plain: str, shown: str) -> str:
    spelled = _TRUTHS.get(word, plain.removeprefix("+"))
    if spelled not in ("0", "1"):
        raise ValueError(f"{shown} is neither true nor false, and bool holds nothing else; type True or False")
    return spelled


def _whole(value: Decimal, shown: str, dtype: str) -> str:
    low, high = _WHOLE[dtype]
    if value.adjusted() > 30 or not low <= value <= high:
        raise ValueError(f"{shown} is beyond what {dtype} holds, {low} to {high}; type a number between")
    if value.adjusted() < -30 or value != value.to_integral_value():
        raise ValueError(f"{shown} is not a whole number, and {dtype} holds no other; type one such as 3")
    return str(int(value))


def _real(value: Decimal, shown: str, dtype: str, *, finite: bool) -> str:
    number = float(value)
    largest, _ = _FLOATS.get(dtype, _FLOATS["float64"])
    if abs(number) > largest:
        instead = "a smaller one" if finite else "inf for infinity"
        raise ValueError(f"{shown} is beyond the largest {dtype}, {largest:.8g}; type {instead}")
    if value and abs(number) < _LEAST.get(dtype, _LEAST["float64"]):
        raise ValueError(f"{shown} is so near zero that {dtype} holds it as 0; type 0")
    whole = number.is_integer() and abs(number) < 1e15 and (number != 0 or not value.is_signed())
    return str(int(number)) if whole else repr(number)


def is_same(first: str, second: str, dtype: str) -> bool:
    """Whether two numbers, as a formula spells them, are one in that dtype, bit for bit; all NaN are one."""
    if first == second:
        return True
    _, letter = _FLOATS.get(dtype, (0.0, ""))
    return bool(letter) and struct.pack(f"<{letter}", float(first)) == struct.pack(f"<{letter}", float(second))
