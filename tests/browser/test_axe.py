"""Readable for everybody: axe-core finds nothing serious on any page, and sentences stand out from their background."""

import itertools
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.looks.scenes import SCENES, Scene, named
from tests.browser.reading import soon

_AXE = Path(__file__).parents[1] / "javascript/node_modules/axe-core/axe.min.js"
_RUN = """async () => (await axe.run({resultTypes: ["violations"]})).violations
    .filter(({impact}) => ["serious", "critical"].includes(impact))
    .flatMap(({id, nodes}) => nodes.map(({target, html}) => `${id}: ${target} ${html.slice(0, 200)}`))"""
_HEADINGS = """() => [...document.querySelectorAll("[data-testid=stApp] :is(h1, h2, h3, h4, h5, h6)")]
    .filter(heading => heading.checkVisibility()).map(heading => Number(heading.tagName[1]))"""


def findings(page: Page) -> list[str]:
    """The serious and the critical ones, each with where it is."""
    found: list[str] = page.evaluate(_RUN) if _AXE.exists() else []
    return found


def show(page: Page, scheme: Literal["light", "dark"]) -> None:
    """The page in that theme, once no color changes any more."""
    page.emulate_media(color_scheme=scheme)
    shown = "scheme => getComputedStyle(document.querySelector('.stApp')).colorScheme === scheme"
    page.wait_for_function(shown, arg=scheme)
    page.wait_for_timeout(400)  # transitions, and canvases that are drawn anew


@pytest.mark.parametrize("scene", SCENES, ids=named)
def test_every_view_is_readable(browser: Browser, dashboard: str, scene: Scene) -> None:
    page = scene.opened(browser, dashboard)
    page.set_viewport_size({"width": 1280, "height": 720})
    if _AXE.exists():  # `make test` installs it, with what checks the JavaScript
        page.evaluate(_AXE.read_text("utf-8"))
    for scheme in ("light", "dark"):
        show(page, scheme)
        soon(page, lambda: page.evaluate("() => looks.faint()"), [])
        soon(page, lambda: findings(page), [])
    levels: list[int] = page.evaluate(_HEADINGS)
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels)), levels


def test_who_uses_the_keyboard_sees_where_they_are(browser: Browser, dashboard: str) -> None:
    page = SCENES[0].opened(browser, dashboard)
    outline = """async () => {
        let at = document.activeElement
        while (at.shadowRoot?.activeElement) at = at.shadowRoot.activeElement
        const field = at.matches("input, textarea") // whose frame takes the accent
        const isSeen = ({outlineStyle, outlineWidth}) => outlineStyle !== "none" && parseFloat(outlineWidth) >= 2
        const until = performance.now() + 5000 // an outline may grow
        while (!field && !isSeen(getComputedStyle(at)) && !at.matches("body") && performance.now() < until)
            await new Promise(requestAnimationFrame)
        return [at.outerHTML.slice(0, 120), field || isSeen(getComputedStyle(at))]
    }"""
    for scheme in ("light", "dark"):
        show(page, scheme)
        page.locator("[data-testid=stTopNavLink]").first.focus()
        unseen = []
        for _ in range(40):
            page.keyboard.press("Tab")
            what, seen = page.evaluate(outline)
            if not seen and not what.startswith("<body"):
                unseen.append(what)
        assert unseen == []
