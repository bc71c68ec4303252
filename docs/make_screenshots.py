"""Takes the documentation's pictures anew, in light and dark: `make screenshots`."""

from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page

from core.code.templates import INITS
from core.recipe import link
from core.recipe.recipe import Recipe
from core.recipe.steps import Custom, Edit, Initialize, Subtree, Train
from tests.running import chromium, click, open_page, press, server, settle

_FOLDER = Path(__file__).parent / "images"
_LESSON = (
    Recipe("mlp")
    .then(Initialize("xavier_uniform", Subtree("0", "Linear"), seed=1))
    .then(Initialize("uniform", Subtree("2", "Linear"), (("a", -10.0), ("b", 10.0)), seed=2))
    .then(Edit("2.weight", "w *= abs(w) >= 5"))
)
_TIED = Recipe("shared_mlp", steps=(Initialize("xavier_uniform", Subtree("", "Linear"), seed=1),))
_SHOTS = {
    "weights": _LESSON,
    "modules": Recipe("rgnet"),
    "initialize": Recipe("mlp", steps=_LESSON.steps[:1]),
    "schemes": Recipe("mlp", steps=_LESSON.steps[:1]),
    "custom": Recipe("mlp", steps=(*_LESSON.steps[:1], Custom(INITS[0].code, "my_init", seed=3))),
    "edit": _LESSON.then(Edit("0.weight", "w += 1")),
    "tying": _TIED.then(Train(10, 0.1, 2)).then(Edit("2.weight", "w[0, 0] = 1.0")),
    "script": _LESSON,
}
_SIZE = (1280, 720)
_TYING_VIEWS = ("Gradients", "Training", "Survival", "Misconceptions")


def main() -> None:
    """One picture a page and theme, one of a convolution's kernels drawn large, one of all schemes."""
    _FOLDER.mkdir(exist_ok=True)
    with server() as url, chromium() as browser:
        for name, recipe in _SHOTS.items():
            for scheme in ("light", "dark"):
                _take(browser, f"{url}/{name}?recipe={link.encode(recipe)}", name, scheme)
        for view in _TYING_VIEWS:
            page = open_page(browser, f"{url}/tying?recipe={link.encode(_TIED)}", size=_SIZE)
            press(page, page.get_by_role("radio", name=view, exact=True))
            if view == "Misconceptions":
                press(page, page.locator("[class*=st-key-claim_] summary").first)
            _save(page, f"tying-{view.lower()}-light")
        page = open_page(browser, f"{url}/?recipe={link.encode(_kernels())}", size=_SIZE)
        press(page, page.locator(".st-key-open_weights_3-weight button").first)
        _save(page, "kernels-light")
        page = open_page(browser, f"{url}/schemes?recipe={link.encode(_SHOTS['schemes'])}", size=_SIZE)
        press(page, page.get_by_role("radio", name="Gallery"))
        _save(page, "gallery-light")


def _kernels() -> Recipe:
    return Recipe("lenet").then(Initialize("kaiming_normal", Subtree("", "Conv2d"), seed=1))


def _take(browser: Browser, url: str, name: str, scheme: Literal["light", "dark"]) -> None:
    page = open_page(browser, url, scheme=scheme, size=_SIZE)
    if page.locator(".st-key-run_foreign").count():  # a link's code waits for its reader
        click(page, "run_foreign")
    _save(page, f"{name}-{scheme}")


def _save(page: Page, name: str) -> None:
    settle(page)
    page.wait_for_timeout(700)  # fonts and transitions
    page.screenshot(path=_FOLDER / f"{name}.png")
    page.close()
    print(name)


if __name__ == "__main__":
    main()
