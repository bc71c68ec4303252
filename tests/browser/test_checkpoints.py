"""A file of tensors in a real browser: it opens first, is changed, and a link to it asks for the same file."""

from pathlib import Path

import torch
from playwright.sync_api import Browser, expect
from safetensors.torch import save_file

from tests.running import click, open_page, server, settle, visit


def test_a_file_opens_is_drawn_anew_and_its_link_asks_for_the_same_bytes(browser: Browser, tmp_path: Path) -> None:
    path, other = tmp_path / "weights.safetensors", tmp_path / "other.safetensors"
    save_file({"layers.0.weight": torch.randn(6, 5), "layers.0.bias": torch.zeros(6)}, path)
    save_file({"w": torch.ones(3)}, other)
    with server(arguments=["--checkpoint", str(path)]) as url:
        page = open_page(browser, url)
        expect(page.get_by_text("These are the tensors of weights.safetensors")).to_be_visible()
        expect(page.get_by_text("Loaded from weights.safetensors.").first).to_be_visible()
        visit(page, "Modules")
        expect(page.get_by_text("a file alone holds tensors and no code to run")).to_be_visible()
        visit(page, "Initialize")
        click(page, "apply")
        expect(page.get_by_test_id("stSidebar").get_by_text("xavier_uniform_")).to_be_visible()
        address = page.url.removeprefix(url)
        page.close()
    with server(arguments=["--checkpoint", str(other)]) as url:
        page = open_page(browser, url + address)
        settle(page)
        expect(page.get_by_text("The checkpoint weights.safetensors with SHA-256")).to_be_visible()
        expect(page.get_by_text("paramscope weights.safetensors, or --checkpoint and its path")).to_be_visible()
    with server(arguments=["--checkpoint", str(path.rename(tmp_path / "mine.safetensors"))]) as url:
        page = open_page(browser, url + address)
        expect(page.get_by_role("combobox", name="Model")).to_have_value("mine.safetensors")
        expect(page.get_by_test_id("stSidebar").get_by_text("xavier_uniform_")).to_be_visible()
