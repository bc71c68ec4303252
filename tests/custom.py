"""Recipes with code in them, short to write."""

from core.engine.pool import Span
from core.recipe.recipe import Recipe
from core.recipe.steps import Custom

GOOD = "def my_init(m):\n    if isinstance(m, nn.Linear):\n        nn.init.uniform_(m.weight, -10, 10)"
ENDLESS = "while True: net"


def running(statements: str, seed: int = 0, model: str = "mlp") -> Span:
    """Statements on the net, from the build on."""
    return Span(Recipe(model, steps=(Custom(statements, "", "statements", seed=seed),)), 0, 1)


def good(seed: int = 0, model: str = "mlp") -> Span:
    """An init of every linear layer."""
    return Span(Recipe(model, steps=(Custom(GOOD, "my_init", "modules", seed=seed),)), 0, 1)
