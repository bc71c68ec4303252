"""The tying laboratory as a class sees it: a real server, a real Chromium."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from core.recipe import link
from core.recipe.recipe import Recipe
from core.recipe.steps import Edit
from pages.frame.session import opening
from tests.browser.reading import pictures
from tests.running import click, open_page, press

#: Counts in `paramscopeRuns` how often the script begins to run.
_COUNT = """() => {
    const app = document.querySelector('[data-testid=stApp]')
    window.paramscopeRuns = 0
    let running = false
    new MutationObserver(() => {
        const runs = app.dataset.testScriptState !== 'notRunning'
        window.paramscopeRuns += runs && !running
        running = runs
    }).observe(app, {attributes: true, attributeFilter: ['data-test-script-state']})
}"""
_CANVAS = """() => [...document.querySelectorAll('[data-testid=stBidiComponentIsolated]')]
    .map(host => host.shadowRoot.querySelector('.film canvas')).find(Boolean)"""


@pytest.fixture
def view(dashboard: str, browser: Browser) -> Callable[[str, Recipe], Page]:
    def opened(title: str, recipe: Recipe) -> Page:
        page = open_page(browser, f"{dashboard}/tying?recipe={link.encode(recipe)}")
        if title != "Shared":
            press(page, page.get_by_role("radio", name=title, exact=True))
        return page

    return opened


def frame(page: Page) -> int:
    """The number of the frame that the film really shows."""
    shown: int = page.evaluate(f"() => ({_CANVAS})().drawn.frame")
    return shown


def pixels(page: Page) -> str:
    image: str = page.evaluate(f"() => ({_CANVAS})().toDataURL()")
    return image


def test_one_poke_is_seen_in_both_pictures_in_one_run_and_not_in_the_copy(
    view: Callable[[str, Recipe], Page],
) -> None:
    page = view("Shared", opening("shared_mlp"))
    before = pictures(page)
    page.evaluate(_COUNT)
    click(page, "poke")
    assert page.evaluate("window.paramscopeRuns") == 1
    after = pictures(page)
    moved = [[i for i in range(64) if old[i] != new[i]] for old, new in zip(before, after, strict=True)]
    assert moved == [[0], [0], []]
    assert after[0][0] == after[1][0] == 1
    click(page, "undo")
    assert pictures(page) == before


def test_the_film_is_scrubbed_and_played_without_asking_the_server(view: Callable[[str, Recipe], Page]) -> None:
    page = view("Training", opening("shared_mlp"))
    slider = page.get_by_role("slider", name="Step")
    last = frame(page)
    assert last > 10
    end, tied = pixels(page), pictures(page)
    assert tied[0] == tied[1]
    assert tied[2] != tied[3]
    page.evaluate(_COUNT)
    slider.press("Home")
    assert frame(page) == 0
    assert pixels(page) != end
    first = pictures(page)
    assert first[0] == first[1] == first[2] == first[3]
    slider.press("ArrowRight")
    assert frame(page) == 1
    slider.fill("0")
    speed = page.get_by_role("combobox", name="Speed")
    speed.select_option("0.25")  # lasts until even a slow machine has pressed Pause
    page.get_by_role("button", name="Play").click()
    page.wait_for_function(f"() => ({_CANVAS})().drawn.frame > 3")
    page.get_by_role("button", name="Pause").click()
    assert 3 < frame(page) < last
    speed.select_option("4")
    page.get_by_role("button", name="Play").click()
    expect(page.get_by_text(f"step {50} of 50")).to_be_visible()
    assert pixels(page) == end
    assert page.evaluate("window.paramscopeRuns") == 0


def test_the_survival_table_opens_and_says_what_breaks_a_tie(view: Callable[[str, Recipe], Page]) -> None:
    page = view("Survival", opening("gpt"))
    row = page.get_by_role("row").filter(has_text="net.head.weight = nn.Parameter")
    expect(row).to_contain_text("lost")
    expect(page.get_by_role("row").filter(has_text="copy.deepcopy(net)").first).to_contain_text("same object")


def test_a_claim_is_answered_where_it_stands(view: Callable[[str, Recipe], Page]) -> None:
    page = view("Misconceptions", opening("shared_mlp"))
    claim = page.locator("details").filter(has_text="sum over state_dict()")
    press(page, claim.locator("summary"))
    expect(claim).to_contain_text("193")
    expect(claim).to_contain_text("121")


def test_names_that_changed_are_marked_in_the_module_tree(dashboard: str, browser: Browser) -> None:
    recipe = opening("shared_mlp").then(Edit("4.weight", "w[0, 0] = 1"))
    page = open_page(browser, f"{dashboard}/modules?recipe={link.encode(recipe)}")
    marked = page.get_by_role("row").filter(has=page.locator("[data-badge=changed]"))
    expect(marked).to_have_count(2)
