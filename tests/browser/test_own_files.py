"""The operator's own files in a real browser: chosen, applied, reloaded; a bad one costs a sentence."""

from pathlib import Path

from playwright.sync_api import Browser, expect

from core.recipe import catalog, link
from core.recipe.own_files import OwnModel
from core.recipe.recipe import Recipe
from tests.running import choose, click, open_page, server, settle, visit

MODEL = """
from torch import nn

def build(width: int = 6, bias: bool = True, seed: int = 3):
    '''One layer, so that there is little to see.'''
    return nn.Sequential(nn.Linear(3, width, bias=bias))

def fill(m):
    '''Fills the weights.'''
    if isinstance(m, nn.Linear):
        nn.init.constant_(m.weight, 0.25)
"""


def test_a_model_and_an_init_of_ones_own_are_chosen_applied_and_reloaded(browser: Browser, tmp_path: Path) -> None:
    path, bad, doubles = tmp_path / "mine.py", tmp_path / "bad.py", tmp_path / "doubles.py"
    path.write_text(MODEL)
    bad.write_text("x = 1\n1 / 0\n")
    doubles.write_text("import torch\ntorch.set_default_dtype(torch.float64)\ndef init(m): ...\n")
    inits = [part for file in (path, bad, doubles) for part in ("--init", str(file))]
    with server(arguments=["--model", f"{path}:build", *inits]) as url:
        page = open_page(browser, url)
        expect(page.get_by_text("bad.py cannot be imported: bad.py line 2")).to_be_visible()
        undone = "doubles.py changes torch's default dtype to torch.float64; that was undone"
        expect(page.get_by_text(undone)).to_be_visible()
        expect(page.get_by_text("Isolation: on")).to_be_visible()
        expect(page.get_by_text("One layer, so that there is little to see.")).to_be_visible()  # what opens first
        choose(page, "model", "Nested blocks (rgnet)")
        choose(page, "model", "mine.py:build")
        expect(page.get_by_text("One layer, so that there is little to see.")).to_be_visible()
        visit(page, "Initialize")
        choose(page, "scheme", "mine.py:fill")
        click(page, "apply")
        expect(page.get_by_text("1 of 2 tensors touched")).to_be_visible()
        expect(page.get_by_test_id("stSidebar").get_by_text("mine.py:fill on net")).to_be_visible()
        expect(page.get_by_text("max 0.25", exact=False).or_(page.get_by_text("→ 0.25")).first).to_be_visible()

        path.write_text(MODEL.replace("0.25", "0.75"))
        page.reload()
        settle(page)
        expect(page.get_by_text("Your files changed on disk.")).to_be_visible()
        click(page, "reload_files")
        expect(page.get_by_text("→ 0.75").first).to_be_visible()
        expect(page.get_by_text("Your files changed on disk.")).to_have_count(0)


def test_a_link_to_a_model_that_is_not_here_says_what_to_start_paramscope_with(
    dashboard: str, browser: Browser
) -> None:
    catalog.register([OwnModel("mine.py:build", "", ())])
    try:
        gone = link.encode(Recipe("mine.py:build"))
    finally:
        catalog.register([])
    page = open_page(browser, f"{dashboard}/weights?recipe={gone}")
    expect(page.get_by_role("alert")).to_contain_text("start Paramscope with --model mine.py:build")
