"""The lines that stand before a person's code in a script: seeds, imports, and the words of its declaration."""

import re

from . import catalog
from .expectations import WORDS
from .recipe import Recipe


def seeding(seed: int, code: str = "random") -> str:
    """The lines that seed what `code` may draw from; of code that is not at hand, everything."""
    others = [
        f"import random; random.seed({seed})",
        f"import numpy; numpy.random.seed({seed % 2**32})",
    ]
    return "\n".join([f"torch.manual_seed({seed})", *(others if re.search(r"\brandom\b", code) else [])])


def model_seeding(seed: int, recipe: Recipe) -> str:
    """The lines that seed what the model's own code may draw from."""
    if catalog.is_own(recipe.model):
        return seeding(seed)
    return seeding(seed, recipe.source.code if recipe.source else "")


def declaring(code: str) -> str:
    """Code as it runs without Paramscope, whose words in `expects = ...` then mean nothing."""
    words = (
        [word for word in WORDS if re.search(rf"\b{word}\(", code)]
        if re.search(r"^expects\b", code, re.MULTILINE)
        else []
    )
    meaningless = f"{' = '.join(words)} = lambda *_, **__: None  # the words of expects, which only Paramscope reads"
    return "\n".join([*([meaningless] if words else []), code.strip()])


def from_file(function: str, *more: str) -> str:
    """The line that imports a function of one of the operator's files, or what it is an attribute of."""
    file, _, called = function.rpartition(":")
    name = called.removesuffix("()").partition(".")[0]
    note = f"  # {file} of this Paramscope's command line" if file.endswith(".py") else ""
    return f"from {file.removesuffix('.py')} import {', '.join([name, *more])}{note}"
