"""The Tying page in a real browser: every way to press its buttons does what stands in the fields."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page

from core.recipe import link
from core.recipe.recipe import Recipe
from core.recipe.steps import Edit, Tie, Train, Untie
from tests.browser.pressing import WAYS, touching_page
from tests.browser.reading import recipe_with
from tests.running import press

_SHARED = Recipe("shared_mlp")
Opened = Callable[..., Page]


@pytest.fixture
def tying(dashboard: str, browser: Browser) -> Opened:
    def opened(recipe: Recipe = _SHARED, **query: str) -> Page:
        rest = "".join(f"&{key}={value}" for key, value in query.items())
        return touching_page(browser, f"{dashboard}/tying?recipe={link.encode(recipe)}{rest}")

    return opened


@pytest.mark.parametrize("way", WAYS)
def test_the_value_that_was_just_typed_is_poked(tying: Opened, way: str) -> None:
    page = tying()
    field = page.get_by_role("textbox", name="Value", exact=True)
    for step, typed in enumerate(("501", "1,5"), 1):
        field.fill(typed)
        WAYS[way](page, field, page.get_by_role("button", name="Poke"))
        recipe = recipe_with(page, step)
    assert recipe.steps == (Edit("2.weight", "w[0, 0] = 501"), Edit("2.weight", "w[0, 0] = 1.5"))


@pytest.mark.parametrize("way", WAYS)
def test_the_place_that_was_just_typed_is_poked(tying: Opened, way: str) -> None:
    page = tying()
    field = page.get_by_label("Column", exact=True)
    for step, column in enumerate((5, 6), 1):
        field.fill(str(column))
        WAYS[way](page, field, page.get_by_role("button", name="Poke"))
        recipe = recipe_with(page, step)
    assert recipe.steps == tuple(Edit("2.weight", f"w[0, {column}] = 1") for column in (5, 6))


@pytest.mark.parametrize("way", WAYS)
def test_the_training_that_was_just_typed_is_kept(tying: Opened, way: str) -> None:
    page = tying(tying_view="Training", train_steps="2")
    page.get_by_role("radio", name="Adam").click()
    page.get_by_label("Training steps").fill("3")
    field = page.get_by_role("textbox", name="Learning rate", exact=True)
    for step, typed in enumerate(("0,05", "2e-3"), 1):
        field.fill(typed)
        WAYS[way](page, field, page.get_by_role("button", name="Keep training"))
        recipe = recipe_with(page, step)
    first, second = recipe.steps
    assert isinstance(first, Train)
    assert isinstance(second, Train)
    assert (first.steps, first.learning_rate, first.optimizer) == (3, 0.05, "adam")
    assert (second.steps, second.learning_rate) == (3, 0.002)
    assert first.seed != second.seed


@pytest.mark.parametrize("way", ["a press of 1 ms", "a press of 400 ms", "touch"])
def test_what_was_just_chosen_is_tied_and_untied(tying: Opened, way: str) -> None:
    page = tying(Recipe("shared_mlp").then(Untie("4")))
    field = page.locator(".st-key-keep_Tensors").get_by_role("combobox")
    field.click()
    press(page, page.get_by_role("option", name="2.weight (8, 8)"))
    WAYS[way](page, field, page.get_by_role("button", name="Tie", exact=True))
    assert recipe_with(page, 2).steps[-1] == Tie("2.weight", "4.weight")
    WAYS[way](page, field, page.get_by_role("button", name="Untie", exact=True))
    assert recipe_with(page, 3).steps[-1] == Untie("4.weight")
