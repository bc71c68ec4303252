"""The last line of defense: an exception in drawing a page is a sentence where code from a browser may have lied."""

import logging

import pytest

from core.recipe.recipe import Recipe
from pages.frame.session import opening
from tests.custom import good
from tests.pages.test_pages import open_app


@pytest.fixture(autouse=True)
def _broken(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> str:
        raise TypeError("a mistake")

    monkeypatch.setattr("pages.views.tensor.cards.statistics", broken)


def test_with_code_it_is_a_sentence_and_the_log_says_why(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        app = open_app(good().recipe, "weights")
    assert not app.exception
    assert [error.value for error in app.error] == [
        "What the process of this code says of its model cannot be drawn: correct the code, or take its step back."
    ]
    assert "a mistake" in caplog.text
    assert app.sidebar.button(key="undo")


@pytest.mark.parametrize("recipe", [opening("mlp"), Recipe("lenet")], ids=["mlp", "lenet"])
def test_without_code_it_is_not_hidden(recipe: Recipe) -> None:
    assert open_app(recipe, "weights").exception
