"""Every page and every view, and how a person comes to see it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from playwright.sync_api import Browser, Page

from core.code.templates import INITS
from core.recipe import link
from core.recipe.recipe import Recipe
from core.recipe.steps import Custom, Edit, Initialize, Subtree, Train
from tests.running import press, settle

_MEASURES = Path(__file__).parent
_LESSON = (
    Recipe("mlp")
    .then(Initialize("xavier_uniform", Subtree("0", "Linear"), seed=1))
    .then(Initialize("uniform", Subtree("2", "Linear"), (("a", -10.0), ("b", 10.0)), seed=2))
    .then(Edit("2.weight", "w *= abs(w) >= 5"))
)
_CODE = Recipe("mlp").then(Custom(INITS[0].code, "my_init", seed=3))
_TIED = Recipe("shared_mlp").then(Train(5, 0.1, 2)).then(Edit("2.weight", "w[0, 0] = 1.0"))
_LENET = Recipe("lenet").then(Initialize("kaiming_normal", Subtree("", "Conv2d"), seed=1))


def _nothing(_page: Page) -> None:
    """The page as its address shows it."""


def _all_opened(page: Page) -> None:
    """Every line that folds out, folded out."""
    for _ in range(12):
        folded = page.locator("[data-testid=stMain] details:not([open]) > summary")
        if not folded.count():
            return
        press(page, folded.first)


def _opened_large(page: Page) -> None:
    press(page, page.locator("[data-testid=stMain] [class*=st-key-open_] button").first)
    page.get_by_role("button", name="All tensors").wait_for()
    settle(page)


def _agreed(page: Page) -> None:
    run = page.locator(".st-key-run_foreign button")
    if run.count():
        press(page, run)


def _popover(name: str) -> Callable[[Page], None]:
    def opened(page: Page) -> None:
        page.get_by_role("button", name=name).first.click()
        page.get_by_test_id("stPopoverBody").wait_for()
        page.wait_for_timeout(300)  # as long as it fades in

    return opened


@dataclass(frozen=True, slots=True)
class Scene:
    """A page or a view of one.

    Attributes:
        name: of the test; path: of the address; recipe: what was done so far; query: the rest of the address.
        reach: what a person does there first.
    """

    name: str
    path: str
    recipe: Recipe
    query: tuple[tuple[str, str], ...] = ()
    reach: Callable[[Page], None] = _nothing

    def opened(self, browser: Browser, dashboard: str, **query: str) -> Page:
        """A tab that shows it, 1440 × 900, light."""
        context = browser.new_context(viewport={"width": 1440, "height": 900}, color_scheme="light")
        page = context.new_page()
        page.add_init_script(path=_MEASURES / "canvas_texts.js")
        words = {"recipe": link.encode(self.recipe), **dict(self.query), **query}
        page.goto(f"{dashboard}/{self.path}?{urlencode(words)}")
        settle(page)
        self.reach(page)
        settle(page)
        page.evaluate((_MEASURES / "page.js").read_text("utf-8"))  # what the page's own policy would refuse as a script
        return page


def _view(page: str, name: str, recipe: Recipe, reach: Callable[[Page], None] = _nothing) -> Scene:
    return Scene(f"{page}: {name}", page, recipe, ((f"{page}_view", name),), reach)


SCENES = (
    Scene("weights", "", _LESSON),
    Scene("weights: verdicts", "", _LESSON, reach=_all_opened),
    Scene("weights: large", "", _LESSON, reach=_opened_large),
    Scene("weights: kernels", "", _LENET, reach=_opened_large),
    Scene("modules", "modules", _LESSON, reach=_all_opened),
    Scene("modules: a deep net", "modules", Recipe("rgnet")),
    Scene("initialize", "initialize", _LESSON),
    _view("schemes", "Compare", _LESSON),
    _view("schemes", "Gallery", _LESSON),
    _view("schemes", "Which scheme is this?", _LESSON),
    Scene("code", "custom", _CODE, reach=_agreed),
    Scene("code: model", "custom", _LESSON, (("code_view", "Model code"),)),
    Scene("code: not agreed to", "custom", _CODE),
    Scene("edit", "edit", _LESSON),
    _view("tying", "Shared", _TIED),
    Scene("tying: long names", "tying", Recipe("gpt")),
    _view("tying", "Gradients", _TIED),
    _view("tying", "Training", _TIED),
    _view("tying", "Survival", _TIED),
    _view("tying", "Misconceptions", _TIED, _all_opened),
    Scene("script", "script", _LESSON),
    Scene("sharing", "script", _LESSON, reach=_popover("Share")),
    Scene("downloads", "script", _LESSON, reach=_popover("Download")),
)


def named(scene: Scene) -> str:
    """Its name, for the list of tests."""
    return scene.name
