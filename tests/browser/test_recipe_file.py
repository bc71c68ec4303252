"""A recipe's file, chosen in a browser, is what the session shows; the server takes no upload for it."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from core.recipe import link
from core.recipe.recipe import MAX_JSON, Recipe
from core.recipe.steps import Edit
from tests.running import open_page

_OTHER = Recipe("lenet").then(Edit("0.bias", "w = 3"))


def _choose(page: Page, file: Path) -> None:
    page.get_by_role("button", name="Share").click()
    page.get_by_label("Open a recipe file").set_input_files(file)


def test_a_chosen_file_is_opened(browser: Browser, dashboard: str, tmp_path: Path) -> None:
    file = tmp_path / "lenet.json"
    file.write_text(_OTHER.to_json(), "utf-8")
    page = open_page(browser, f"{dashboard}/?recipe={link.encode(Recipe('mlp'))}", size=(1024, 700))
    _choose(page, file)
    page.wait_for_url(lambda url: f"recipe={link.encode(_OTHER)}" in url, timeout=20_000)


@pytest.mark.parametrize("content", ["no recipe", " " * (5 * MAX_JSON)], ids=["no recipe", "too large"])
def test_one_that_is_none_is_refused_in_a_sentence(
    browser: Browser, dashboard: str, tmp_path: Path, content: str
) -> None:
    file = tmp_path / "other.json"
    file.write_text(content, "utf-8")
    page = open_page(browser, f"{dashboard}/?recipe={link.encode(Recipe('mlp'))}", size=(1024, 700))
    _choose(page, file)
    page.get_by_text("The file could not be opened").wait_for(timeout=20_000)
