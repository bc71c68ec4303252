"""What is seen of Tying at once: a poke's sentence with its pictures, a film's button with its film; no text is cut."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from core.recipe import link
from core.recipe.recipe import Recipe
from core.recipe.steps import Edit
from pages.frame.session import opening
from tests.browser.reading import soon
from tests.running import click, open_page

_CANVAS = """() => [...document.querySelectorAll('[data-testid=stBidiComponentIsolated]')]
    .map(host => host.shadowRoot.querySelector('.film canvas')).find(Boolean)"""
_SIZES = [(1024, 700), (1280, 720), (1440, 900), (1920, 1080)]
Opened = Callable[..., Page]


@pytest.fixture
def view(dashboard: str, browser: Browser) -> Opened:
    def opened(title: str, recipe: Recipe | None = None, size: tuple[int, int] = (1280, 720), **look: Any) -> Page:
        url = f"{dashboard}/tying?recipe={link.encode(recipe or opening('shared_mlp'))}&tying_view={title}"
        return open_page(browser, url, size=size, **look)

    return opened


def drawn(page: Page, of: str) -> Any:
    """What an expression finds in `drawn`, the note of what the film shows."""
    return page.evaluate(f"() => {{ const drawn = ({_CANVAS})().drawn; return {of} }}")


def ends(place: Locator) -> tuple[float, float]:
    box = place.bounding_box()
    assert box
    return box["y"], box["y"] + box["height"]


def test_a_pokes_sentence_is_in_view_with_its_pictures(view: Opened) -> None:
    page = view("Shared")
    click(page, "poke")
    sentence = page.get_by_text("The last step,").first
    expect(sentence).to_contain_text("seen under 2 names")
    expect(sentence).to_contain_text("the copy kept its")
    soon(page, lambda: ends(page.locator(".st-key-film-tied_pictures"))[0] > 56, True)
    soon(page, lambda: ends(sentence)[1] <= 720, True)


def test_the_play_button_is_in_view_with_all_pictures_of_its_film(view: Opened) -> None:
    page = view("Training")
    soon(page, lambda: ends(page.get_by_role("button", name="Play"))[0] > 56, True)
    canvas = page.locator(".st-key-film-twins canvas")
    lowest = drawn(page, "Math.max(...drawn.panels.map(({y, h}) => y + h))")
    assert len(drawn(page, "drawn.panels.map(({y}) => y)")) == 8
    soon(page, lambda: ends(canvas)[0] + lowest <= 720, True)


@pytest.mark.parametrize("size", _SIZES, ids=str)
@pytest.mark.parametrize("title", ["Shared", "Gradients", "Training"])
@pytest.mark.parametrize("model", ["shared_mlp", "gpt"])
def test_no_title_of_a_picture_and_no_legend_is_cut(
    view: Opened, title: str, model: str, size: tuple[int, int]
) -> None:
    page = view(title, opening(model), size)
    width = drawn(page, "drawn.width")
    for panel in drawn(page, "drawn.panels.map(({panel, lines, middle}) => ({title: panel.title, lines, middle}))"):
        assert "".join(panel["lines"]).replace(" ", "") == panel["title"].replace(" ", "")
        assert 0 <= panel["middle"] <= width
    room = f"""(() => {{
        const pen = ({_CANVAS})().getContext('2d')
        const wide = (text, size) => {{ pen.font = `${{size}}px ${{getComputedStyle(document.body).fontFamily}}`
            return pen.measureText(text).width }}
        return drawn.panels.map(({{lines, middle}}) =>
            [middle, Math.max(...lines.map(line => wide(line, 14)))]).concat(
            drawn.charts.map(({{x, w, title, entries}}) => [x + w / 2, Math.max(
                ...title.map(line => wide(line, 14)), ...entries.flat().map(line => wide(line, 13) + 20)) - 8]))
    }})()"""
    boxes = drawn(page, room)
    for middle, wide in boxes:
        assert middle - wide / 2 >= -2
        assert middle + wide / 2 <= width + 2


@pytest.mark.parametrize("size", _SIZES, ids=str)
def test_no_choice_and_no_button_of_the_training_is_cut(view: Opened, size: tuple[int, int]) -> None:
    page = view("Training", size=size)
    form = page.locator(".st-key-train_form")
    for name in ("SGD", "Momentum", "Adam"):
        expect(form.get_by_role("radio", name=name)).to_be_visible()
    cut = """form => [...form.querySelectorAll('button, label, p, span, input')]
        .filter(part => part.clientWidth && part.scrollWidth > part.clientWidth + 1).map(part => part.outerHTML)"""
    soon(page, lambda: form.evaluate(cut), [])
    soon(page, lambda: form.evaluate("form => form.scrollWidth <= form.clientWidth + 1"), True)
    expect(form.get_by_role("button", name="Keep training")).to_be_in_viewport(ratio=1)


def test_an_earlier_moment_of_the_sidebar_is_said_and_left_by_one_click(dashboard: str, browser: Browser) -> None:
    recipe = Recipe("shared_mlp").then(Edit("0.bias", "w = 1")).then(Edit("0.bias", "w = 2"))
    page = open_page(browser, f"{dashboard}/edit?recipe={link.encode(recipe)}&after=1", size=(1280, 720))
    note = page.get_by_text("everything on this page is of")
    expect(note).to_be_in_viewport()
    click(page, "look_at_end")
    expect(note).to_have_count(0)
    expect(page).not_to_have_url(re.compile("after="))
