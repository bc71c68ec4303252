"""The lines of Python that an initialize step stands for: which modules, which of their parameters, and the draw."""

import ast
from dataclasses import dataclass
from functools import lru_cache
from typing import assert_never

from . import catalog
from .expression import indented, module_place, quoted, tensor_place
from .own_names import free
from .plain_code import is_plain
from .recipe import Recipe
from .schemes.table import call_code
from .steps import Custom, Initialize, OneTensor, Pattern, Subtree

#: Types of torch that hold what they are given: one may have a weight where another has none.
_CONTAINERS = ("Module", "Sequential", "ModuleList", "ModuleDict", "ParameterList", "ParameterDict")


def is_glob(pattern: str) -> bool:
    """Whether a name is a shell pattern."""
    return any(character in pattern for character in "*?[")


def initialize_code(step: Initialize, recipe: Recipe) -> str:
    """The lines of the step."""
    lines = [f"torch.manual_seed({step.seed})"] if step.random else []
    match step.where:
        case OneTensor(name=name):
            lines.append(_draw(step, tensor_place(name, indexed=is_plain(recipe))))
        case Pattern(pattern=pattern):
            name, parameter = free("name", recipe), free("parameter", recipe)
            lines += [
                f"for {name}, {parameter} in net.named_parameters():",
                f"    if {free('fnmatchcase', recipe)}({name}, {quoted(pattern)}):",
                f"        {_draw(step, parameter)}",
            ]
        case Subtree() as where:
            init = free("init", recipe)
            lines += [f"def {init}(m):", *indented(_visit(step, where, recipe)), ""]
            lines.append(f"{module_place(where.root, indexed=is_plain(recipe))}.apply({init})")
        case _:
            assert_never(step.where)
    return "\n".join(lines)


def _visit(step: Initialize, where: Subtree, recipe: Recipe) -> list[str]:
    """The body of the function that `apply` calls: which modules, which of their own parameters."""
    kind, parameter = where.module_type, where.parameter
    names = _names_in(recipe)
    if parameter in ("weight", "bias") and kind in names.of_torch and kind not in _CONTAINERS:
        optional = parameter == "bias" or "Norm" in kind
        present = f" and m.{parameter} is not None" if optional else ""
        return [f"if type(m) == nn.{kind}{present}:", f"    {_draw(step, f'm.{parameter}')}"]
    matches = free("fnmatchcase", recipe)
    wanted = f"{matches}(name, {quoted(parameter)})" if is_glob(parameter) else f"name == {quoted(parameter)}"
    draw = [
        "for name, parameter in m.named_parameters(recurse=False):",
        f"    if {wanted}:",
        f"        {_draw(step, 'parameter')}",
    ]
    if not kind:
        return draw
    if kind in names.of_torch:
        test = f"type(m) == nn.{kind}"
    elif kind in names.own:
        test = f"type(m) == {kind}"
    else:
        test = f"type(m).__name__ == {quoted(kind)}"
    return [f"if {test}:", *indented(draw)]


def _draw(step: Initialize, target: str) -> str:
    return call_code(step.scheme, step.options, target)


@dataclass(frozen=True)
class _Names:
    """Names of module types in a person's code.

    Attributes:
        of_torch: those it spells `nn.X`; defined: those it defines, imports or assigns, which are not torch's for sure.
        own: those that a model of the catalog defines.
    """

    of_torch: frozenset[str] = frozenset()
    defined: frozenset[str] = frozenset()
    own: frozenset[str] = frozenset()


def _names_in(recipe: Recipe) -> _Names:
    """Which types the recipe's code says to be torch's, where all of it is plain; of other code nothing is known.

    A type of another name or origin is found by its class's name, as a replay finds it.
    """
    if not is_plain(recipe):
        return _Names()
    codes = [step.code for step in recipe.steps if isinstance(step, Custom)]
    model = catalog.source(recipe.model) if recipe.source is None else recipe.source.code
    each = [_names(text) for text in (model, *codes)]
    defined = frozenset().union(*(names.defined for names in each))
    own = _names(model).defined if recipe.source is None else frozenset()
    if "nn" in defined:
        return _Names(frozenset(), defined, own)
    return _Names(frozenset().union(*(names.of_torch for names in each)) - defined, defined, own)


@lru_cache(maxsize=64)
def _names(text: str) -> _Names:
    try:
        nodes = list(ast.walk(ast.parse(text)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return _Names()
    of_torch, defined = set(), set()
    for node in nodes:
        match node:
            case ast.Attribute(value=ast.Name(id="nn"), attr=attribute):
                of_torch |= {attribute, attribute.removeprefix("Lazy")}  # a LazyLinear becomes a Linear
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.Name(id=name, ctx=ast.Store()):
                defined.add(name)
            case ast.ImportFrom(module="torch"):
                defined |= {alias.asname or alias.name for alias in node.names if alias.name != "nn"}
            case ast.Import() | ast.ImportFrom():
                defined |= {alias.asname or alias.name for alias in node.names if alias.name != "torch.nn"}
    return _Names(frozenset(of_torch), frozenset(defined))
