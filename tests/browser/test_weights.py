"""Weights: the pictures say which moments they are of, and the way they are shown is in the address."""

from playwright.sync_api import Browser, Page, expect

from core.recipe import link
from core.recipe.recipe import Recipe
from core.recipe.steps import Initialize, Subtree
from tests.browser.reading import pictures
from tests.running import open_page, press, settle, stranger

_DRAWN = Recipe("rgnet").then(Initialize("xavier_uniform", Subtree("", "Linear"), seed=1))


def weights(browser: Browser, dashboard: str, recipe: Recipe, more: str = "") -> Page:
    return open_page(browser, f"{dashboard}/?recipe={link.encode(recipe)}{more}", size=(1280, 720))


def titles(page: Page) -> list[list[str]]:
    """What stands above the first card's pictures, the longest that there is room for first."""
    found: list[list[str]] = page.locator("canvas").first.evaluate(
        "canvas => canvas.drawn.panels.map(({panel}) => [...panel.titles ?? [], panel.title])"
    )
    return found


def test_a_model_as_it_was_built_is_one_picture_and_a_true_sentence(dashboard: str, browser: Browser) -> None:
    page = weights(browser, dashboard, Recipe("mlp"))
    expect(page.get_by_text("This is the model as it was built")).to_be_visible()
    assert titles(page) == [["the build"]]
    assert len(pictures(page)) == 4
    assert page.get_by_role("radio", name="Difference").count() == 0


def test_the_pictures_of_a_step_say_so(dashboard: str, browser: Browser) -> None:
    page = weights(browser, dashboard, _DRAWN)
    sentence = page.get_by_text("From the build to step 1")
    expect(sentence).to_contain_text("xavier_uniform_")
    expect(sentence).to_contain_text("9 of 18 tensors changed")
    assert [all_titles[0] for all_titles in titles(page)] == ["before: the build", "after: step 1"]


def test_switches_order_and_page_of_the_cards_are_in_the_address(dashboard: str, browser: Browser) -> None:
    page = weights(browser, dashboard, _DRAWN)
    press(page, page.get_by_role("radio", name="Difference"))
    press(page, page.get_by_role("radio", name="Most changed"))
    press(page, page.get_by_text("Log counts"))
    press(page, page.get_by_text("Own scales"))
    press(page, page.locator(".st-key-cards_page").get_by_text("2", exact=True))
    page.wait_for_function(  # the browser writes it a moment later
        "parts => parts.every(part => location.search.includes(part))",
        arg=["view=Difference", "order=Most", "log=true", "own=true", "cards_page=2"],
    )
    settle(page)
    elsewhere = stranger(browser, page.url)
    assert pictures(elsewhere) == pictures(page)
    expect(elsewhere.get_by_role("radio", name="Difference")).to_be_checked()
    expect(elsewhere.get_by_role("radio", name="Most changed")).to_be_checked()
    for label in ("Log counts", "Own scales"):
        expect(elsewhere.get_by_role("switch", name=label).or_(elsewhere.get_by_label(label)).first).to_be_checked()


def test_what_an_address_cannot_mean_falls_back(dashboard: str, browser: Browser) -> None:
    page = weights(browser, dashboard, _DRAWN, more="&view=x&order=&log=maybe&own=7&cards_page=99&cell=none")
    assert page.get_by_role("alert").count() == 0
    assert len(pictures(page)) >= 2


def test_another_page_of_cards_is_seen_from_its_top(browser: Browser, dashboard: str) -> None:
    page = weights(browser, dashboard, _DRAWN)
    foot = page.locator(".st-key-cards_page")
    foot.scroll_into_view_if_needed()
    scrolled = "() => document.querySelector('[data-testid=stMain]').scrollTop"
    assert page.evaluate(scrolled) > 300
    press(page, foot.get_by_text("2", exact=True))
    settle(page)
    expect(page.locator(".st-key-cards_page [aria-current]").first).to_have_text("2")
    assert page.evaluate(scrolled) == 0
