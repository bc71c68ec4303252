"""Recipes with code in them, short to write."""

from core.engine.span import Span
from core.recipe.catalog import CODE
from core.recipe.recipe import Recipe
from core.recipe.steps import Custom, Source

GOOD = "def my_init(m):\n    if isinstance(m, nn.Linear):\n        nn.init.uniform_(m.weight, -10, 10)"
ENDLESS = "while True: net"


def running(statements: str, seed: int = 0, model: str = "mlp") -> Span:
    """Statements on the net, from the build on."""
    return Span(Recipe(model, steps=(Custom(statements, "", "statements", seed=seed),)), 0, 1)


def good(seed: int = 0, model: str = "mlp") -> Span:
    """An init of every linear layer."""
    return Span(Recipe(model, steps=(Custom(GOOD, "my_init", "modules", seed=seed),)), 0, 1)


def model_code(seed: int = 0) -> Span:
    """A model with a class of its own, so that a process with its code stays to be asked."""
    code = (
        "class Net(nn.Linear):\n    def __init__(self):\n        super().__init__(4, 2)\n"
        "def batch(size):\n    return torch.ones(size, 4), torch.zeros(size, 2)\n"
        "loss = nn.functional.mse_loss"
    )
    return Span(Recipe(CODE, seed, source=Source(code, "Net")), 0, 0)
