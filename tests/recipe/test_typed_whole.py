"""Whole numbers as people type them into a field: a seed, a size, an index, a count."""

import pytest

from core.recipe.typed_whole import typed_whole


@pytest.mark.parametrize(
    ("typed", "meant"), [("7", 7), (" 7 ", 7), ("1e3", 1000), ("2.0", 2), ("2,0", 2), ("+4", 4), ("0", 0), ("-0", 0)]
)
def test_a_whole_number_is_taken_as_it_is_meant(typed: str, meant: int) -> None:
    assert typed_whole(typed, "Seed", 0, 1000) == meant


@pytest.mark.parametrize(
    "typed", ["", " ", "1.5", "1,5", "-1", "1001", "99999999999999999999", "1e400", "nan", "inf", "abc", "1_0", "0x1"]
)
def test_what_is_no_whole_number_in_range_is_refused_by_the_fields_name(typed: str) -> None:
    with pytest.raises(ValueError, match=r"^Seed '.*' is not a whole number from 0 to 1000; type one such as 0$"):
        typed_whole(typed, "Seed", 0, 1000)


def test_without_an_upper_bound_none_is_named() -> None:
    with pytest.raises(ValueError, match=r"^hidden '0' is not a whole number of 1 or more; type one such as 1$"):
        typed_whole("0", "hidden", 1)
