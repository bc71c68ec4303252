"""The Python expressions that reach one tensor of a live model, each giving the very same object."""

import torch
from torch import nn

from ..recipe.expression import identifier
from .walk import find_module, join, split

_INDEXED = (nn.Sequential, nn.ModuleList)


def reach(model: nn.Module, name: str) -> tuple[str, ...]:
    """Expressions on `net` that return the tensor of that qualified name: by position, by attribute, by getter.

    Raises:
        ValueError: there is no such module.
    """
    owner_name, last = split(name)
    owner = find_module(model, owner_name)
    getter = "get_parameter" if last in owner._parameters else "get_buffer"
    by_getter = () if isinstance(model, torch.jit.ScriptModule) else (f"net.{getter}({name!r})",)  # which has no getter
    paths = [_path(model, owner_name, positions=positions) for positions in (True, False)]
    expressions = [f"{path}{_attribute(last)}" for path in paths if path is not None and _attribute(last)]
    return tuple(dict.fromkeys([*expressions, *by_getter]))


def reach_module(model: nn.Module, name: str) -> str:
    """An expression on `net` that returns the module of that qualified name."""
    paths = (_path(model, name, positions=positions) for positions in (True, False))
    return next((path for path in paths if path is not None), f"net.get_submodule({name!r})")


def _path(model: nn.Module, name: str, *, positions: bool) -> str | None:
    """The expression of a module: children of containers by position everywhere, or only where they have no name."""
    expression, module, reached = "net", model, ""
    for part in name.split(".") if name else ():
        names = [*module._modules.keys()]
        # A ModuleList looks a number up by name, so that it reaches no child whose name is not its position.
        numbered = not isinstance(module, nn.ModuleList) or names == [str(i) for i in range(len(names))]
        indexable = isinstance(module, _INDEXED) and part in names and numbered
        if indexable and (positions or not _attribute(part)):
            expression += f"[{names.index(part)}]"
        elif isinstance(module, nn.ModuleDict):
            expression += f"[{part!r}]"
        elif _attribute(part):
            expression += _attribute(part)
        else:
            return None
        reached = join(reached, part)
        module = find_module(model, reached)
    return expression


def _attribute(part: str) -> str:
    return f".{part}" if identifier(part) else ""
