"""Typing into the table of values: a number is taken as meant or refused with a sentence, however quickly."""

from collections.abc import Callable

import pytest
import torch
from playwright.sync_api import Browser, Locator, Page, expect

from core.recipe import link
from core.recipe.recipe import Recipe
from core.recipe.steps import Edit
from core.replaying.replay import replay
from tests.browser.reading import recipe_of, recipe_with
from tests.running import open_page, settle

_KEPT = Recipe("mlp").then(Edit("0.weight", "w = 0.25"))
Opened = Callable[..., Page]


@pytest.fixture
def table(dashboard: str, browser: Browser) -> Opened:
    def opened(recipe: Recipe = _KEPT, size: tuple[int, int] = (1280, 720), edited: str = "0.weight (8, 4)") -> Page:
        url = f"{dashboard}/edit?recipe={link.encode(recipe)}&edited={edited}"
        return open_page(browser, url, size=size)

    return opened


def cell(page: Page, row: int, column: int) -> Locator:
    return page.get_by_role("textbox", name=f"w[{row}, {column}]", exact=True)


def steps(page: Page, count: int) -> list[str]:
    """The formulas of so many steps after the first, once they are there."""
    return [step.formula for step in recipe_with(page, count + 1).steps[1:] if isinstance(step, Edit)]


@pytest.mark.parametrize(
    ("typed", "written", "shown"),
    [
        ("1e-3", "0.001", "0.0010"),
        ("2e5", "200000", "200000."),
        ("1,5", "1.5", "1.5000"),
        (".5", "0.5", "0.5000"),
        ("+3", "3", "3."),
        ("-0", "-0.0", "-0."),
        ("−2.5", "-2.5", "-2.5000"),
        ("nan", "nan", "nan"),
        ("-inf", "-inf", "-inf"),
        ("-4.1e29", "-4.1e+29", "-4.1000e+29"),
        (" 7 ", "7", "7."),
    ],
)
def test_a_number_is_taken_as_meant_and_shown_as_torch_prints_it(
    table: Opened, typed: str, written: str, shown: str
) -> None:
    page = table()
    cell(page, 2, 1).click()
    page.keyboard.type(typed)
    page.keyboard.press("Enter")
    assert steps(page, 1) == [f"w[2, 1] = {written}"]
    expect(cell(page, 2, 1)).to_have_value(shown)
    held = replay(recipe_of(page)).get_parameter("0.weight").detach()[2, 1]
    assert str(held) == f"tensor({shown})"


@pytest.mark.parametrize("typed", ["1e39", "1.2.3", "abc", "1,234", "None", "1/3"])
def test_what_is_none_is_refused_with_its_cell_and_its_text(table: Opened, typed: str) -> None:
    page = table()
    cell(page, 2, 1).click()
    page.keyboard.type(typed)
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text(f"The cell w[2, 1] keeps 0.25: '{typed}'")
    settle(page)
    assert recipe_of(page) == _KEPT
    expect(cell(page, 2, 1)).to_have_value("0.2500")


def test_delete_empties_no_cell(table: Opened) -> None:
    page = table()
    cell(page, 0, 0).click()
    page.keyboard.press("Delete")
    expect(page.get_by_role("alert")).to_contain_text("The cell w[0, 0] keeps 0.25: nothing was typed")
    settle(page)
    assert recipe_of(page) == _KEPT
    expect(cell(page, 0, 0)).to_have_value("0.25")


def test_all_of_many_quick_changes_count_each_as_a_step(table: Opened) -> None:
    page = table()
    cell(page, 0, 0).click()
    for row in range(8):
        page.keyboard.type(f"{row}.5")
        page.keyboard.press("Enter")
    assert steps(page, 8) == [f"w[{row}, 0] = {row}.5" for row in range(8)]
    for row in range(7):
        expect(cell(page, row, 0)).to_have_value(f"{row}.5000")


def test_a_cell_is_written_when_it_is_left_and_not_when_escape_leaves_it_as_it_was(table: Opened) -> None:
    page = table()
    cell(page, 0, 0).click()
    page.keyboard.type("9")
    page.keyboard.press("Escape")
    cell(page, 1, 1).click()
    page.keyboard.press("Enter")
    cell(page, 3, 3).click()
    page.keyboard.type("8")
    cell(page, 4, 0).click()
    assert steps(page, 1) == ["w[3, 3] = 8"]


def test_ctrl_enter_in_a_cell_writes_the_cell_and_does_not_apply_the_formula(table: Opened) -> None:
    page = table()
    cell(page, 0, 1).click()
    page.keyboard.type("6")
    page.keyboard.press("Control+Enter")
    assert steps(page, 1) == ["w[0, 1] = 6"]


def test_several_cells_are_pasted_as_one_step(table: Opened) -> None:
    page = table()
    paste(page, cell(page, 1, 1), "1,5\t2e-2\n-inf\t.5\n")
    assert steps(page, 1) == ["w[1, 1] = 1.5\nw[1, 2] = 0.02\nw[2, 1] = -inf\nw[2, 2] = 0.5"]
    paste(page, cell(page, 7, 3), "1\t2")
    expect(page.get_by_role("alert")).to_contain_text("reaches w[7, 4], beyond the 8 × 4 values")
    settle(page)
    assert len(recipe_of(page).steps) == 2


def paste(page: Page, field: Locator, text: str) -> None:
    field.click()
    field.evaluate(
        """(field, text) => {
            const clipboardData = new DataTransfer()
            clipboardData.setData('text/plain', text)
            field.dispatchEvent(new ClipboardEvent('paste', {clipboardData, bubbles: true, cancelable: true}))
        }""",
        text,
    )


def test_arrows_and_tab_go_from_cell_to_cell_and_every_digit_is_read_there(table: Opened) -> None:
    page = table(Recipe("mlp"))
    exact = replay(Recipe("mlp")).get_parameter("0.weight").detach()
    cell(page, 0, 0).click()
    for key in ("ArrowDown", "ArrowRight", "Tab", "ArrowUp", "ArrowLeft"):
        page.keyboard.press(key)
    expect(cell(page, 0, 1)).to_be_focused()
    read = cell(page, 0, 1).input_value()
    assert torch.tensor(float(read)).equal(exact[0, 1])
    expect(page.get_by_text(f"w[0, 1] is {read}")).to_be_visible()


def test_typing_on_a_second_tensor_writes_that_one(table: Opened) -> None:
    page = table(edited="2.bias (1,)")
    page.get_by_role("textbox", name="w[0]", exact=True).click()
    page.keyboard.type("4")
    page.keyboard.press("Enter")
    steps(page, 1)
    assert recipe_of(page).steps[-1] == Edit("2.bias", "w[0] = 4")


@pytest.mark.parametrize("size", [(1024, 700), (1280, 720), (1440, 900), (1920, 1080)], ids=str)
def test_a_wide_table_scrolls_inside_and_no_number_is_cut(table: Opened, size: tuple[int, int]) -> None:
    recipe = Recipe("mlp", arguments=(("n_in", 40), ("hidden", 8))).then(Edit("0.weight", "w[0, 0] = -4.1e29"))
    page = table(recipe, size, edited="0.weight (8, 40)")
    cell(page, 7, 39).scroll_into_view_if_needed()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    box = cell(page, 7, 39).bounding_box()
    assert box
    assert box["x"] + box["width"] <= size[0]
    cut = cell(page, 0, 0).evaluate("field => field.scrollWidth > field.clientWidth")
    assert not cut
