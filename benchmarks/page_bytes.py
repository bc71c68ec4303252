"""Bytes the server sends for one tensor's large view, in a real Chromium, and for the largest weight of a 7B model.

Counts what arrives over the page's WebSocket from the click on Open until everything is drawn. The 4096 × 11008 weight
is too large for the catalog's models: its drawing is made from the same measurement and packed.
Reach: under 400 kB for any single tensor.
"""

import sys

import torch
from playwright.sync_api import Page, WebSocket
from torch import nn

from core.figures.card import large_drawing
from core.recipe import link
from core.recipe.catalog import MODELS
from core.recipe.recipe import Recipe
from core.recipe.steps import Initialize, Pattern
from core.tensor.compare import Comparison
from pages.components.canvas import pack
from tests.running import chromium, open_page, press, server, settle

_OPEN = "[data-testid=stMain] [class*=st-key-open_] button:visible"
_LIMIT = 400_000
_LARGEST = {"deep_mlp": (("depth", 2), ("width", 512), ("activation", "relu"))}


def main() -> int:
    """Measure, print, and return 1 where the reach is missed."""
    sizes: dict[str, int] = {}
    with server() as url, chromium() as browser:
        for model in MODELS:
            recipe = Recipe(model, arguments=_LARGEST.get(model, ()), steps=MODELS[model].opening[:1])
            recipe = recipe.then(Initialize("normal", Pattern("*"), seed=2))
            page = open_page(browser, url)
            received = _count(page)
            page.goto(f"{url}/?recipe={link.encode(recipe)}")
            settle(page)
            for index in range(page.locator(_OPEN).count()):
                button = page.locator(_OPEN).nth(index)
                received[0] = 0
                press(page, button)
                name = page.locator("h3").first.inner_text()
                sizes[f"{model} {name}"] = received[0]
                press(page, page.get_by_role("button", name="All tensors"))
            page.context.close()
    sizes["Linear(11008, 4096) weight"] = _large_weight()
    for name, size in sorted(sizes.items(), key=lambda item: -item[1])[:8]:
        print(f"{size / 1000:8.1f} kB  {name}")
    largest = max(sizes.values())
    print(f"most for any of {len(sizes)} tensors: {largest / 1000:.1f} kB (reach: under {_LIMIT / 1000:g} kB)")
    return int(largest >= _LIMIT)


def _count(page: Page) -> list[int]:
    """A cell that grows with every byte that arrives over the page's WebSockets."""
    received = [0]

    def listen(socket: WebSocket) -> None:
        socket.on("framereceived", lambda payload: received.__setitem__(0, received[0] + len(payload)))

    page.on("websocket", listen)
    return received


def _large_weight() -> int:
    torch.manual_seed(0)
    before = nn.Linear(11008, 4096, bias=False)
    after = nn.Linear(11008, 4096, bias=False)
    card = Comparison(before, after).card("weight", cells=160, as_difference=False)
    return len(pack(large_drawing(card)))


if __name__ == "__main__":
    sys.exit(main())
