"""The Python expressions that reach one tensor of a live model, each giving the very same object."""

from typing import Literal

import torch
from torch import nn

from ..recipe.expression import identifier
from .walk import find_module, find_tensor, join, path, split

_INDEXED = (nn.Sequential, nn.ModuleList)


def reach(model: nn.Module, name: str) -> tuple[str, ...]:
    """Expressions on `net` that return the tensor of that qualified name: by position, by attribute, by getter.

    Raises:
        ValueError: there is no such module.
    """
    registered = _registered(model, name)
    if any(_is_hidden(*each) for each in registered):
        return (_by_registers(registered),)
    owner_name, last = split(name)
    owner = find_module(model, owner_name)
    getter = "get_parameter" if last in owner._parameters else "get_buffer"
    by_getter = () if isinstance(model, torch.jit.ScriptModule) else (f"net.{getter}({name!r})",)  # which has no getter
    paths = [_path(model, owner_name, positions=positions) for positions in (True, False)]
    expressions = [f"{path}{_attribute(last)}" for path in paths if path is not None and _attribute(last)]
    return tuple(dict.fromkeys([*expressions, *by_getter]))


def reach_module(model: nn.Module, name: str) -> str:
    """An expression on `net` that returns the module of that qualified name."""
    registered = _registered(model, name, is_module=True) if name else []
    if any(_is_hidden(*each) for each in registered):
        return _by_registers(registered)
    paths = (_path(model, name, positions=positions) for positions in (True, False))
    return next((path for path in paths if path is not None), f"net.get_submodule({name!r})")


_Register = Literal["_modules", "_parameters", "_buffers"]


def _registered(model: nn.Module, name: str, *, is_module: bool = False) -> list[tuple[nn.Module, _Register, str]]:
    """The modules on the way to a tensor or module, each with the register and the key in it that lead on.

    Raises:
        ValueError: there is no such tensor.
    """
    owner = None if is_module else find_tensor(model, name).owner
    found: list[tuple[nn.Module, _Register, str]] = []
    reached, above = "", model
    for prefix, module in path(model, name):
        if module is not model:
            found.append((above, "_modules", split(prefix)[1]))
        reached, above = prefix, module
        if module is owner:
            break
    key = name.removeprefix(f"{reached}.") if reached else name
    register: _Register = "_modules" if is_module else "_parameters" if key in above._parameters else "_buffers"
    return [*found, (above, register, key)]


def _is_hidden(module: nn.Module, register: _Register, key: str) -> bool:
    """Whether a plain container, which takes any key, has something else under that attribute."""
    if type(module) is not nn.Module:
        return False
    before = key in vars(module) or hasattr(nn.Module, key)
    return before or "." in key or (register == "_modules" and (key in module._parameters or key in module._buffers))


def _by_registers(registered: list[tuple[nn.Module, _Register, str]]) -> str:
    return "net" + "".join(f".{register}[{key!r}]" for _, register, key in registered)


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
