"""What a session keeps to return to: bounded by characters, and in the order in which a person did it."""

from collections.abc import Callable
from functools import partial

import pytest

from core.recipe.recipe import Recipe
from core.recipe.steps import Edit
from pages.frame import session as frame_session
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


@pytest.mark.parametrize("click", [frame_session.undo, frame_session.start_over])
def test_what_was_typed_and_left_by_a_click_is_a_step_before_it_whichever_is_carried_out_first(
    click: Callable[[], None], session: dict[str, object]
) -> None:
    typed = partial(frame_session.append, Edit("0.weight", "w[2, 1] = 5"))
    left = []
    for acts in ((typed, click), (click, typed)):
        session.clear()
        state.RECIPE.put(Recipe("mlp").to_json())
        for value in (1, 2):
            frame_session.append(Edit("0.weight", f"w = {value}"))
        for act in acts:
            act()
        left.append((state.RECIPE.get(), list(state.PAST.get()), list(state.FUTURE.get())))
    assert left[0] == left[1]
    assert len(Recipe.from_json(left[0][0]).steps) == (2 if click is frame_session.undo else 0)
