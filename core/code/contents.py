"""What an imported file holds: functions that build a model, and inits."""

import copy
import functools
import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from torch import nn

from ..recipe.expectations import Expectations
from ..recipe.expects import NAMES, expectations, located
from ..recipe.own_files import OwnArgument, OwnInit, OwnModel
from ..text import first_line, plain
from .command_line import NamedFile
from .signatures import of_function

#: What a file that defines a model holds beside init functions.
_NO_INITS = frozenset({"build", "batch", "loss"})
_KINDS: dict[type, Literal["int", "float", "bool", "str"]] = {bool: "bool", int: "int", float: "float", str: "str"}


@dataclass(frozen=True)
class ModelFunctions:
    """What builds a model, and where its file has them, its batch and its loss."""

    record: OwnModel
    build: Callable[..., Any]
    batch: Callable[..., Any] | None
    loss: Callable[..., Any] | None
    declares: "Declares"


@dataclass(frozen=True)
class InitFunction:
    """An init, and the module of the file that holds it."""

    record: OwnInit
    function: Callable[[Any], Any]
    module: ModuleType

    @property
    def declares(self) -> "Declares":
        """Where it says what its tensors should be."""
        return Declares(self.function, self.record.name.rpartition(":")[2].removesuffix("()"), self.module)


@dataclass(frozen=True)
class Declares:
    """Where what a file's function says of tensors stands: on it, `called` so there, or on the module of its file."""

    value: object
    called: str
    module: ModuleType

    def by(self, net: nn.Module | None = None, of_file: bool = True) -> Expectations | None:
        """Its own `expects`, else that of the class of the net that it built, else its file's; None without any.

        Args:
            net: what it built; of_file: whether what stands on the file is about it.

        Raises:
            ValueError: it cannot be read; one sentence.
        """
        holders = [(self.value, self.called)]
        while isinstance(holders[-1][0], functools.partial):
            holders.append((holders[-1][0].func, getattr(holders[-1][0].func, "__name__", "")))
        holders += [] if net is None else [(type(net), type(net).__name__)]
        holders += [(self.module, "")] if of_file else []
        for holder, name in holders:
            if (declared := getattr(holder, "expects", None)) is not None:
                return located(expectations(declared), _text(self.module), name)
        return None


def _text(module: ModuleType) -> str:
    """The text of a person's module; "" where it has none."""
    try:
        return inspect.getsource(module)
    except (OSError, TypeError):
        return ""


def model_in(file: NamedFile, module: ModuleType) -> ModelFunctions:
    """The model of a file: a function or class that builds it, or a net that is there already, which is copied.

    Raises:
        ValueError: there is none of that name, or it needs arguments.
    """
    name = file.function or "build"
    value = _named(module, name)
    if value is None:
        raise ValueError(
            f"{file.label} has no function or class {plain(name)}; it holds {_listed(_public(module))}; "
            f"write --model {file.label}:NAME"
        )
    if isinstance(value, nn.Module):
        build: Callable[..., Any] = functools.partial(copy.deepcopy, value)
        arguments: tuple[OwnArgument, ...] = ()
    elif callable(value):
        build, arguments = value, tuple(_arguments(file.label, name, value))
    else:
        what = type(value).__name__
        raise ValueError(f"{file.label}:{name} is a {what}; it needs to be an nn.Module, or a function that gives one")
    batch, loss = getattr(module, "batch", None), getattr(module, "loss", None)
    record = OwnModel(_key(file, name), _about(value), arguments, is_net=isinstance(value, nn.Module))
    return ModelFunctions(record, build, batch, loss, Declares(value, name, module))


def inits_in(file: NamedFile, module: ModuleType) -> Iterator[InitFunction]:
    """The init that is named, else every function that the file defines and that needs one argument.

    Raises:
        ValueError: there is none, or what is named cannot be called with one argument.
    """
    functions = {file.function: _init_named(file, module)} if file.function else _functions(module)
    if not functions:
        raise ValueError(
            f"{file.label} has no function of one argument, a module or a tensor; write def my_init(m): ..."
        )
    for name, function in functions.items():
        applies_to = of_function(name.rpartition(".")[2], function).applies_to
        yield InitFunction(OwnInit(_key(file, name), _about(function), applies_to), function, module)


def _init_named(file: NamedFile, module: ModuleType) -> Callable[[Any], Any]:
    """Whatever stands under the name, if it can be called with one argument: a partial or a lambda, too."""
    name, value = file.function, _named(module, file.function)
    if value is None:
        there = list(_functions(module))
        raise ValueError(f"{file.label} has no function {plain(name)}; it has {_listed(there)}")
    called = f"{file.label}:{name}"
    if isinstance(value, type | nn.Module) or not callable(value):
        what = "a class" if isinstance(value, type) else f"a {type(value).__name__}"
        raise ValueError(f"{called} is {what}; it needs to be a function of a module or a tensor")
    if inspect.iscoroutinefunction(value):
        raise ValueError(f"{called} is async; write def instead of async def")
    function: Callable[[Any], Any] = value
    if not of_function(name, function).takes_one:
        taken = plain(str(inspect.signature(function)))
        raise ValueError(
            f"{called} takes {taken}; an init takes one argument, a module or a tensor: give the others defaults"
        )
    return function


def _functions(module: ModuleType) -> dict[str, Callable[[Any], Any]]:
    """The functions that a file itself defines and that need exactly one argument, by name."""
    return {
        name: value
        for name, value in vars(module).items()
        if inspect.isfunction(value) and value.__module__ == module.__name__ and not name.startswith("_")
        if name not in _NO_INITS and not inspect.iscoroutinefunction(value)
        if (signature := of_function(name, value)).takes_one and signature.required == 1
    }


def _named(module: ModuleType, name: str) -> Any:
    """What a module holds under a name, which may go on with dots; None where there is nothing."""
    value: Any = module
    for part in name.split("."):
        value = getattr(value, part, None)
    return value


def _public(module: ModuleType) -> list[str]:
    return [name for name, value in vars(module).items() if not name.startswith("_") and NAMES.get(name) is not value]


def _key(file: NamedFile, name: str) -> str:
    """The name in recipes; of a method, its own."""
    return f"{file.label}:{name.rpartition('.')[2]}"


def _listed(names: list[str]) -> str:
    return plain(", ".join(names[:8])) or "nothing"


def _arguments(label: str, name: str, build: Callable[..., Any]) -> Iterator[OwnArgument]:
    try:
        signature = inspect.signature(build)
    except (TypeError, ValueError):
        return
    hints = _hints(build)
    for argument in signature.parameters.values():
        if argument.kind in (argument.VAR_POSITIONAL, argument.VAR_KEYWORD):
            continue
        default, hint = argument.default, hints.get(argument.name)
        if default is argument.empty:
            raise ValueError(f"{label}:{name} needs a default for {argument.name}; write {argument.name}=...")
        kind = _KINDS.get(type(default))
        if kind is not None:  # an argument of another type keeps its default
            words = get_args(hint) if get_origin(hint) is Literal else ()
            yield OwnArgument(argument.name, kind, default, tuple(str(word) for word in words))


def _hints(build: Callable[..., Any]) -> dict[str, Any]:
    try:
        return get_type_hints(build.__init__ if inspect.isclass(build) else build)
    except Exception:  # an annotation in quotes is code, which may raise anything
        return {}


def _about(value: object) -> str:
    """What a docstring says first; none where it is only that of its class."""
    if getattr(value, "__doc__", None) == nn.Module.__doc__ or isinstance(value, functools.partial):
        return ""
    return first_line(inspect.getdoc(value) or "")[:200]
