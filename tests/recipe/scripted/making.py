"""Recipes around a person's code, short to write."""

import textwrap

from core.code.reading import read
from core.recipe.recipe import Recipe
from core.recipe.steps import (
    Custom,
    Forward,
    Initialize,
    OneTensor,
    Pattern,
    Source,
    Step,
    Subtree,
    Train,
)

RUNS = """

def batch(size):
    return torch.rand(size, 4), torch.rand(size, 4)


def loss(output, target):
    return F.mse_loss(output, target)
"""


def text(code: str) -> str:
    """Code as it stands here, without its indentation."""
    return textwrap.dedent(code).strip()


def model(code: str, *steps: Step, entry: str = "build", runs: str = RUNS, seed: int = 3) -> Recipe:
    """A model from code that maps 4 values to 4, and what is done to it."""
    return Recipe("code", seed, steps, source=Source(f"{text(code)}\n\n\n{text(runs)}", entry))


def init(code: str, seed: int = 5, root: str = "") -> Custom:
    """Code as the page reads it."""
    reading = read(text(code))
    return Custom(text(code), reading.function, reading.applies_to, root, seed)


def draws(*names: str) -> tuple[Step, ...]:
    return tuple(Initialize("normal", OneTensor(name), seed=index) for index, name in enumerate(names))


WEIGHTS = Initialize("normal", Subtree("", "Linear", "weight"), seed=7)
BIASES = Initialize("uniform", Subtree("", "Linear", "bias"), seed=8)
ALL = Initialize("normal", Pattern("*"), seed=9)
RUN = (Forward(1), Train(2, 0.1, 4))
