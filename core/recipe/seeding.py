"""The lines that seed what a script's code may draw from: torch's stream, and where need be Python's and NumPy's."""

import ast
from functools import lru_cache

from . import catalog
from .own_names import free
from .plain_code import leaves_nothing
from .recipe import Recipe
from .steps import Custom, FileInit

#: Modules that draw from torch's stream or from none; any other may draw from NumPy's or Python's, as scipy.stats does.
_QUIET = frozenset(
    {
        *("__future__", "abc", "bisect", "cmath", "collections", "contextlib", "copy", "dataclasses", "decimal"),
        *("enum", "fnmatch", "fractions", "functools", "heapq", "inspect", "itertools", "json", "math", "numbers"),
        *("operator", "re", "string", "textwrap", "torch", "types", "typing", "warnings"),
    }
)
#: Names by which code reaches what it does not import by name.
_DYNAMIC = frozenset({"exec", "eval", "__import__", "importlib", "modules", "random", "numpy", "np"})


def seeding(seed: int, recipe: Recipe, *, elsewhere: bool = True) -> str:
    """The lines that seed torch, and where code may draw elsewhere, the other two streams."""
    lines = [f"torch.manual_seed({seed})"]
    if elsewhere:
        lines.append(_imported("random", f"seed({seed})", recipe))
        lines.append(_imported("numpy", f"random.seed({seed % 2**32})", recipe))
    return "\n".join(lines)


def model_seeding(seed: int, recipe: Recipe) -> str:
    """The lines that seed what the model's own code may draw from as it is read and built."""
    return seeding(seed, recipe, elsewhere=_model_draws_elsewhere(recipe))


def run_seeding(seed: int, recipe: Recipe) -> str:
    """The lines before the model runs, which is its own code and what others have left in it."""
    return seeding(seed, recipe, elsewhere=_run_draws_elsewhere(recipe))


def step_seeding(step: Custom, recipe: Recipe) -> str:
    """The lines before a step's code, which may call the model's."""
    return seeding(step.seed, recipe, elsewhere=draws_elsewhere(step.code) or _run_draws_elsewhere(recipe))


@lru_cache(maxsize=256)
def draws_elsewhere(code: str) -> bool:
    """Whether code may draw from NumPy's or Python's stream, by what it imports and mentions."""
    try:
        nodes = list(ast.walk(ast.parse(code)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return True
    for node in nodes:
        match node:
            case ast.Import(names=names):
                found = {alias.name.partition(".")[0] for alias in names} - _QUIET
            case ast.ImportFrom(module=module, level=level):
                found = {(module or "").partition(".")[0] if not level else "."} - _QUIET
            case ast.Name(id=name) | ast.Attribute(attr=name):
                found = {name} & _DYNAMIC
            case _:
                continue
        if found:
            return True
    return False


def _model_draws_elsewhere(recipe: Recipe) -> bool:
    if catalog.is_own(recipe.model):
        return True
    return recipe.source is not None and draws_elsewhere(recipe.source.code)


def _run_draws_elsewhere(recipe: Recipe) -> bool:
    return _model_draws_elsewhere(recipe) or any(
        isinstance(step, FileInit)
        or (isinstance(step, Custom) and draws_elsewhere(step.code) and not leaves_nothing(step.code))
        for step in recipe.steps
    )


def _imported(module: str, call: str, recipe: Recipe) -> str:
    name = free(module, recipe)
    return f"import {module}{f' as {name}' if name != module else ''}; {name}.{call}"
