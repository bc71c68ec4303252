"""Importing the operator's files, in the process that workers are made from, without letting them harm it."""

import inspect
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from torch import nn

from ..recipe import catalog
from ..recipe.own_files import OwnArgument, OwnFiles, OwnInit, OwnModel
from ..text import plain
from .errors import reason_of
from .loading import module_of
from .printed import Printed
from .reading import applies_to
from .specs import Spec, version

#: Files that are not the operator's: Python's, installed packages, what has no file, and our own.
_NOT_THEIRS = (sys.prefix, sys.base_prefix, "<", str(Path(__file__).parents[1]))
#: What a process has imported, by recipe name: factories and init functions. Filled once, by `load`.
_functions: dict[str, Callable[..., Any]] = {}
_found = OwnFiles()
#: What a file that defines a model holds beside init functions.
_NO_INITS = frozenset({"build", "batch", "loss"})
_KINDS: dict[type, Literal["int", "float", "bool", "str"]] = {bool: "bool", int: "int", float: "float", str: "str"}


def load(specs: tuple[Spec, ...], broken: Mapping[Spec, str] | None = None) -> OwnFiles:
    """Import the files; one that fails is a complaint, and everything else still works.

    Args:
        specs: the files.
        broken: those that are known to be no good, each with the sentence on why: they are not imported.
    """
    global _found
    _functions.clear()
    models: list[OwnModel] = []
    inits: list[OwnInit] = []
    complaints: list[str] = []
    modules: dict[str, ModuleType] = {}
    digest = version(specs)
    for spec in specs:
        try:
            if broken and spec in broken:
                raise ValueError(broken[spec])  # caught below, with what importing says
            if spec.target not in modules:
                modules[spec.target] = imported(spec)
            module = modules[spec.target]  # once: a class imported twice is two classes
            if spec.kind == "model":
                models.extend(_models(spec, module))
            else:
                inits.extend(_inits(spec, module))
        except ValueError as error:
            complaints.append(str(error))
    _found = OwnFiles(tuple(models), tuple(inits), tuple(complaints), digest)
    catalog.register(_found.models)
    return _found


def found() -> OwnFiles:
    """What this process has imported."""
    return _found


class MissingError(ValueError):
    """A recipe names a function of a file that this Paramscope was not started with."""


def function(name: str) -> Callable[..., Any]:
    """The factory or init function of that recipe name.

    Raises:
        MissingError: there is none.
    """
    if name not in _functions:
        raise MissingError(f"there is no {plain(name)} here; start Paramscope with its file, or choose another")
    return _functions[name]


def declared(name: str) -> object:
    """What an init function says its tensors should be: its own `expects`, else its file's; None where neither does."""
    found = function(name)
    return getattr(found, "expects", getattr(found, "__globals__", {}).get("expects"))


def optional(name: str) -> Callable[..., Any] | None:
    """As `function`, None where there is none."""
    return _functions.get(name)


def imported(spec: Spec) -> ModuleType:
    """The module of a spec, what it prints kept from the terminal.

    Raises:
        ValueError: it raises, starts a thread, or is not there; names the file and the line.
    """
    threads = max(threading.active_count(), _tasks())
    with Printed().capturing():
        try:
            module = module_of(spec.target)
        except BaseException as error:  # SystemExit too: it is the file's
            raise ValueError(f"{spec.label} cannot be imported: {where(error)}{reason_of(error)}") from None
    if max(threading.active_count(), _tasks()) > threads:
        raise ValueError(f"{spec.label} starts a thread when it is imported, which forking forbids; start it later")
    return module


def _tasks() -> int:
    """Threads of this process as the system counts them, also those that Python does not know of; 1 where unknown."""
    try:
        return len([*Path("/proc/self/task").iterdir()])
    except OSError:
        return 1


def where(error: BaseException) -> str:
    """Where in the operator's files an error arose, `inits.py line 3: `; "" where in none of them."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{Path(error.filename).name} line {error.lineno}: "
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if not frame.filename.startswith(_NOT_THEIRS)]
    return f"{Path(own[-1].filename).name} line {own[-1].lineno}: " if own else ""


def _models(spec: Spec, module: ModuleType) -> Iterator[OwnModel]:
    names = [spec.function] if spec.function else ["build"]
    for name in names:
        build = getattr(module, name, None)
        if not callable(build):
            raise ValueError(f"{spec.label} has no function or class {name}; write --model {spec.label}:NAME")
        key = f"{spec.label}:{name}"
        arguments = tuple(_arguments(spec.label, name, build))
        _functions[key] = build
        yield OwnModel(key, _about(build), arguments, hasattr(module, "batch"), hasattr(module, "loss"))
    for extra in ("batch", "loss"):
        if hasattr(module, extra):
            _functions[f"{spec.label}:{names[0]}.{extra}"] = getattr(module, extra)


def _arguments(label: str, name: str, build: Callable[..., Any]) -> Iterator[OwnArgument]:
    try:
        signature, hints = inspect.signature(build), get_type_hints(build.__init__ if inspect.isclass(build) else build)
    except (TypeError, ValueError, NameError):
        signature, hints = inspect.Signature(), {}
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


def _inits(spec: Spec, module: ModuleType) -> Iterator[OwnInit]:
    found = {
        name: value
        for name, value in vars(module).items()
        if inspect.isfunction(value) and value.__module__ == module.__name__ and not name.startswith("_")
        if name not in _NO_INITS
    }
    if spec.function:
        if spec.function not in found:
            listed = ", ".join(found) or "none"
            raise ValueError(f"{spec.label} has no function {spec.function}; it has {plain(listed)}")
        found = {spec.function: found[spec.function]}
    taken = [(name, value) for name, value in found.items() if _takes_one(value)]
    if not taken:
        raise ValueError(
            f"{spec.label} has no function of one argument, a module or a tensor; write def my_init(m): ..."
        )
    for name, value in taken:
        key = f"{spec.label}:{name}"
        _functions[key] = value
        first = next(iter(inspect.signature(value).parameters.values()))
        annotation = "" if first.annotation is first.empty else str(first.annotation)
        yield OwnInit(key, _about(value), applies_to(name, first.name, annotation))


def _takes_one(value: Callable[..., Any]) -> bool:
    parameters = list(inspect.signature(value).parameters.values())
    required = [p for p in parameters if p.default is p.empty and p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)]
    return len(required) == 1 and required[0].kind is not required[0].KEYWORD_ONLY


def _about(value: object) -> str:
    about = (inspect.getdoc(value) or "").strip().partition("\n")[0]
    return "" if isinstance(value, type) and value.__doc__ == nn.Module.__doc__ else about[:200]
