"""Numbers as people type them for an option of a scheme."""

from math import copysign, sqrt

import pytest

from core.recipe.typed_ratio import typed_ratio


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("0.02", 0.02),
        (" 7 ", 7.0),
        ("2E5", 2e5),
        (".5", 0.5),
        ("1,5", 1.5),
        ("−2", -2.0),
        ("5/3", 5 / 3),
        ("-1 / 3", -1 / 3),
        ("sqrt(2)", sqrt(2)),
        ("-SQRT(2)", -sqrt(2)),
        ("√2", sqrt(2)),
        ("√(5)", sqrt(5)),
        ("1/sqrt(8)", 1 / sqrt(8)),
    ],
)
def test_a_number_is_taken_as_it_is_meant(typed: str, value: float) -> None:
    assert typed_ratio(typed) == value


def test_zero_keeps_its_sign() -> None:
    assert copysign(1, typed_ratio("-0")) == -1


@pytest.mark.parametrize("typed", ["nan", "-inf", "∞", "1e400", "-1e309"])
def test_what_is_not_finite_is_refused_and_not_advised(typed: str) -> None:
    with pytest.raises(ValueError, match=r"not finite|beyond the largest") as refused:
        typed_ratio(typed)
    assert "type inf" not in str(refused.value)
    assert "nan or" not in str(refused.value)


@pytest.mark.parametrize(
    "typed",
    ["a", "1e", "1.2.3", "1,000,000", "1_0", "1/0", "1/2/3", "--1", "sqrt(2", "2)", "w", "1 2", "9" * 61, "sqrt(-1)"],
)
def test_what_means_no_number_is_refused_with_examples(typed: str) -> None:
    with pytest.raises(ValueError, match=r"is not a number; type one such as"):
        typed_ratio(typed)


def test_what_could_mean_two_numbers_or_none_says_so() -> None:
    with pytest.raises(ValueError, match=r"could mean 1.000 or 1000"):
        typed_ratio("1,000")
    with pytest.raises(ValueError, match="nothing was typed"):
        typed_ratio(" ")
