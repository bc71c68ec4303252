"""Whether code builds and changes a model by plain means only, so that short lines are sure to find what they mean.

Of a model that plain code built, `net[2]` is the module named "2", every module named Linear that the code spells
`nn.Linear` is that one, and its `weight` is a parameter. `nn.Sequential(...)[2:]` keeps the names of what was cut off,
`weight_norm` makes a weight that is none, and a package may have a Linear of its own: such code is not plain.
"""

import ast
from functools import lru_cache

from . import catalog
from .recipe import Recipe
from .steps import Custom, FileInit

_IMPORTS = frozenset(
    {
        *("__future__", "math", "random", "numpy", "copy", "typing", "functools", "itertools", "dataclasses"),
        *("torch", "torch.nn", "torch.nn.functional", "torch.nn.init", "scipy", "scipy.stats"),
    }
)
#: Attributes and names that reach into a model's registers, name its parts otherwise, or make names at run time.
_SPECIAL = frozenset(
    {
        *("utils", "ao", "quantized", "quantizable", "intrinsic", "qat", "parametrize", "prune", "swap_module"),
        *("ModuleDict", "ParameterDict", "OrderedDict", "children", "named_children", "add_module"),
        *("register_module", "register_parameter", "insert", "pop", "popitem", "update", "setdefault", "setattr"),
        *("delattr", "getattr", "exec", "eval", "compile", "globals", "locals", "vars", "__import__"),
        "fuse_modules",
    }
)
#: What code may set on something that is not its own.
_SETTABLE = frozenset({"data", "grad", "requires_grad"})
_CONTAINERS = ("Sequential", "ModuleList", "ParameterList")


def is_plain(recipe: Recipe) -> bool:
    """Whether all code that a recipe runs is plain; nothing is known of what the operator's files hold.

    The containers of a checkpoint have no positions: `net[2]` is none of them.
    """
    unknown = catalog.is_own(recipe.model) or catalog.is_checkpoint(recipe.model)
    if unknown or any(isinstance(step, FileInit) for step in recipe.steps):
        return False
    if recipe.source is not None and not builds_plainly(recipe.source.code):
        return False
    return all(leaves_nothing(step.code) for step in recipe.steps if isinstance(step, Custom))


@lru_cache(maxsize=256)
def builds_plainly(code: str) -> bool:
    """Whether model code uses nothing but torch's own layers and containers, in the plain way."""
    nodes = _nodes(code)
    return nodes is not None and not any(_special(node) or _renumbers(node) for node in nodes)


@lru_cache(maxsize=256)
def leaves_nothing(code: str) -> bool:
    """Whether init code writes values and leaves nothing of its own in the model: no hook, no module, no attribute."""
    nodes = _nodes(code)
    return nodes is not None and not any(_special(node) or _may_leave(node) for node in nodes)


def _nodes(code: str) -> list[ast.AST] | None:
    try:
        return list(ast.walk(ast.parse(code)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _special(node: ast.AST) -> bool:
    match node:
        case ast.Import(names=names):
            return any(alias.name not in _IMPORTS for alias in names)
        case ast.ImportFrom(module=module, names=names):
            return module not in _IMPORTS or any(alias.name == "*" or alias.name in _SPECIAL for alias in names)
        case ast.Attribute(attr=name, ctx=ast.Load()):
            dunder = name.startswith("__") and name not in ("__init__", "__name__")
            return name in _SPECIAL or dunder or name in ("_modules", "_parameters", "_buffers")
        case ast.Attribute(value=owner, attr=name):  # set or deleted
            own = isinstance(owner, ast.Name) and owner.id == "self" and not name.startswith("__")
            return isinstance(node.ctx, ast.Del) or (not own and name not in _SETTABLE)
        case ast.Name(id=name):
            return name in _SPECIAL
        case ast.Call(func=ast.Name(id="type"), args=[_, _, *_]):
            return True
        case ast.Subscript(ctx=ast.Del()):
            return True
    return False


def _renumbers(node: ast.AST) -> bool:
    """Whether it may take a part of a container, or make a container of its own kind."""
    if isinstance(node, ast.ClassDef):
        return any(ast.unparse(base).endswith(_CONTAINERS) for base in node.bases)
    return _slices(node)


def _slices(node: ast.AST) -> bool:
    """Whether it reads a slice; `w[:, 0] = 0` writes one."""
    if not isinstance(node, ast.Subscript) or not isinstance(node.ctx, ast.Load):
        return False
    return any(isinstance(part, ast.Slice) for part in ast.walk(node.slice))


def _may_leave(node: ast.AST) -> bool:
    match node:
        case ast.ClassDef():
            return True
        case ast.Assign(targets=targets, value=value):  # net[0] = net[2:], say
            slots = any(isinstance(target, ast.Subscript) for target in targets)
            return slots and any(_slices(part) for part in ast.walk(value))
        case ast.Attribute(attr=name):
            return "register" in name or name in ("append", "extend")
        case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)):
            return name[:1].isupper()
    return False
