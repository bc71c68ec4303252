"""Modules: what the lesson prints is there at the first look, whole, and a search leads to it."""

import re
from functools import partial

import pytest
from playwright.sync_api import Browser, Page, expect

from core.recipe import link
from core.recipe.recipe import Recipe
from core.recipe.steps import Edit
from tests.browser.reading import soon
from tests.running import open_page, press

SIZES = ((1024, 700), (1280, 720), (1440, 900))
_LAST = Recipe("mlp").then(Edit("2.weight", "w = 0.25")).then(Edit("2.bias", "w = 0.2166"))
_PANEL = ".st-key-modules [data-testid=stColumn]:nth-child(2)"


def modules(browser: Browser, dashboard: str, recipe: Recipe, size: tuple[int, int]) -> Page:
    return open_page(browser, f"{dashboard}/modules?recipe={link.encode(recipe)}", size=size)


def printed(page: Page, code: str) -> str:
    """What stands below a line of Python, exactly."""
    block = page.locator(_PANEL).locator("[data-testid=stVerticalBlock]").filter(has=page.get_by_text(code, exact=True))
    text: str = block.last.locator("pre").first.evaluate("pre => pre.textContent")
    return text


def search(page: Page, query: str) -> None:
    page.get_by_label("Search name, type or shape").fill(query)


def test_the_first_look_shows_the_net_and_its_output(dashboard: str, browser: Browser) -> None:
    page = modules(browser, dashboard, Recipe("mlp"), (1280, 720))
    in_view = "e => e.getBoundingClientRect().y + 5 * e.getBoundingClientRect().height < 720"
    for code, begins in (("net(X)", "tensor([["), ("print(net)", "Sequential(")):
        assert printed(page, code).startswith(begins)
        line = page.locator(_PANEL).get_by_text(code, exact=True)
        soon(page, partial(line.evaluate, in_view), True)
    assert "grad_fn=<AddmmBackward0>" in printed(page, "net(X)")


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_a_layers_prints_are_whole_at_every_width(dashboard: str, browser: Browser, size: tuple[int, int]) -> None:
    page = modules(browser, dashboard, _LAST, size)
    press(page, page.locator(".tree .row .label", has_text="2").first)
    state = "print(net[2].state_dict())"
    expect(page.get_by_text(state, exact=True)).to_be_visible()
    assert printed(page, state) == (
        "OrderedDict([('weight', tensor([[0.2500, 0.2500, 0.2500, 0.2500, 0.2500, 0.2500, 0.2500, 0.2500]])), "
        "('bias', tensor([0.2166]))])"
    )
    parameters = "print(*[(name, p.shape) for name, p in net[2].named_parameters()])"
    assert printed(page, parameters) == "('weight', torch.Size([1, 8])) ('bias', torch.Size([1]))"
    cut = "all => all.filter(pre => pre.scrollWidth > pre.clientWidth).map(pre => pre.textContent)"
    soon(page, lambda: page.locator(f"{_PANEL} pre").evaluate_all(cut), [])


def test_searching_for_a_print_leads_to_it(dashboard: str, browser: Browser) -> None:
    page = modules(browser, dashboard, _LAST, (1280, 720))
    press(page, page.locator(".tree .row .label", has_text="bias").first)
    expect(page.get_by_text("print(net[0].bias.data)", exact=True)).to_be_visible()
    search(page, "named_parameters")
    expect(page.get_by_text("net.named_parameters()])")).to_be_visible()
    search(page, "net[2].state_dict()")
    expect(page.get_by_text("print(net[2].state_dict())", exact=True)).to_be_visible()


def test_a_long_text_scrolls_in_a_box_that_the_keyboard_reaches(dashboard: str, browser: Browser) -> None:
    page = modules(browser, dashboard, Recipe("gpt"), (1280, 720))
    said = page.get_by_text(re.compile(r"^The first 1?\d,\d{3} of [\d,]+ characters\.$"))
    expect(said).to_be_visible()
    shown = printed(page, "print(net.state_dict())")
    assert said.inner_text().startswith(f"The first {len(shown):,} of ")
    assert shown.endswith((",", "]"))  # a whole line: half of a number would be another number
    boxes = page.locator(f"{_PANEL} [data-testid=stVerticalBlock]")
    reached = """all => {
        const scrolled = all.filter(box => box.scrollHeight > box.clientHeight + 1)
        return scrolled.length >= 2 && scrolled.every(box => box.querySelector('button'))
    }"""
    soon(page, lambda: boxes.evaluate_all(reached), True)


@pytest.mark.parametrize("model", ["mlp", "lstm", "gpt", "autoencoder"])
def test_the_tree_shows_every_column_from_1024_pixels_on(dashboard: str, browser: Browser, model: str) -> None:
    page = modules(browser, dashboard, Recipe(model), (1024, 700))
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_function(
            "pane => pane.scrollWidth <= pane.clientWidth", arg=page.locator(".tree .pane").element_handle()
        )
