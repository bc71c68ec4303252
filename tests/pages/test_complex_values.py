"""Of complex values it is said that picture, histogram and statistics are those of the magnitude."""

import torch

from core.recipe.catalog import CODE
from core.recipe.recipe import Recipe
from core.recipe.steps import Source
from core.replaying.replay import replay
from core.text import number
from tests.pages.test_pages import assert_calm, open_app, shown

_CODE = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.turn = nn.Parameter(torch.tensor([[3 + 4j, -1j], [0j, 1 - 1j]], dtype={dtype}))
        self.plain = nn.Parameter(torch.tensor([2.0, -2.0]))

def build():
    return Net()
"""


def test_a_card_says_so_and_its_numbers_are_those_of_the_magnitude() -> None:
    for dtype in ("torch.complex64", "torch.complex128"):
        recipe = Recipe(CODE, source=Source(_CODE.format(dtype=dtype), "build"))
        app = open_app(recipe)
        assert_calm(app)
        text = shown(app)
        magnitude = replay(recipe).get_parameter("turn").detach().to(torch.complex128).abs()
        assert f"of the magnitude |w|: mean **{number(magnitude.mean().item(), 3)}**" in text
        assert text.count("of the magnitude") == 1  # the other is real
        assert text.count("complex\\: magnitude shown") == 1
