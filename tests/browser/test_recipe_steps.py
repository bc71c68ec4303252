"""The list of the recipe's steps as a person uses it: by mouse, wheel and keyboard, however long it is."""

from playwright.sync_api import Browser, Locator, Page, expect

from core.recipe import link
from core.recipe.recipe import Recipe
from core.recipe.steps import Edit, Initialize, Subtree, Train
from tests.browser.reading import recipe_of, soon
from tests.running import click, press, settle, stranger

_LINEAR = Subtree("", "Linear", "weight")
_FORTY = Recipe(
    "mlp", steps=tuple(Initialize("normal", _LINEAR, (("std", number / 100),), number) for number in range(1, 41))
)


def opened(browser: Browser, url: str, recipe: Recipe) -> Page:
    page = stranger(browser, f"{url}/edit?recipe={link.encode(recipe)}")
    page.set_viewport_size({"width": 1024, "height": 700})
    return page


def is_in_view(within: Locator, row: Locator) -> None:
    def stands() -> bool:
        outer, inner = within.bounding_box(), row.bounding_box()
        assert outer is not None
        assert inner is not None
        return outer["y"] - 1 <= inner["y"] and inner["y"] + inner["height"] <= outer["y"] + outer["height"] + 1

    soon(row.page, stands, True)


def test_forty_steps_are_told_apart_with_the_newest_in_view(dashboard: str, browser: Browser) -> None:
    page = opened(browser, dashboard, _FORTY)
    steps, rows = page.locator(".steps"), page.locator(".steps li")
    lines = rows.all_inner_texts()
    assert len(set(lines)) == 40
    assert "std=0.07, seed 7" in lines[6]
    fits = "list => list.scrollWidth <= list.clientWidth && list.clientHeight < innerHeight / 2"
    soon(page, lambda: steps.evaluate(fits), True)
    is_in_view(steps, rows.last)

    box = steps.bounding_box()
    assert box is not None
    steps.evaluate("list => list.scrollIntoView({block: 'center'})")
    steps.hover()
    places = rows.evaluate_all("rows => rows.map(row => [row.offsetLeft, row.offsetTop])")
    page.mouse.wheel(0, -4000)
    expect(rows.first).to_be_in_viewport()
    assert rows.evaluate_all("rows => rows.map(row => [row.offsetLeft, row.offsetTop])") == places

    press(page, page.get_by_role("button", name="Remove step 2: normal_ on net Linear.weight, std=0.02"))
    assert recipe_of(page) == _FORTY.without(1)
    is_in_view(steps, rows.first)  # nothing was added: the list stays where it is
    click(page, "apply_edit")
    is_in_view(steps, rows.last)


def test_two_quick_clicks_on_one_place_remove_one_step(dashboard: str, browser: Browser) -> None:
    recipe = Recipe("mlp").then(Edit("0.bias", "w += 1")).then(Edit("0.bias", "w += 1")).then(Train(2, 0.1, 3))
    page = opened(browser, dashboard, recipe)
    page.get_by_role("button", name="Remove step 1:").dblclick()
    page.wait_for_url(lambda url: f"recipe={link.encode(recipe.without(0))}" in url)
    settle(page)
    assert recipe_of(page) == recipe.without(0)
    assert page.get_by_role("alert").count() == 0


def test_keys_go_along_the_list_and_remove_a_step(dashboard: str, browser: Browser) -> None:
    page = opened(browser, dashboard, _FORTY)
    page.get_by_role("button", name="Remove step 40:").focus()
    page.keyboard.press("ArrowUp")
    expect(page.get_by_role("button", name="Remove step 39:")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: f"recipe={link.encode(_FORTY.without(38))}" in url)
    settle(page)
    expect(page.get_by_role("button", name="Remove step 39: normal_ on net Linear.weight, std=0.4")).to_be_focused()
    page.keyboard.press("Home")
    expect(page.get_by_role("button", name="Remove step 1:")).to_be_focused()
