"""What an imported file holds: functions that build a model, and inits."""

import functools
import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from torch import nn

from ..module.replica import replica
from ..recipe.expectations import Expectations
from ..recipe.expects import NAMES, expectations
from ..recipe.own_files import OwnArgument, OwnInit, OwnModel
from ..recipe.steps import AppliesTo
from ..text import article, first_line, plain
from .command_line import NamedFile
from .signatures import Signature, made_without_arguments, of_function

#: What a file that defines a model holds beside init functions.
_NO_INITS = frozenset({"build", "batch", "loss"})
#: Something to call, how it can be called, and what it is given if nobody says otherwise.
_Found = tuple[Callable[..., Any], Signature, AppliesTo]
_KINDS: dict[type, Literal["int", "float", "bool", "str"]] = {bool: "bool", int: "int", float: "float", str: "str"}


@dataclass(frozen=True)
class ModelFunctions:
    """What builds a model, and where its file has them, its batch and its loss; `net`: what `build` copies, or None."""

    record: OwnModel
    build: Callable[..., Any]
    batch: Callable[..., Any] | None
    loss: Callable[..., Any] | None
    declares: "Declares"
    net: nn.Module | None = None


@dataclass(frozen=True)
class InitFunction:
    """An init, or a class that makes one without arguments; and the module of the file that holds it."""

    record: OwnInit
    function: Callable[..., Any]
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
                held = {**vars(self.module), **(vars(holder) if isinstance(holder, type) else {})}
                try:
                    return expectations(declared, _text(self.module), name, held)
                except ValueError as error:
                    raise ValueError(f"{Path(str(self.module.__file__)).name} {error}") from None
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
            f"name one of them, as in {file.label}:NAME"
        )
    if isinstance(value, nn.Module):
        build: Callable[..., Any] = functools.partial(replica, value)
        arguments: tuple[OwnArgument, ...] = ()
    elif callable(value):
        build, arguments = value, tuple(_arguments(file.label, name, value))
    else:
        what = article(type(value).__name__)
        raise ValueError(f"{file.label}:{name} is {what}; it needs to be an nn.Module, or a function that gives one")
    batch, loss = getattr(module, "batch", None), getattr(module, "loss", None)
    record = OwnModel(_key(file, name), _about(value), arguments, is_net=isinstance(value, nn.Module))
    net = value if record.is_net else None
    return ModelFunctions(record, build, batch, loss, Declares(value, name, module), net)


def inits_in(file: NamedFile, module: ModuleType) -> Iterator[InitFunction]:
    """The init that is named, else every function that the file defines and that needs one argument.

    Raises:
        ValueError: there is none, or what is named cannot be called with one argument.
    """
    functions = {file.function: _named_init(file, module)} if file.function else _functions(module)
    if not functions:
        raise ValueError(
            f"{file.label} has no function of one argument, a module or a tensor; write def my_init(m): ..."
        )
    for name, (function, signature, wanted) in functions.items():
        record = OwnInit(
            _key(file, _called(name, function)), _about(function), wanted, signature.choices, plain(signature.text)
        )
        yield InitFunction(record, function, module)


def _named_init(file: NamedFile, module: ModuleType) -> _Found:
    """Whatever stands under the name, if it can be called as an init: a method, a partial or a lambda, too."""
    name, value = file.function, _named(module, file.function)
    if value is None:
        there = list(_functions(module))
        raise ValueError(f"{file.label} has no function {plain(name)}; it has {_listed(there)}")
    called = f"{file.label}:{name}"
    if isinstance(value, type) and issubclass(value, nn.Module):
        raise ValueError(f"{called} is a model's class; it needs to be a function of a module or a tensor")
    if isinstance(value, type) and not made_without_arguments(value):
        raise ValueError(
            f"{called} is a class{_lacks(value)}; it needs to be a function of a module or a tensor: "
            f"write my_init = {plain(name)}(...) in the file, and name that"
        )
    if isinstance(value, nn.Module) or not callable(value):
        what = article(type(value).__name__)
        raise ValueError(f"{called} is {what}; it needs to be a function of a module or a tensor")
    if file.made and not isinstance(value, type):
        raise ValueError(
            f"{called}() is what calling it gives; write my_init = {plain(name)}() in the file, and name that"
        )
    if refused := _never_run(value):
        raise ValueError(f"{called} {refused}")
    signature = of_function(name.rpartition(".")[2], value)
    if file.given and (chosen := _chosen(file.given, signature)):
        return value, signature, chosen
    wanted = signature.applies_to
    if file.given or not wanted:
        taken = plain(str(inspect.signature(value)))
        ways = f"it can be given {' or '.join(signature.choices)}, not {file.given}"
        how = "an init takes one argument, a module or a tensor: give the others defaults"
        how += f"; or say what it is given: --given {'|'.join(signature.choices)}" if signature.choices else ""
        raise ValueError(f"{called} takes {taken}; {ways if file.given and signature.choices else how}")
    return value, signature, wanted


def _never_run(value: Callable[..., Any]) -> str:
    """Why the body of a function does not run when it is called, with the way out; "" where it does."""
    kind = value if isinstance(value, type) else type(value)
    each = (value, next((vars(base)["__call__"] for base in kind.__mro__ if "__call__" in vars(base)), None))
    if any(map(inspect.iscoroutinefunction, each)) or any(map(inspect.isasyncgenfunction, each)):
        return "is async; write def instead of async def"
    if any(map(inspect.isgeneratorfunction, each)):
        return "is a generator: calling it runs none of its body; write it without yield"
    return ""


def _chosen(given: str, signature: Signature) -> AppliesTo | None:
    return next((way for way in signature.choices if way == given), None)


def _lacks(kind: type) -> str:
    return " made with arguments" if "__call__" in dir(kind) else " without __call__"


def _functions(module: ModuleType) -> dict[str, _Found]:
    """What a file itself defines that needs exactly what an init is given, by name."""
    found: dict[str, _Found] = {}
    for name, value in vars(module).items():
        if name.startswith("_") or name in _NO_INITS or not _is_own(value, module):
            continue
        signature = of_function(name, value)
        wanted = signature.applies_to
        if wanted and signature.required and not _never_run(value):
            found[name] = value, signature, wanted
    return found


def _is_own(value: object, module: ModuleType) -> bool:
    """Whether a file defines something that can be called: a function, a partial, an object or a class for it."""
    if isinstance(value, functools.partial):
        return True
    kind = value if isinstance(value, type) else type(value)
    if inspect.isfunction(value):
        return value.__module__ == module.__name__
    if kind.__module__ != module.__name__ or issubclass(kind, nn.Module):
        return False
    return made_without_arguments(kind) if kind is value else callable(value)


def _named(module: ModuleType, name: str) -> Any:
    """What a module holds under a name, which may go on with dots; None where there is nothing."""
    value: Any = module
    for part in name.split("."):
        value = getattr(value, part, None)
    return value


def _public(module: ModuleType) -> list[str]:
    return [name for name, value in vars(module).items() if not name.startswith("_") and NAMES.get(name) is not value]


def _key(file: NamedFile, name: str) -> str:
    """The name in recipes."""
    return f"{file.label}:{name}"


def _called(name: str, function: object) -> str:
    """As code calls it: of a class, an object that it makes."""
    return f"{name}()" if isinstance(function, type) else name


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
