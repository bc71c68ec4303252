"""Models whose inits go wrong, and what a run of an init says of their tensors."""

from core.questions.code import Fate, Run
from core.recipe.recipe import Recipe
from core.recipe.steps import Source
from tests.code.written import step

TIED = (
    "def build():\n    a, b = nn.Linear(8, 12, bias=False), nn.Linear(8, 12, bias=False)\n    b.weight = a.weight\n"
    "    return nn.Sequential(a, nn.ReLU(), b)"
)
NESTED = (
    "def build():\n    return nn.Sequential(\n"
    "        nn.Linear(4, 8), nn.Sequential(nn.Linear(8, 8), nn.Sequential(nn.Linear(8, 8))), nn.Linear(8, 1))"
)
SHARED = "def build():\n    block = nn.Sequential(nn.Linear(4, 4))\n    return nn.Sequential(block, nn.ReLU(), block)"
ONE_MEMORY = (
    "def build():\n    a, b = nn.Linear(8, 12, bias=False), nn.Linear(8, 12, bias=False)\n"
    "    b.weight.data = a.weight.data\n    return nn.Sequential(a, b)"
)
IN_A_LIST = (
    "from collections import OrderedDict, deque, namedtuple\nfrom dataclasses import dataclass\n"
    "from functools import partial\n\n\n@dataclass\nclass Data:\n    layer: object\n\n\n"
    "class Plain:\n    def __init__(self, layer):\n        self.layer = layer\n\n\n"
    "class Slots:\n    __slots__ = ('layer',)\n\n    def __init__(self, layer):\n        self.layer = layer\n\n\n"
    "class Listed(list):\n    pass\n\n\nPair = namedtuple('Pair', 'layer other')\n\n\n"
    "def knowing(layer):\n    return lambda x: layer(x)\n\n\n"
    "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
    "        self.layers = {held}\n        self.last = nn.Linear(4, 1)"
)


INIT = "def f(m):\n    if isinstance(m, nn.Linear):\n        "
#: The tensors of the catalog's `mlp`.
ALL = {"0.weight", "0.bias", "2.weight", "2.bias"}


def of(model: str, *codes: str) -> Recipe:
    entry = "build" if "def build" in model else "Net"
    return Recipe("code", source=Source(model, entry), steps=tuple(step(code) for code in codes))


def touched(run: Run) -> set[str]:
    return {fate.name for fate in run.fates if fate.times and fate.kind.startswith("touched")}


def named(run: Run, kind: str) -> dict[str, Fate]:
    return {fate.name: fate for fate in run.fates if fate.kind == kind}
