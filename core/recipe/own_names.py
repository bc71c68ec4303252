"""How the texts in a script keep their names apart: a person's code and the lines around it share one namespace.

As a rule they do not meet. The lines around give way where they use a name of their own for something (`X`, `name`);
code that binds a name which others rely on, or whose text does not tell what it binds, is given a namespace of its own.
"""

import builtins
from functools import lru_cache

from . import catalog
from .code_names import GIVEN, CodeNames, code_names
from .plain_code import leaves_nothing
from .preamble import declaring
from .recipe import Recipe
from .steps import Custom

#: What the lines around rely on under its own name.
NEEDED = frozenset({"torch", "nn", "F", "math", "net", "type", "range", "setattr", "getattr", "abs", "exec"})
#: Names that the lines around bind for a moment.
GIVING_WAY = ("X", "y", "_", "w", "optimizer", "init", "name", "parameter", "copy", "fnmatchcase", "random", "numpy")


def free(name: str, recipe: Recipe, code: str = "") -> str:
    """A name for something of the script's own: this one where neither the recipe's code nor `code` uses it else."""
    taken = _taken(recipe) | _names(code).bound
    while name in taken:
        name += "_"
    return name


def free_to_call(function: str, recipe: Recipe) -> str:
    """A name for a function of the operator's files, which no other line of the script uses otherwise."""
    codes = [step.code for step in recipe.steps if isinstance(step, Custom)]
    used = _of_the_model(recipe).used.union(NEEDED, vars(builtins), *(_names(code).used for code in codes))
    while function in used:
        function += "_"
    return function


def model_stands_apart(recipe: Recipe) -> bool:
    """Whether the model's own code needs a namespace of its own."""
    if recipe.source is None:
        return False
    names = _names(recipe.source.code)
    return names.open or bool(names.bound & NEEDED)


def stands_apart(step: Custom, recipe: Recipe) -> bool:
    """Whether a step's code needs a namespace of its own: against the lines around, the model's, or another step's."""
    names = _names(step.code)
    if names.open or names.bound & NEEDED or _meets(_of_the_model(recipe), names):
        return True
    others = [other for other in recipe.steps if isinstance(other, Custom)]
    if step in others:
        others.remove(step)
    return any(_clash(step.code, other.code) or _clash(other.code, step.code) for other in others)


def apart(code: str, variable: str, *more: str) -> str:
    """The lines that run code in a namespace of its own, a dict of that name in which it also finds `more`."""
    text = code.replace("\\", "\\\\").replace('"""', r"\"\"\"")
    given = ", ".join(f'"{name}": {name}' for name in ("torch", "nn", "F", "math", *more))
    return "\n".join(
        [
            f'{variable} = {{"__name__": "__main__", {given}}}  # names of its own: others here would meet them',
            'exec("""\\',
            text,
            f'""", {variable})',
        ]
    )


@lru_cache(maxsize=64)
def _taken(recipe: Recipe) -> frozenset[str]:
    texts = [step.code for step in recipe.steps if isinstance(step, Custom) and not leaves_nothing(step.code)]
    return _of_the_model(recipe).bound.union(*(_names(text).bound for text in texts))


def _of_the_model(recipe: Recipe) -> CodeNames:
    """The names of the model's code where it stands in the script; its own namespace has but one."""
    if catalog.is_own(recipe.model):
        called = frozenset({recipe.model.rpartition(":")[2], "batch", "loss"})
        return CodeNames(called, used=called)
    if recipe.source is None:
        held = catalog.checkpoint(recipe.model)
        return code_names(catalog.source(recipe.model) + (held.loading if held else ""))
    return CodeNames() if model_stands_apart(recipe) else _names(recipe.source.code)


def _names(code: str) -> CodeNames:
    return code_names(declaring(code))


def _clash(earlier: str, later: str) -> bool:
    """Whether one step's code changes what another's means, were it run after it in one namespace."""
    first, second = _names(earlier), _names(later)
    return _hides(first, second) or (not leaves_nothing(earlier) and _meets(first, second))


def _meets(first: CodeNames, second: CodeNames) -> bool:
    """Whether the second text binds anew what the first uses, or finds what the first has bound instead of its own.

    What both import alike stays what it is.
    """
    anew = {one.name for one in second.imports - first.imports if not one.usual} | second.assigned
    back = {one.name for one in second.imports if one.usual and one not in first.imports}
    again = {one.name for one in second.imports & first.imports}
    return bool(anew & first.used or back & first.bound or again & first.assigned) or _hides(first, second)


def _hides(first: CodeNames, second: CodeNames) -> bool:
    """Whether the first text binds a name that the second knows from Python, or from what all code is given."""
    found = second.used - second.assigned - {one.name for one in second.imports}
    return bool(first.bound & (found | (second.used & (GIVEN | vars(builtins).keys()))))
