"""Models of many families, written by hand: none is called wrong, and each tensor's writer is known."""

import pytest

from .checking import built
from .families import FAMILIES


@pytest.mark.parametrize("name", FAMILIES)
def test_a_correct_model_is_never_called_wrong(name: str) -> None:
    checked = built(FAMILIES[name])
    assert not checked.said("violates")
    assert not checked.said("inconsistent")
    assert all(story.kind not in ("unseen", "never written") for story in checked.stories.values())


def test_each_expert_and_each_third_is_judged_as_it_was_drawn() -> None:
    rows = {row.name: row for row in built(FAMILIES["experts_drawn_one_by_one"]).rows}
    assert {rows[name].verdict.kind for name in ("a", "c", "gate")} == {"consistent"}
    (row,) = built(FAMILIES["thirds_joined"]).rows
    assert row.verdict.kind == "consistent"
    assert row.expected_std == pytest.approx((2 / 64) ** 0.5)  # of a third, and not of what it is part of
