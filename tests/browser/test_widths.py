"""From 1024 pixels up nothing that a person must read is cut, on any page, in either theme, in any size of letters."""

import re
from typing import Literal

import pytest
from playwright.sync_api import Browser, Error, Page, expect

from tests.browser.looks.scenes import SCENES, Scene, named
from tests.browser.reading import soon
from tests.running import settle

_SIZES = ((1024, 700), (1280, 720), (1440, 900), (1920, 1080))
_SETTLES_MILLISECONDS = 30_000
#: At the size for a room, in the ordinary suite: cards, the tree, fields, a film, a table.
_FIVE = ("weights", "modules", "initialize", "tying: Shared", "tying: Survival")
_LARGE = [pytest.param(scene, marks=() if scene.name in _FIVE else pytest.mark.slow) for scene in SCENES]


def cut(page: Page, size: tuple[int, int], scheme: Literal["light", "dark"]) -> list[str]:
    """What is cut at that size, once everything has found its place."""
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.wait_for_timeout(100)
    try:
        page.wait_for_function("() => !looks.cut().length", timeout=_SETTLES_MILLISECONDS, polling=200)
    except Error:
        found: list[str] = page.evaluate("() => looks.cut()")
        return [f"{size[0]} × {size[1]}, {scheme}: {said}" for said in found]
    return []


@pytest.mark.parametrize("scene", SCENES, ids=named)
def test_nothing_is_cut(browser: Browser, dashboard: str, scene: Scene) -> None:
    page = scene.opened(browser, dashboard)
    assert [said for size in _SIZES for said in cut(page, size, "light")] == []
    assert [said for size in reversed(_SIZES) for said in cut(page, size, "dark")] == []


@pytest.mark.parametrize("scene", _LARGE, ids=[named(scene) for scene in SCENES])
def test_nothing_is_cut_at_the_size_for_a_room(browser: Browser, dashboard: str, scene: Scene) -> None:
    page = scene.opened(browser, dashboard, presentation="true")
    assert page.evaluate("() => getComputedStyle(document.documentElement).fontSize") == "20px"
    assert [said for size in _SIZES for said in cut(page, size, "light")] == []


def test_the_size_for_a_room_enlarges_the_pictures_too(browser: Browser, dashboard: str) -> None:
    page = SCENES[0].opened(browser, dashboard)
    picture = page.locator("[class*=st-key-picture-] canvas").first
    before: int = picture.evaluate("canvas => canvas.clientHeight")
    page.locator("[data-testid=stSidebar] label", has_text="Presentation size").click()
    page.wait_for_function("() => getComputedStyle(document.documentElement).fontSize === '20px'")
    settle(page)
    soon(page, lambda: picture.evaluate("canvas => canvas.clientHeight"), pytest.approx(1.25 * before, abs=1))
    expect(page).to_have_url(re.compile("presentation=true"))


_PHONE, _ZOOMED = (390, 844), (640, 360)  # the second is 1280 × 720 at 200 %
_PAGES = ("", "modules", "initialize", "schemes", "custom", "edit", "tying", "script")


@pytest.mark.parametrize(("path", "size"), [*((path, _PHONE) for path in _PAGES), ("", _ZOOMED)])
def test_on_a_phone_the_page_is_seen_and_does_not_scroll_sideways(
    browser: Browser, dashboard: str, path: str, size: tuple[int, int]
) -> None:
    page = browser.new_context(viewport={"width": size[0], "height": size[1]}).new_page()
    page.goto(f"{dashboard}/{path}")
    settle(page)
    heading = page.locator("[data-testid=stMain] h3").first
    on_top = (
        "e => { const {x, y} = e.getBoundingClientRect(); return e.contains(document.elementFromPoint(x + 5, y + 9)) }"
    )
    soon(page, lambda: heading.evaluate(on_top), True)
    main = "() => { const e = document.querySelector('[data-testid=stMain]'); return e.scrollWidth - e.clientWidth }"
    soon(page, lambda: page.evaluate(main) <= 1, True)


@pytest.mark.parametrize("size", [(1024, 700), (1280, 720)])
def test_the_menu_shows_every_page_and_which_one_is_open(
    browser: Browser, dashboard: str, size: tuple[int, int]
) -> None:
    page = browser.new_context(viewport={"width": size[0], "height": size[1]}).new_page()
    page.goto(f"{dashboard}/script")
    settle(page)
    links = page.locator("[data-testid=stTopNavLink]:visible")
    names = ["Weights", "Modules", "Initialize", "Schemes", "Code", "Edit", "Tying", "Script"]
    soon(page, lambda: [name.split("\n")[-1] for name in links.all_inner_texts()], names)
    expect(page.locator("[data-testid=stTopNavLink][aria-current=page]")).to_have_text(re.compile("Script$"))
