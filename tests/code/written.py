"""Init code for tests, and what a run of it does."""

from core.code.reading import read, read_source
from core.questions.code import Fate, Run
from core.recipe.recipe import Recipe
from core.recipe.steps import Custom, Source
from core.replaying.replay import replayed

MY_INIT = """
def my_init(m):
    if type(m) == nn.Linear:
        print("Init", *[(name, param.shape) for name, param in m.named_parameters()][0])
        nn.init.uniform_(m.weight, -10, 10)
        m.weight.data *= m.weight.data.abs() >= 5
"""
DRAW = "def draw(m):\n    if isinstance(m, nn.Linear):\n        nn.init.normal_(m.weight)\n"


def step(code: str, root: str = "", seed: int = 0) -> Custom:
    reading = read(code)
    return Custom(code, reading.function, reading.applies_to, root, seed)


def run_of(recipe: Recipe) -> Run:
    run = replayed(recipe).outcomes[-1].run
    assert run is not None
    return run


def fates(recipe: Recipe) -> dict[str, Fate]:
    return {fate.name: fate for fate in run_of(recipe).fates}


def on_model(code: str, init: str = DRAW) -> dict[str, Fate]:
    return fates(Recipe("code", source=Source(code, read_source(code).entry), steps=(step(init),)))
