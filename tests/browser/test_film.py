"""A film in a real browser: one color scale for all steps, a speed that is kept, and the keyboard for all of it."""

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from core.recipe import link
from core.recipe.recipe import Recipe
from pages.frame.session import opening
from tests.running import open_page, press

_CANVAS = """() => [...document.querySelectorAll('[data-testid=stBidiComponentIsolated]')]
    .map(host => host.shadowRoot.querySelector('.film canvas')).find(Boolean)"""


@pytest.fixture
def film(dashboard: str, browser: Browser) -> Page:
    recipe: Recipe = opening("shared_mlp")
    return open_page(browser, f"{dashboard}/tying?recipe={link.encode(recipe)}&tying_view=Training", size=(1280, 720))


def drawn(page: Page, of: str) -> Any:
    return page.evaluate(f"() => {{ const drawn = ({_CANVAS})().drawn; return {of} }}")


def test_gradients_keep_their_colors_scale_from_the_first_step_to_the_last(film: Page) -> None:
    slider = film.get_by_role("slider", name="Step")
    scales = []
    for key in ("Home", "End"):
        slider.press(key)
        scales.append(drawn(film, "drawn.panels.map(({panel}) => [panel.limit, panel.ruler])"))
    assert scales[0] == scales[1]
    assert scales[0][-1][1]
    expect(film.get_by_text("one color scale for all steps")).to_be_attached()


def test_a_film_plays_at_the_chosen_speed_which_is_kept_while_it_plays_and_afterwards(film: Page) -> None:
    speed = film.get_by_role("combobox", name="Speed")
    slider = film.get_by_role("slider", name="Step")
    assert played(film, "4") < played(film, "1") / 2
    slider.press("Home")
    speed.select_option("0.5")
    film.get_by_role("button", name="Play").click()
    speed.select_option("0.25")
    expect(film.get_by_role("button", name="Pause")).to_be_visible()
    film.get_by_role("button", name="Pause").click()
    press(film, film.get_by_role("radio", name="Values"))
    expect(speed).to_have_value("0.25")


def played(film: Page, speed: str) -> float:
    """Milliseconds from the first frame to the twelfth after it."""
    film.get_by_role("combobox", name="Speed").select_option(speed)
    film.get_by_role("slider", name="Step").press("Home")
    taken: float = film.evaluate(
        f"""async () => {{
            const root = ({_CANVAS})().getRootNode()
            const start = performance.now()
            root.querySelector('.bar button').click()
            while (({_CANVAS})().drawn.frame < 12) await new Promise(requestAnimationFrame)
            root.querySelector('.bar button').click()
            return performance.now() - start
        }}"""
    )
    return taken


def test_all_of_it_is_reached_by_the_keyboard_and_has_a_name(film: Page) -> None:
    button = film.get_by_role("button", name="Play")
    button.focus()
    film.keyboard.press("Space")
    expect(film.get_by_role("button", name="Pause")).to_be_focused()
    film.keyboard.press("Enter")
    film.keyboard.press("Tab")
    expect(film.get_by_role("slider", name="Step")).to_be_focused()
    film.keyboard.press("Tab")
    expect(film.get_by_role("combobox", name="Speed")).to_be_focused()
    film.keyboard.press("Tab")
    expect(film.get_by_role("img", name="in training")).to_be_focused()
