"""What the fields of Initialize and Schemes hold is what a click does, however it is made."""

import re

from playwright.sync_api import Browser, Locator, Page, expect

from core.recipe.recipe import Recipe
from core.recipe.steps import Initialize, OneTensor, Pattern, Subtree
from tests.browser.pressing import WAYS, touching_page
from tests.browser.reading import recipe_of
from tests.running import settle

_LINEAR = Subtree("", "Linear", "weight")


def _pick(page: Page, label: str, option: str) -> None:
    """Choose in a list and do not wait for what comes of it."""
    page.get_by_role("combobox", name=label).click()
    page.get_by_role("option", name=option, exact=True).click()


def _recipe_with(page: Page, steps: int) -> Recipe:
    """The recipe, once it has so many steps."""
    expect(page).to_have_url(re.compile("recipe="))
    for _ in range(50):
        settle(page)
        if len(recipe_of(page).steps) == steps:
            break
        page.wait_for_timeout(100)
    return recipe_of(page)


def _box(page: Page, name: str) -> Locator:
    return page.get_by_role("textbox", name=name, exact=True)


def _normal(page: Page) -> None:
    _pick(page, "Scheme", "Normal · normal_")
    _box(page, "std").wait_for()
    settle(page)


def test_what_was_just_typed_is_drawn_however_the_button_is_pressed(browser: Browser, dashboard: str) -> None:
    page = touching_page(browser, f"{dashboard}/initialize")
    _normal(page)
    steps, button = len(recipe_of(page).steps), page.locator(".st-key-apply button")
    for number, (way, press) in enumerate(WAYS.items(), 1):
        for field, typed in (("std", f"{number / 8:g}"), ("Seed", str(4711 + number))):
            box = page.get_by_label(field, exact=True).last
            box.fill(typed)
            press(page, box, button)
            steps += 1
            last = _recipe_with(page, steps).steps[-1]
            assert isinstance(last, Initialize)
            assert dict(last.options)["std"] == number / 8, way
            if field == "Seed":
                assert last.seed == 4711 + number, way
        shown = page.get_by_test_id("stMain").locator("pre", has_text="torch.manual_seed").last
        expect(shown, way).to_contain_text(f"std={number / 8!r}")


def test_what_was_chosen_last_is_applied_though_nothing_was_drawn_since(browser: Browser, dashboard: str) -> None:
    page = touching_page(browser, f"{dashboard}/initialize")
    before, button = len(recipe_of(page).steps), page.locator(".st-key-apply button")
    _pick(page, "Scheme", "Constant · constant_")
    button.click()
    assert _recipe_with(page, before + 1).steps[-1] == Initialize("constant", _LINEAR, (("val", 0.0),))
    page.get_by_role("radio", name="Name pattern").click()
    button.click()
    assert _recipe_with(page, before + 2).steps[-1] == Initialize("constant", Pattern("*.weight"), (("val", 0.0),))
    _box(page, "Pattern").fill("0.*")
    button.click()
    assert _recipe_with(page, before + 3).steps[-1] == Initialize("constant", Pattern("0.*"), (("val", 0.0),))
    page.get_by_role("radio", name="One tensor").click()
    button.click()
    assert _recipe_with(page, before + 4).steps[-1] == Initialize("constant", OneTensor("0.weight"), (("val", 0.0),))


def test_two_quick_clicks_draw_twice(browser: Browser, dashboard: str) -> None:
    page = touching_page(browser, f"{dashboard}/initialize")
    before = len(recipe_of(page).steps)
    page.locator(".st-key-apply button").dblclick()
    *_, first, second = _recipe_with(page, before + 2).steps
    assert (first.seed or 0) + 1 == second.seed


def test_what_is_no_number_is_refused_in_a_sentence_and_changes_nothing(browser: Browser, dashboard: str) -> None:
    page = touching_page(browser, f"{dashboard}/initialize")
    _normal(page)
    before = recipe_of(page)
    for typed, sentence in (("1e", "is not a number"), ("-3", "must lie between 0")):
        _box(page, "std").fill(typed)
        page.locator(".st-key-apply button").click()
        expect(page.get_by_role("alert").filter(has_text=sentence).first).to_be_visible()
        settle(page)
        assert recipe_of(page) == before
    _box(page, "std").fill("0,5")
    page.locator(".st-key-apply button").click()
    last = _recipe_with(page, len(before.steps) + 1).steps[-1]
    assert isinstance(last, Initialize)
    assert dict(last.options)["std"] == 0.5


def test_use_this_takes_what_the_columns_options_hold(browser: Browser, dashboard: str) -> None:
    page = touching_page(browser, f"{dashboard}/schemes")
    steps = len(recipe_of(page).steps)
    for number, way in enumerate(WAYS, 1):
        box = _box(page, "gain")
        if not box.is_visible():
            page.get_by_role("button", name="tune").first.click()
        box.fill(f"{number}/3")
        WAYS[way](page, box, page.get_by_role("button", name="Use this").first)
        last = _recipe_with(page, steps + number).steps[-1]
        assert isinstance(last, Initialize), way
        assert dict(last.options)["gain"] == number / 3, way


def test_the_address_holds_what_is_chosen(browser: Browser, dashboard: str) -> None:
    page = touching_page(browser, f"{dashboard}/initialize")
    _normal(page)
    _box(page, "std").fill("0.02")
    _box(page, "std").blur()
    page.get_by_role("radio", name="Name pattern").click()
    settle(page)
    elsewhere = touching_page(browser, page.url)
    expect(_box(elsewhere, "std")).to_have_value("0.02")
    expect(_box(elsewhere, "Pattern")).to_have_value("*.weight")
    expect(elsewhere.locator("pre", has_text="fnmatchcase")).to_contain_text("std=0.02")


def test_the_pictures_are_those_before_the_step_and_after_it_what_it_did(browser: Browser, dashboard: str) -> None:
    page = touching_page(browser, f"{dashboard}/initialize")
    _normal(page)
    expect(page.get_by_text("Now, before this step")).to_be_visible()
    steps = len(recipe_of(page).steps)
    page.locator(".st-key-apply button").click()
    expect(page.get_by_text(f"What step {steps + 1} did")).to_be_visible()
    _box(page, "std").fill("3")
    _box(page, "std").blur()
    expect(page.get_by_text("Now, before this step")).to_be_visible()
