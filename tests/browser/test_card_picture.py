"""A card's row as the component draws it in a real Chromium."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from core.recipe import link
from core.recipe.recipe import Recipe
from core.recipe.steps import Edit
from tests.browser.reading import soon
from tests.running import open_page, server, settle

_SCRIPT = """
import math
import torch, streamlit as st
from torch import nn
from core.tensor.compare import Comparison
from core.questions.theory import Curve
from pages.views.tensor import cards
import numpy as np

def holding(w):
    module = nn.Module()
    module.register_parameter("<img src=x onerror=print()>__w", nn.Parameter(w, requires_grad=False))
    return module

def show(key, before, after, curve=None):
    name = "<img src=x onerror=print()>__w"
    cards.chart(Comparison(holding(before), holding(after)).card(name, cells=96, as_difference=False), key, curve=curve)

w = torch.arange(32.0).reshape(8, 4) / 7 - 2
after = -w
after[0, 0], after[7, 3] = math.nan, math.inf
show("small__one", w, after, Curve(np.array([-2.0, 2.0]), np.array([0.25, 0.25]), (), "<b>U(-2, 2)</b>"))
large = torch.zeros(300, 400)
large[123, 234] = -5
show("large__one", torch.zeros(300, 400), large)
"""


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    script: Path = tmp_path_factory.mktemp("cards") / "cards.py"
    script.write_text(_SCRIPT)
    with server(script) as address:
        yield address


@pytest.fixture(scope="module")
def page(browser: Browser, url: str) -> Iterator[Page]:
    """Both cards, for every test that only looks and points."""
    page = open_page(browser, url)
    yield page
    page.close()


def point(page: Page, index: int, part: str, right: float, down: float) -> None:
    """Move the pointer to a share of the width and height of a picture or of the bars."""
    canvas = page.locator("canvas").nth(index)
    box: dict[str, Any] = canvas.evaluate(f"canvas => canvas.drawn.{part}")
    canvas.hover(position={"x": box["x"] + right * box["w"], "y": box["y"] + down * box["h"]})


def tip(page: Page, index: int) -> Locator:
    return page.locator(".tip").nth(index)


def color(page: Page, index: int, part: str, right: float, down: float) -> list[int]:
    """The pixel that is really there: red, green, blue, alpha."""
    found: list[int] = (
        page.locator("canvas")
        .nth(index)
        .evaluate(
            f"""canvas => {{
            const [box, ratio] = [canvas.drawn.{part}, devicePixelRatio]
            const [x, y] = [box.x + {right} * box.w, box.y + {down} * box.h]
            return [...canvas.getContext('2d').getImageData(x * ratio, y * ratio, 1, 1).data]
        }}"""
        )
    )
    return found


def test_the_pointer_reads_exact_values_and_the_same_cell_of_the_other_picture(page: Page) -> None:
    point(page, 0, "panels[1]", 1.5 / 4, 2.5 / 8)
    before = float(np.float32(9) / np.float32(7) - np.float32(2))  # element [2, 1]; after is its negative
    assert before < 0
    expect(tip(page, 0)).to_contain_text(f"[2, 1] = {-before:.9g}")
    expect(tip(page, 0)).to_contain_text(f"before: −{-before:.9g}")
    expect(page.locator(".frame:visible")).to_have_count(2)
    point(page, 0, "panels[1]", 0.5 / 4, 0.5 / 8)
    expect(tip(page, 0)).to_contain_text("[0, 0] = NaN")
    point(page, 0, "bars", 0.51, 0.5)
    expect(tip(page, 0)).to_contain_text("before: ")
    expect(tip(page, 0)).to_contain_text("expected: ")


def test_the_keyboard_reaches_every_cell(page: Page) -> None:
    page.locator("canvas").first.focus()
    for key in ("Escape", "ArrowRight", "ArrowRight", "ArrowDown"):
        page.keyboard.press(key)
    expect(tip(page, 0)).to_contain_text("[1, 1] = ")
    page.keyboard.press("Escape")
    expect(tip(page, 0)).to_be_hidden()


def test_a_pooled_cell_says_what_it_stands_for_and_an_extreme_is_seen(page: Page) -> None:
    point(page, 1, "panels[1]", 234.5 / 400, 123.5 / 300)
    expect(tip(page, 1)).to_contain_text("largest magnitude: −5")
    expect(tip(page, 1)).to_contain_text("of rows 120 to 123, columns 230 to 234")
    red, _, blue, alpha = color(page, 1, "panels[1]", 232.5 / 400, 122 / 300)
    assert blue > 2 * red
    assert alpha > 200
    assert color(page, 1, "panels[0]", 232.5 / 400, 122 / 300)[3] < 60


def test_values_below_zero_are_blue_above_red_and_what_is_not_finite_is_crossed(page: Page) -> None:
    red, _, blue, _ = color(page, 0, "panels[0]", 0.6 / 4, 0.6 / 8)
    assert blue > red
    red, _, blue, _ = color(page, 0, "panels[0]", 3.6 / 4, 7.6 / 8)
    assert red > blue
    assert color(page, 0, "panels[1]", 0.5 / 4, 0.5 / 8)[:3] == [230, 97, 1]


def test_a_card_fits_its_container_and_the_screens_pixels_and_follows_the_theme(browser: Browser, url: str) -> None:
    context = browser.new_context(viewport={"width": 1200, "height": 800}, device_scale_factor=2)
    page = context.new_page()
    page.goto(url)
    settle(page)
    canvas = page.locator("canvas").first
    soon(page, lambda: canvas.evaluate("canvas => canvas.drawn.width === canvas.clientWidth"), True)
    wide = canvas.evaluate("canvas => [canvas.width, canvas.clientWidth]")
    assert wide[0] == 2 * wide[1]
    page.set_viewport_size({"width": 600, "height": 800})
    page.wait_for_function(
        f"""() => {{
            const canvas = document.querySelector('[data-testid=stBidiComponentIsolated]').shadowRoot
                .querySelector('canvas')
            return canvas.clientWidth < {wide[1]} && canvas.drawn.width === canvas.clientWidth
        }}"""
    )
    light = page.locator("canvas").first.evaluate("canvas => canvas.toDataURL()")
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(
        """light => document.querySelector('[data-testid=stBidiComponentIsolated]').shadowRoot
            .querySelector('canvas').toDataURL() !== light""",
        arg=light,
    )


def test_names_and_labels_are_text(page: Page) -> None:
    expect(page.get_by_role("img", name="<img src=x").first).to_be_visible()
    assert page.locator("img[src=x]").count() == 0


def test_the_page_shows_what_an_edit_made_of_the_weights(dashboard: str, browser: Browser) -> None:
    recipe = Recipe("mlp").then(Edit("0.weight", "w[0, 0] = nan; w[1, 1] = 0.1"))
    page = open_page(browser, f"{dashboard}/?recipe={link.encode(recipe)}")
    point(page, 0, "panels[1]", 1.5 / 4, 1.5 / 8)
    expect(tip(page, 0)).to_contain_text("[1, 1] = 0.100000001")
