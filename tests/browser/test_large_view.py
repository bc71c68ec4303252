"""One tensor large: boxes drawn by the pointer and by keys, values read under the pointer, and no chart library."""

from playwright.sync_api import Browser, Page, expect

from core.recipe import link
from core.recipe.recipe import Recipe
from core.recipe.steps import Edit
from tests.browser.reading import pictures
from tests.running import open_page, press, settle

_WIDE = Recipe("mlp", arguments=(("n_in", 512), ("hidden", 1024)))
_LARGE = _WIDE.then(Edit("0.weight", "w[3, 5] = 1e6; w[2, 7] = nan"))
_CANVAS = ".st-key-picture-large canvas"


def large(browser: Browser, dashboard: str, recipe: Recipe, asked: list[str] | None = None) -> Page:
    """The page on the first tensor, opened by its button."""
    watch = None if asked is None else lambda request: asked.append(request.url)
    page = open_page(browser, f"{dashboard}/?recipe={link.encode(recipe)}", size=(1280, 720), watch=watch)
    press(page, page.locator("[class*=st-key-open_] button").first)
    return page


def corner(page: Page, index: int) -> tuple[float, float, float, float]:
    """Left, top, width and height of a picture on the page."""
    box, place = (
        page.locator(_CANVAS).bounding_box(),
        page.locator(_CANVAS).evaluate(
            f"canvas => {{ const {{x, y, w, h}} = canvas.drawn.panels[{index}]; return {{x, y, w, h}} }}"
        ),
    )
    assert box is not None
    return box["x"] + place["x"], box["y"] + place["y"], place["w"], place["h"]


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(*end, steps=8)


def part(page: Page, words: str) -> None:
    expect(page.get_by_text(words, exact=False).first).to_be_visible()
    settle(page)


def test_a_box_says_what_it_holds_while_it_is_drawn_and_is_shown_then(dashboard: str, browser: Browser) -> None:
    asked: list[str] = []
    page = large(browser, dashboard, _LARGE, asked)
    part(page, "rows 0 to 1023, columns 0 to 511")
    x, y, w, h = corner(page, 1)
    drag(page, (x + w / 2, y + h / 2), (x - 40, y - 40))  # beyond the corner: up to it
    tip = page.locator(".st-key-picture-large .tip")
    expect(tip).to_have_text("rows 0 to 517, columns 0 to 259")
    page.mouse.up()
    part(page, "rows 0 to 517, columns 0 to 259")
    x, y, w, h = corner(page, 1)
    drag(page, (x + 1, y + 1), (x + 20, y + 20))
    page.mouse.up()
    part(page, "each cell is one value")
    page.mouse.move(x + 5.5 * w / 36, y + 3.5 * h / 36)
    assert max(value for value in pictures(page)[1] if value == value) == 1e6
    page.locator(_CANVAS).dblclick(position={"x": 5, "y": 5})
    part(page, "rows 0 to 1023, columns 0 to 511")
    assert not [url for url in asked if "lotly" in url]


def test_a_click_is_no_box(dashboard: str, browser: Browser) -> None:
    page = large(browser, dashboard, _LARGE)
    x, y, w, h = corner(page, 0)
    page.mouse.click(x + w / 2, y + h / 2)
    page.wait_for_timeout(600)
    part(page, "rows 0 to 1023, columns 0 to 511")


def test_keys_read_values_and_draw_a_box(dashboard: str, browser: Browser) -> None:
    page = large(browser, dashboard, Recipe("mlp").then(Edit("0.weight", "w[1, 1] = nan")))
    tip = page.locator(".st-key-picture-large .tip")
    page.locator(_CANVAS).focus()
    page.keyboard.press("ArrowRight")
    for key in ("ArrowDown", "ArrowRight"):
        page.keyboard.press(key)
    expect(tip).to_contain_text("after: NaN")
    for key in ("Shift+ArrowDown", "Shift+ArrowDown", "Shift+ArrowRight"):
        page.keyboard.press(key)
    expect(tip).to_have_text("rows 1 to 3, columns 1 to 2")
    page.keyboard.press("Enter")
    part(page, "rows 1 to 3, columns 1 to 2")
    assert len(pictures(page)[0]) == 6
    press(page, page.get_by_role("button", name="Zoom out"))
    part(page, "rows 0 to 7, columns 0 to 3")


def test_a_value_is_said_whole_within_the_picture(dashboard: str, browser: Browser) -> None:
    page = large(browser, dashboard, Recipe("mlp"))
    x, y, w, h = corner(page, 0)
    for right, down in ((0.5, 0.5), (3.5, 0.5), (0.5, 7.5), (3.5, 7.5)):
        page.mouse.move(x + right * w / 4, y + down * h / 8)
        tip = page.locator(".st-key-picture-large .tip")
        expect(tip).to_contain_text(f"[{int(down)}, {int(right)}] = ")
        inside = tip.evaluate(
            """tip => {
                const [one, all] = [tip.getBoundingClientRect(), tip.parentElement.getBoundingClientRect()]
                return one.top >= all.top && one.bottom <= all.bottom && one.left >= all.left && one.right <= all.right
            }"""
        )
        assert inside


def test_a_tensor_that_is_opened_far_down_is_shown_from_its_top(dashboard: str, browser: Browser) -> None:
    page = open_page(browser, f"{dashboard}/?recipe={link.encode(Recipe('lenet'))}", size=(1280, 720))
    main = page.locator("[data-testid=stMain]")
    press(page, page.locator("[class*=st-key-open_] button").nth(4))
    expect(page.get_by_role("button", name="All tensors")).to_be_in_viewport()
    main.evaluate("main => main.scrollTo(0, 120)")
    x, y, w, h = corner(page, 0)
    drag(page, (x + 2, y + 2), (x + w / 2, y + h / 2))
    page.mouse.up()
    page.get_by_role("button", name="Zoom out").wait_for()
    settle(page)
    assert main.evaluate("main => main.scrollTop") == 120, "a box in its picture moves nothing"
