"""A link with code in a real browser, on a server without a jail, where running it leaves a trace."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from core.recipe import link
from core.recipe.recipe import Recipe
from core.recipe.steps import Custom
from tests.browser.reading import recipe_of
from tests.running import click, open_page, press, server, settle, stranger, visit


def asks(page: Page, times: int = 1) -> None:
    expect(page.get_by_role("heading", name="This link brings code")).to_have_count(times)


def test_code_of_a_link_runs_on_one_click_and_never_before_and_its_browser_is_asked_once(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trace = tmp_path / "trace"
    code = f"open({str(trace)!r}, 'a').write('ran')\nnet[0].weight.data.zero_()"
    recipe = Recipe("mlp").then(Custom(code, "", "statements"))
    monkeypatch.setenv("PARAMSCOPE_CODE", "local")
    monkeypatch.setenv("PARAMSCOPE_TOKEN", "of-the-operator")
    with server() as url:
        query = f"token=of-the-operator&recipe={link.encode(recipe)}"
        page = open_page(browser, f"{url}/?{query}")
        asks(page)
        expect(page.get_by_role("alert")).to_contain_text("could read and change your files")
        for title in ("Code", "Script", "Weights"):
            press(page, page.get_by_role("link", name=title, exact=True))
            asks(page)
        asks(open_page(browser, f"{url}/tying?{query}"))
        assert not trace.exists()

        click(page, "run_foreign")
        expect(page.get_by_text("1 of 4 tensors changed")).to_be_visible()
        assert trace.read_text().startswith("ran")
        assert recipe_of(page) == recipe
        visit(page, "Code")
        page.reload()
        settle(page)
        asks(page, 0)
        expect(page.get_by_text("1 of 4 tensors touched")).to_be_visible()
        asks(stranger(browser, page.url))


def test_without_its_code_a_link_opens_as_the_rest_of_it(dashboard: str, browser: Browser) -> None:
    recipe = Recipe("lenet").then(Custom("net[0].weight.data.zero_()", "", "statements"))
    page = stranger(browser, f"{dashboard}/modules?recipe={link.encode(recipe)}")
    expect(page.get_by_text("It would run in isolation")).to_be_visible()
    click(page, "without_code")
    expect(page.get_by_role("heading", name="Modules")).to_be_visible()
    assert recipe_of(page) == Recipe("lenet")
