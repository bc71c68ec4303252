"""The Edit page in a real browser: every way to apply a formula applies the one that stands in the field."""

import pytest
from playwright.sync_api import Browser, Page, expect

from core.recipe import link
from core.recipe.recipe import Recipe
from core.recipe.steps import Edit
from tests.browser.pressing import WAYS, touching_page
from tests.browser.reading import recipe_of, recipe_with
from tests.running import press, rerun, settle


@pytest.fixture
def page(dashboard: str, browser: Browser) -> Page:
    return touching_page(browser, f"{dashboard}/edit?recipe={link.encode(Recipe('mlp'))}")


def apply(page: Page, way: str, steps: int) -> None:
    field, button = page.get_by_role("textbox", name="Formula on w"), page.get_by_role("button", name="Apply")
    WAYS[way](page, field, button)
    recipe_with(page, steps)


@pytest.mark.parametrize("way", WAYS)
def test_what_was_just_typed_is_applied(page: Page, way: str) -> None:
    field = page.get_by_role("textbox", name="Formula on w")
    for step, value in enumerate((501, 502, 503), 1):
        field.fill(f"w[0, 0] = {value}")
        apply(page, way, step)
    assert recipe_of(page).steps == tuple(Edit("0.weight", f"w[0, 0] = {value}") for value in (501, 502, 503))


@pytest.mark.parametrize("way", WAYS)
def test_the_tensor_that_was_just_chosen_is_written(page: Page, way: str) -> None:
    page.get_by_role("textbox", name="Formula on w").fill("w += 1")
    page.locator(".st-key-edited").get_by_role("combobox").click()
    page.get_by_role("option", name="2.bias (1,)").click()
    apply(page, way, 1)
    assert recipe_of(page).steps == (Edit("2.bias", "w += 1"),)


@pytest.mark.parametrize("way", ["a press of 1 ms", "Ctrl+Enter", "touch"])
def test_the_example_that_was_just_chosen_is_applied(page: Page, way: str) -> None:
    page.get_by_role("radio", name="w *= abs(w) >= 0.2").or_(
        page.get_by_role("button", name="w *= abs(w) >= 0.2")
    ).click()
    apply(page, way, 1)
    assert recipe_of(page).steps == (Edit("0.weight", "w *= abs(w) >= 0.2"),)


def test_formula_and_tensor_come_back_with_the_address(page: Page) -> None:
    page.locator(".st-key-edited").get_by_role("combobox").click()
    press(page, page.get_by_role("option", name="0.bias (8,)"))
    page.get_by_role("textbox", name="Formula on w").fill("w = 7")
    rerun(page, lambda: page.get_by_role("textbox", name="Formula on w").press("Tab"))
    page.reload()
    settle(page)
    expect(page.get_by_role("textbox", name="Formula on w")).to_have_value("w = 7")
    expect(page.locator(".st-key-edited").get_by_role("combobox")).to_have_value("0.bias (8,)")
