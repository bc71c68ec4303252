"""What a page of the dashboard really shows, read back from the browser."""

import re

from playwright.sync_api import Page

from core.recipe import link
from core.recipe.recipe import Recipe


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


def recipe_of(page: Page) -> Recipe:
    """The recipe that the address bar is a link to."""
    match = re.search(r"[?&]recipe=([^&]+)", page.url)
    assert match, page.url
    return link.decode(match.group(1))
