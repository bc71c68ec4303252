"""Numbers as people type them."""

from math import copysign, isinf, isnan, sqrt

import pytest

from core.recipe.typed_number import typed_number


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.02", 0.02),
        (" 7 ", 7.0),
        ("1e-3", 1e-3),
        ("2E5", 2e5),
        (".5", 0.5),
        ("5.", 5.0),
        ("1,5", 1.5),
        ("-0,25", -0.25),
        ("−2", -2.0),
        ("+3", 3.0),
        ("5/3", 5 / 3),
        ("-1 / 3", -1 / 3),
        ("sqrt(2)", sqrt(2)),
        ("√2", sqrt(2)),
        ("√(5)", sqrt(5)),
        ("1/sqrt(8)", 1 / sqrt(8)),
    ],
)
def test_a_number_is_taken_as_it_is_meant(text: str, value: float) -> None:
    assert typed_number(text) == value


def test_what_is_no_finite_number_is_still_read_and_judged_by_whoever_asks() -> None:
    assert isnan(typed_number("nan"))
    assert isinf(typed_number("-inf"))
    assert isinf(typed_number("1e999"))
    assert copysign(1, typed_number("-0")) == -1


@pytest.mark.parametrize(
    "text",
    ["", " ", "a", "1e", "1.2.3", "1,000,000", "1_0", "1/0", "1/2/3", "--1", "sqrt(2", "2)", "w", "1 2", "9" * 61],
)
def test_what_means_no_number_is_refused_with_examples(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no number; write it like 0.02, 1e-3, 5/3 or sqrt\(2\)"):
        typed_number(text)
