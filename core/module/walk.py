"""Every module and tensor of a model under every name it has, without recursion and without reading a value.

`named_modules` and `named_parameters` leave out second names by default, recurse (a model nested deeper than about
1,000 levels fails) and never end on a module that contains itself; this walk does none of that.
"""

from collections.abc import Iterator
from typing import NamedTuple

from torch import Tensor, nn

from ..questions.model import TensorKind


class NamedModule(NamedTuple):
    """A module under one of its qualified names; `depth` is 0 for the root."""

    name: str
    module: nn.Module
    depth: int


class NamedTensor(NamedTuple):
    """A registered parameter or buffer under one of its qualified names, with the module that registers it."""

    name: str
    tensor: Tensor
    kind: TensorKind
    owner: nn.Module
    persistent: bool


def join(prefix: str, name: str) -> str:
    """The qualified name of `name` below `prefix`."""
    return f"{prefix}.{name}" if prefix else name


def split(name: str) -> tuple[str, str]:
    """The qualified name of the owner, and the last segment."""
    owner, _, last = name.rpartition(".")
    return owner, last


def named_modules(model: nn.Module) -> Iterator[NamedModule]:
    """Modules in registration order, parents first, once for every path; a module inside itself is left out."""
    stack: list[tuple[NamedModule, frozenset[int]]] = [(NamedModule("", model, 0), frozenset())]
    while stack:
        here, above = stack.pop()
        yield here
        name, module, depth = here
        children = module._modules
        if children:
            inside = above | {id(module)}
            stack += [
                (NamedModule(join(name, key), child, depth + 1), inside)
                for key, child in reversed(children.items())
                if child is not None and id(child) not in inside
            ]


def module_tensors(prefix: str, module: nn.Module) -> Iterator[NamedTensor]:
    """Parameters, then buffers, registered on `module` itself."""
    for registered in (module._parameters, module._buffers):
        for name, tensor in registered.items():
            if tensor is not None:
                yield named_tensor(prefix, module, name, tensor)


def named_tensor(prefix: str, module: nn.Module, name: str, tensor: Tensor) -> NamedTensor:
    """`tensor`, which `module`, itself named `prefix`, registers as `name`."""
    if name in module._parameters:
        return NamedTensor(join(prefix, name), tensor, "parameter", module, True)
    return NamedTensor(join(prefix, name), tensor, "buffer", module, name not in module._non_persistent_buffers_set)


def named_tensors(model: nn.Module) -> list[NamedTensor]:
    """Every registered tensor under every name, in registration order."""
    return [tensor for here in named_modules(model) for tensor in module_tensors(here.name, here.module)]


def child_of(module: nn.Module, name: str) -> nn.Module | None:
    """What the module registers as a child of that name, if anything; the registry of a ScriptModule has no `get`."""
    return module._modules[name] if name in module._modules else None  # noqa: SIM401


def parameter_of(module: nn.Module, name: str) -> nn.Parameter | None:
    """What the module itself registers as a parameter of that name, if anything."""
    return module._parameters[name] if name in module._parameters else None  # noqa: SIM401


def find_module(model: nn.Module, name: str) -> nn.Module:
    """The module of that qualified name.

    Raises:
        ValueError: there is none; names the nearest ancestor that exists and what it holds.
    """
    module, reached = model, ""
    for part in name.split(".") if name else ():
        child = child_of(module, part)
        if child is None:
            holds = ", ".join([*module._modules.keys()][:8]) or "no modules"
            raise ValueError(f"there is no module {name!r}: {reached or 'net'} holds {holds}")
        module, reached = child, join(reached, part)
    return module


def find_tensor(model: nn.Module, name: str) -> NamedTensor:
    """The parameter or buffer of that qualified name.

    A key that a module was given with dots in it, past `register_parameter`, is found too.

    Raises:
        ValueError: there is none; names what its module holds.
    """
    for prefix, module in path(model, name):
        key = name.removeprefix(f"{prefix}.") if prefix else name
        for registered in (module._parameters, module._buffers):
            if (tensor := registered.get(key)) is not None:
                return named_tensor(prefix, module, key, tensor)
    owner_name, _ = split(name)
    held = list(module_tensors(owner_name, find_module(model, owner_name)))
    holds = ", ".join(split(candidate.name)[1] for candidate in held) or "no parameters or buffers"
    raise ValueError(f"there is no tensor {name!r}: {owner_name or 'net'} holds {holds}")


def path(model: nn.Module, name: str) -> Iterator[tuple[str, nn.Module]]:
    """The modules on the way to a tensor or module of that name, the root first, each with its own name.

    It ends where the next segment is no module; a module of that very name is not among them.
    """
    module, reached = model, ""
    yield reached, module
    for part in name.split(".")[:-1]:
        child = module._modules.get(part)
        if child is None:
            return
        module, reached = child, join(reached, part)
        yield reached, module
