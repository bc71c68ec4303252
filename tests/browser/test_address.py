"""What the address bar says is the session, and Back and Forward go from page to page."""

from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page, Response, expect

from core.recipe import link
from core.recipe.recipe import Recipe
from core.recipe.steps import Edit, Train
from tests.browser.reading import pictures, recipe_of, soon
from tests.running import click, press, rerun, settle, stranger, visit

#: Press Back, and Forward so many milliseconds after it.
_BACK_AND_FORWARD = """pause => new Promise(done => {
    const forward = () => { history.forward(); setTimeout(done, 50) }
    addEventListener('popstate', () => setTimeout(forward, pause), {once: true})
    history.back()
})"""
_RECIPE = Recipe("shared_mlp").then(Edit("0.bias", "w = 1")).then(Train(3, 0.1, 5))


def path_of(page: Page) -> str:
    return urlsplit(page.url).path


def query_of(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def go(page: Page, way: str, path: str, recipe: Recipe) -> None:
    """Press Back or Forward once, and wait until the page of that path shows that recipe."""
    rerun(page, page.go_back if way == "back" else page.go_forward)
    page.wait_for_url(lambda url: urlsplit(url).path == path, timeout=60_000)
    page.wait_for_url(lambda url: f"recipe={link.encode(recipe)}" in url, timeout=60_000)
    settle(page)


def test_a_link_to_any_page_asks_for_nothing_that_is_not_there(dashboard: str, browser: Browser) -> None:
    page = browser.new_context().new_page()
    missing: list[str] = []

    def note(response: Response) -> None:
        if response.status >= 400:
            missing.append(response.url)

    page.on("response", note)
    for path in ("", "modules", "tying"):
        page.goto(f"{dashboard}/{path}?recipe={link.encode(_RECIPE)}")
        settle(page)
    assert missing == []


@pytest.mark.parametrize("start", ["", "modules?recipe="])
def test_one_press_of_back_undoes_one_change_of_page_and_never_a_step(
    dashboard: str, browser: Browser, start: str
) -> None:
    page = browser.new_context(viewport={"width": 1280, "height": 720}).new_page()
    page.goto("about:blank")
    page.goto(f"{dashboard}/{start and start + link.encode(_RECIPE)}")
    settle(page)
    first = path_of(page)
    visit(page, "Initialize")
    click(page, "apply")
    click(page, "apply")
    visit(page, "Schemes")
    visit(page, "Edit")
    recipe = recipe_of(page)

    for way, path in (("back", "/schemes"), ("back", "/initialize"), ("back", first), ("forward", "/initialize")):
        go(page, way, path, recipe)
    for way, path in (("forward", "/schemes"), ("forward", "/edit"), ("back", "/schemes")):
        go(page, way, path, recipe)
    click(page, "undo")
    for path in ("/initialize", first):
        go(page, "back", path, recipe.undo())
    page.go_back()
    assert page.url == "about:blank"


@pytest.mark.parametrize("pause", [0, 20, 80])
def test_forward_right_after_back_leaves_the_history_as_it_was(dashboard: str, browser: Browser, pause: int) -> None:
    page = stranger(browser, f"{dashboard}/schemes?recipe={link.encode(_RECIPE)}")
    visit(page, "Edit")
    entries = page.evaluate("history.length")
    page.evaluate(_BACK_AND_FORWARD, pause)
    page.wait_for_timeout(1000)
    page.wait_for_url(lambda url: urlsplit(url).path == "/edit", timeout=60_000)
    settle(page)
    assert (path_of(page), page.evaluate("history.length")) == ("/edit", entries)
    go(page, "back", "/schemes", _RECIPE)


def test_back_keeps_the_view_that_was_chosen(dashboard: str, browser: Browser) -> None:
    page = stranger(browser, f"{dashboard}/tying?recipe={link.encode(_RECIPE)}")
    press(page, page.get_by_role("radio", name="Survival"))
    visit(page, "Modules")
    visit(page, "Edit")
    for path in ("/modules", "/tying"):
        go(page, "back", path, _RECIPE)
    expect(page.get_by_role("radio", name="Survival")).to_be_checked()


def test_a_reload_and_another_browser_show_the_same_picture(dashboard: str, browser: Browser) -> None:
    page = stranger(browser, f"{dashboard}/tying?recipe={link.encode(_RECIPE)}&before=1")
    press(page, page.get_by_role("radio", name="Survival"))
    seen = page.locator("[data-testid=stMain]").inner_text
    table = seen()
    visit(page, "Weights")
    press(page, page.locator("[class*=st-key-open_] button").first)
    press(page, page.get_by_role("radio", name="Difference"))
    press(page, page.get_by_text("Choose rows and columns by number"))
    page.get_by_label("Last row").fill("2")
    rerun(page, lambda: page.get_by_label("Last row").press("Enter"))
    expect(page.get_by_text("rows 0 to 2, columns 0 to 3")).to_be_visible()
    assert {"opened", "window", "large_view", "before"} <= set(query_of(page))

    url, pictured = page.url, pictures(page)
    press(page, page.get_by_role("button", name="Share"))
    expect(page.get_by_text(url, exact=True)).to_be_visible()
    page.reload()
    settle(page)
    elsewhere = stranger(browser, url)
    for again in (page, elsewhere):
        assert again.url == url
        assert pictures(again) == pictured
        expect(again.get_by_text("rows 0 to 2, columns 0 to 3")).to_be_visible()
    go(page, "back", "/tying", _RECIPE)
    soon(page, seen, table)


def test_a_row_of_the_tree_is_selected_for_whoever_opens_the_link(dashboard: str, browser: Browser) -> None:
    page = stranger(browser, f"{dashboard}/modules?recipe={link.encode(_RECIPE)}")
    press(page, page.locator(".tree .body .row").nth(4))
    chosen = query_of(page)["row"][0]
    panel = page.locator("[data-testid=stMain] [data-testid=stCode]").first.inner_text()
    elsewhere = stranger(browser, page.url)
    expect(elsewhere.locator(".tree .row[aria-selected=true]")).to_have_count(1)
    soon(elsewhere, elsewhere.locator("[data-testid=stMain] [data-testid=stCode]").first.inner_text, panel)
    assert (elsewhere.url, query_of(elsewhere)["row"]) == (page.url, [chosen])
