"""A number is taken as it was meant, or refused with a sentence; never made into another one."""

import contextlib
import math
import struct

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from core.recipe.steps import Edit
from core.recipe.typed_number import is_same, typed_number
from core.replaying.editing import edit


@pytest.mark.parametrize(
    ("typed", "spelled"),
    [
        ("42", "42"),
        ("1e-3", "0.001"),
        ("2e5", "200000"),
        ("2E+5", "200000"),
        ("1,5", "1.5"),
        ("0,125", "0.125"),
        ("1,5e3", "1500"),
        (".5", "0.5"),
        (",5", "0.5"),
        ("5.", "5"),
        ("+3", "3"),
        (" 7 ", "7"),
        ("\u00a07\t", "7"),
        ("-0", "-0.0"),
        ("−0.5", "-0.5"),
        ("–2", "-2"),
        ("nan", "nan"),
        ("NaN", "nan"),
        ("-nan", "nan"),
        ("inf", "inf"),
        ("+Infinity", "inf"),
        ("-inf", "-inf"),
        ("−∞", "-inf"),
        ("3.4028234e38", "3.4028234e+38"),
    ],
)
def test_is_taken_as_meant(typed: str, spelled: str) -> None:
    assert typed_number(typed, "float32") == spelled


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("", "nothing was typed"),
        ("  ", "nothing was typed"),
        ("None", "is not a number"),
        ("1.2.3", "is not a number"),
        ("1,2,3", "is not a number"),
        ("1,234.5", "is not a number"),
        ("1/3", "is not a number"),
        ("0x10", "is not a number"),
        ("٣", "is not a number"),
        ("--1", "is not a number"),
        ("+-inf", "is not a number"),
        ("1e", "is not a number"),
        ("9" * 100, "is not a number"),
        ("1,234", "could mean 1.234 or 1234"),
        ("1e39", "beyond the largest float32, 3.4028235e+38; type inf"),
        ("-1e400", "beyond the largest float32"),
        ("1e999999999999", "beyond the largest float32"),
        ("1e-50", "so near zero"),
        ("1e-999999999999", "so near zero"),
    ],
)
def test_or_is_refused_with_a_sentence(typed: str, why: str) -> None:
    with pytest.raises(ValueError, match=why.replace("+", r"\+")):
        typed_number(typed, "float32")


@pytest.mark.parametrize(
    ("typed", "dtype", "spelled"),
    [
        ("3", "int64", "3"),
        ("1e3", "int64", "1000"),
        ("-9223372036854775808", "int64", "-9223372036854775808"),
        ("9007199254740993", "int64", "9007199254740993"),
        ("255", "uint8", "255"),
        ("True", "bool", "1"),
        ("0", "bool", "0"),
        ("65504", "float16", "65504"),
        ("1e300", "float64", "1e+300"),
        ("1e300", "a dtype of a stranger", "1e+300"),
    ],
)
def test_each_dtype_takes_what_it_holds(typed: str, dtype: str, spelled: str) -> None:
    assert typed_number(typed, dtype) == spelled


@pytest.mark.parametrize(
    ("typed", "dtype", "why"),
    [
        ("1.5", "int64", "not a whole number"),
        ("1e-999999999", "int64", "not a whole number"),
        ("9223372036854775808", "int64", "beyond what int64 holds"),
        ("1e999999999", "int64", "beyond what int64 holds"),
        ("-1", "uint8", "0 to 255"),
        ("nan", "int64", "not a number that int64 holds"),
        ("0.5", "bool", "neither true nor false"),
        ("inf", "bool", "not a number that bool holds"),
        ("70000", "float16", "beyond the largest float16, 65504"),
        ("1.5e308", "float64", r"beyond the largest float64, 1e\+308"),
    ],
)
def test_and_nothing_else(typed: str, dtype: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        typed_number(typed, dtype)


@given(st.floats(width=32))
def test_what_torch_holds_is_written_back_bit_for_bit(value: float) -> None:
    held = torch.tensor([value])
    edit(held, f"w[0] = {typed_number(repr(held.item()), 'float32')}")
    assert math.isnan(value) or struct.pack("<f", held.item()) == struct.pack("<f", value)


@given(st.text(max_size=12))
def test_any_text_is_a_number_of_the_grammar_or_refused(typed: str) -> None:
    with contextlib.suppress(ValueError):
        Edit("0.weight", f"w[0, 0] = {typed_number(typed, 'float32')}")


def test_sameness_is_that_of_the_bits() -> None:
    assert is_same("0.1", "0.10000000149011612", "float32")
    assert not is_same("0.1", "0.10000000149011612", "float64")
    assert not is_same("0.0", "-0.0", "float32")
    assert is_same("nan", "nan", "float32")
    assert not is_same("1", "2", "int64")
