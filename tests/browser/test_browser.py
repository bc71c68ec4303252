"""The main way through the dashboard, as a person goes it: a real server, a real Chromium."""

from playwright.sync_api import Browser, Page, expect

from core.recipe import link
from core.recipe.recipe import Recipe
from core.recipe.steps import Edit, Initialize, Subtree
from tests.browser.reading import pictures, recipe_of
from tests.running import choose, click, open_page, press, rerun, settle, stranger, visit


def test_open_initialize_tie_poke_undo_and_reload_the_link(dashboard: str, browser: Browser) -> None:
    page = open_page(browser, dashboard)
    before, after, *_ = pictures(page)
    assert before != after

    visit(page, "Initialize")
    first = pictures(page)[1]
    click(page, "apply")
    assert pictures(page)[1] != first

    choose(page, "model", "MLP with a shared layer")
    visit(page, "Tying")
    click(page, "untie")
    choose(page, "keep_Tensors", "2.weight (8, 8)")
    choose(page, "replace_Tensors", "4.weight (8, 8)")
    click(page, "tie")
    expect(page.get_by_text("same Parameter").first).to_be_visible()

    click(page, "poke")
    one, other, copy = pictures(page)
    assert one == other
    assert one[0] == 1.0
    assert copy[0] != 1.0
    expect(page.get_by_text("seen under")).to_contain_text("2 names")

    click(page, "undo")
    unpoked, *_ = pictures(page)
    assert unpoked[0] != 1.0
    click(page, "redo")
    assert pictures(page)[0] == one

    recipe, url = recipe_of(page), page.url
    page.reload()
    settle(page)
    assert pictures(page) == [one, other, copy]
    elsewhere = stranger(browser, url)
    assert pictures(elsewhere) == [one, other, copy]
    assert recipe_of(elsewhere) == recipe


def test_theory_lies_over_the_lessons_weights_and_of_two_schemes_one_is_taken(dashboard: str, browser: Browser) -> None:
    page = open_page(browser, dashboard)
    assert promises(page)[0] == "U(−0.7071, 0.7071)"
    verdict = page.locator(".st-key-theory_weights_0-weight")
    expect(verdict).to_contain_text("against 0.408 expected; with 32 values")
    press(page, verdict.locator("summary"))
    expect(verdict.get_by_text("sqrt(6 / (4 + 8)) = 0.7071")).to_be_visible()

    visit(page, "Schemes")
    press(page, page.get_by_role("radio", name="2", exact=True))
    assert promises(page) == ["U(−0.7071, 0.7071)", "N(0, 0.7071²)", "U(−0.8165, 0.8165)", "N(0, 0.5²)"]
    kaiming = pictures(page)[1]
    click(page, "use_1")
    assert recipe_of(page).steps[-1] == Initialize("kaiming_normal", Subtree("", "Linear", "weight"), seed=2)
    visit(page, "Weights")
    assert pictures(page)[1] == kaiming
    assert promises(page)[0] == "N(0, 0.7071²)"


def promises(page: Page) -> list[str]:
    """The labels of the curves that the cards on the page really draw, in order."""
    labels: list[str] = page.evaluate(
        """() => [...document.querySelectorAll('[data-testid=stBidiComponentIsolated]')]
            .flatMap(host => [...host.shadowRoot.querySelectorAll('canvas')])
            .map(canvas => canvas.drawn.bars?.histogram.curve?.label).filter(label => label)"""
    )
    return labels


def test_a_long_computation_can_be_stopped_and_the_last_good_state_stays(dashboard: str, browser: Browser) -> None:
    large = Recipe("deep_mlp", arguments=(("depth", 40), ("width", 512), ("activation", "relu")))
    page = open_page(browser, f"{dashboard}/tying?recipe={link.encode(large)}")
    press(page, page.get_by_role("radio", name="Training"))
    page.get_by_label("Training steps").fill("1000")
    rerun(page, lambda: page.get_by_label("Training steps").press("Tab"))
    page.locator(".st-key-train button").first.click()
    stop = page.locator("[class*=st-key-stop_] button")
    stop.wait_for()
    stop.click()
    expect(page.get_by_role("alert")).to_contain_text("Stopped")
    settle(page)
    assert recipe_of(page) == large


def test_two_browsers_do_not_see_each_others_steps(dashboard: str, browser: Browser) -> None:
    one, two = (stranger(browser, f"{dashboard}/initialize") for _ in range(2))
    unchanged = pictures(two)
    click(one, "apply")
    two.reload()
    settle(two)
    assert pictures(two) == unchanged
    assert len(recipe_of(one).steps) == len(recipe_of(two).steps) + 1


def test_a_box_drawn_on_a_large_tensor_zooms_down_to_exact_values(dashboard: str, browser: Browser) -> None:
    recipe = Recipe("mlp", arguments=(("n_in", 512), ("hidden", 1024))).then(Edit("0.weight", "w[3, 5] = 1e6"))
    page = open_page(browser, f"{dashboard}/?recipe={link.encode(recipe)}")
    press(page, page.locator("[class*=st-key-open_] button").first)
    expect(page.get_by_text("each cell stands for").first).to_be_visible()
    assert max(pictures(page)[1]) == 1e6
    canvas = page.locator(".st-key-picture-large canvas")
    corner, place = canvas.bounding_box(), canvas.evaluate("canvas => canvas.drawn.panels[1]")
    assert corner is not None
    x, y = corner["x"] + place["x"], corner["y"] + place["y"]
    page.mouse.move(x + 1, y + 1)
    page.mouse.down()
    page.mouse.move(x + 30, y + 30, steps=8)
    page.mouse.up()
    expect(page.get_by_text("each cell is one value")).to_be_visible()
    settle(page)
    assert max(pictures(page)[1]) == 1e6


def test_names_of_steps_and_tensors_are_text_and_never_markup(dashboard: str, browser: Browser) -> None:
    hostile = "<img src=x onerror=alert(1)>![x](http://example.invalid/x.png)$\\href{a}{b}$"
    raw = link.encode(Recipe("mlp").then(Edit(hostile, "w = 0")))
    asked: list[str] = []
    page = open_page(browser, f"{dashboard}/?recipe={raw}", watch=lambda request: asked.append(request.url))
    expect(page.get_by_role("alert")).to_contain_text("onerror=alert(1)")
    assert page.locator("img[src=x]").count() == 0
    assert not [url for url in asked if "example.invalid" in url]
