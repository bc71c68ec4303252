"""The sidebar: what was done last is in view where pages are shown to a class."""

from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser

from core.recipe import link
from core.recipe.recipe import Recipe
from core.recipe.steps import Initialize, Subtree
from tests.browser.reading import soon
from tests.running import open_page


@pytest.mark.parametrize("size", [(1280, 720), (1024, 700)])
@pytest.mark.parametrize("large", ["false", "true"])
@pytest.mark.parametrize(("model", "steps"), [("lenet", 4), ("shared_mlp", 40)])
def test_the_newest_step_is_in_view(
    browser: Browser, dashboard: str, model: str, steps: int, large: str, size: tuple[int, int]
) -> None:
    place = Subtree(parameter="weight")
    recipe = Recipe(model, steps=tuple(Initialize("normal", place, (("std", 0.01),), seed) for seed in range(steps)))
    query = urlencode({"recipe": link.encode(recipe), "presentation": large})
    page = open_page(browser, f"{dashboard}/script?{query}", size=size)
    newest = page.locator(".steps li").last
    soon(page, lambda: newest.evaluate("row => row.getBoundingClientRect().bottom <= innerHeight"), True)
