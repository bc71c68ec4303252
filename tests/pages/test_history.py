"""What a session keeps to return to is bounded by characters, not by recipes alone."""

import pytest

from pages.frame import state

RECIPE = "x" * 200_000


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    kept: dict[str, object] = {}
    monkeypatch.setattr("streamlit.session_state", kept)
    return kept


@pytest.mark.parametrize("history", [state.PAST, state.FUTURE])
def test_takes_no_more_than_two_million_characters(history: state.History, session: dict[str, object]) -> None:
    for number in range(200):
        history.put([*history.get(), f"{number}{RECIPE}"])
    assert sum(len(recipe) for recipe in history.get()) <= 2_000_000
    assert [recipe[:3] for recipe in history.get()][-1] == "199"
    assert len(history.get()) == 9
    assert session


def test_of_small_recipes_has_two_hundred(session: dict[str, object]) -> None:
    for number in range(300):
        state.PAST.put([*state.PAST.get(), str(number)])
    assert state.PAST.get() == [str(number) for number in range(100, 300)]
    state.PAST.put([])
    assert state.PAST.get() == []
    assert session
