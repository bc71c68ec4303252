"""Of a model without a batch, or whose batch fails, the Tying page says what is unknown and how to know it."""

import re

import pytest

from core.recipe.catalog import CODE
from core.recipe.recipe import Recipe
from core.recipe.steps import Source
from tests.pages.test_pages import assert_calm, shown
from tests.pages.test_tying_pages import open_view

#: Each uses a parameter twice, once under two names and once under one, so that any claim of "once" is false.
NETS = {
    "siamese": (
        "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.a = nn.Linear(4, 4)\n"
        "    def forward(self, x):\n        return self.a(self.a(x))\n"
    ),
    "tied": (
        "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.a = nn.Linear(4, 4)\n"
        "        self.b = nn.Linear(4, 4)\n        self.b.weight = self.a.weight\n"
        "    def forward(self, x):\n        return self.b(self.a(x))\n"
    ),
}
BATCHES = {
    "": "unknown: the model comes without batch(size); add def batch(size)",
    "def batch(size): raise KeyError('x')\n": "unknown: batch(size) fails: KeyError: 'x'",
    "def batch(size): return torch.ones(size, 3), torch.ones(size, 4)\n": "unknown: the forward pass fails: mat1",
}
ONCE = re.compile(r"once at most|more than once|one part|one use|one operation", re.IGNORECASE)


@pytest.mark.parametrize("view", ["Shared", "Gradients", "Training", "Survival", "Misconceptions"])
@pytest.mark.parametrize("net", NETS)
def test_no_view_claims_to_know_the_uses(net: str, view: str) -> None:
    for batch, said in BATCHES.items():
        app = open_view(view, Recipe(CODE, source=Source(f"{NETS[net]}def build(): return Net()\n{batch}", "build")))
        assert_calm(app)
        text = shown(app).replace("\\", "")
        assert not ONCE.search(text), text
        if view in ("Shared", "Gradients", "Training"):
            assert said in text


def test_a_model_without_a_loss_is_not_said_to_fail() -> None:
    batch = "def batch(size): return torch.ones(size, 4), torch.ones(size, 4)\n"
    code = f"{NETS['siamese']}def build(): return Net()\n{batch}"
    for view in ("Gradients", "Training"):
        text = shown(open_view(view, Recipe(CODE, source=Source(code, "build")))).replace("\\", "")
        assert "The model comes without loss(output, target); add def loss(output, target)" in text
        assert "forward pass fails" not in text
