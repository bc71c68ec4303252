"""What a page of the dashboard really shows, read back from the browser."""

import re
import time
from collections.abc import Callable

from playwright.sync_api import Page

from core.recipe import link
from core.recipe.recipe import Recipe
from tests.running import settle

_PATIENCE = 60.0


def soon(page: Page, read: Callable[[], object], expected: object) -> None:
    """What is read is just that, now or soon: a browser draws, places and parses when it has time."""
    deadline = time.monotonic() + _PATIENCE
    while (found := read()) != expected and time.monotonic() < deadline:
        page.wait_for_timeout(50)
    assert found == expected, f"{found!r} is not {expected!r}"


def pictures(page: Page) -> list[list[float]]:
    """The values that the pictures on the page really show, in order: cards of our own, and Plotly's heatmaps."""
    values: list[list[float]] = page.evaluate(
        """() => [...document.querySelectorAll('.js-plotly-plot, [data-testid=stBidiComponentIsolated]')].flatMap(
            element => element.shadowRoot
                ? [...element.shadowRoot.querySelectorAll('canvas')].flatMap(canvas => canvas.drawn.panels)
                    .map(({panel}) => Array.from(panel.values))
                : element._fullData.filter(trace => trace.type === 'heatmap')
                    .map(trace => Array.from(trace.z, row => Array.from(row)).flat()))"""
    )
    return values


def recipe_with(page: Page, steps: int) -> Recipe:
    """The recipe of the address bar, once it has so many steps and the page is drawn."""
    deadline = time.monotonic() + _PATIENCE
    while len(recipe_of(page).steps) < steps and time.monotonic() < deadline:
        page.wait_for_timeout(50)
    settle(page)
    recipe = recipe_of(page)
    assert len(recipe.steps) == steps, recipe.steps
    return recipe


def recipe_of(page: Page) -> Recipe:
    """The recipe that the address bar is a link to."""
    address = str(page.evaluate("location.href"))  # Playwright's own note of it comes a moment later
    match = re.search(r"[?&]recipe=([^&]+)", address)
    assert match, address
    return link.decode(match.group(1))
