"""Who makes a write: read from the Python stack at that moment, of which nothing is kept but words and numbers."""

import copy
import os
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FrameType, FunctionType, ModuleType
from typing import Any, Literal

import torch
from torch import Tensor, nn

from ..questions.story import Plain

#: What code a frame runs: a public function of `torch.nn.init`; torch's loading; its optimizers; a method of one of its
#: modules; what else torch and Python bring; this product's own; a person's.
Role = Literal["init", "loading", "optimizer", "module", "library", "own", "person"]
_TORCH = str(Path(torch.__file__).parent) + os.sep
_INIT = str(nn.init.__file__)
_SERIALIZATION = _TORCH + "serialization.py"
_MODULE = str(nn.modules.module.__file__)
_OPTIMIZERS = _TORCH + "optim" + os.sep
_LOADS = frozenset({"_load_from_state_dict", "load_state_dict"})
_CORE = str(Path(__file__).parents[1]) + os.sep
_MODELS = _CORE + "models" + os.sep
#: Where this product hands on what others call, as while it watches an init.
_ON_THE_WAY = frozenset({"__torch_dispatch__", "__torch_function__"})
_LIBRARY = str(Path(copy.__file__).parent) + os.sep
_PACKAGES = ("site-packages", "dist-packages")
_roles: dict[CodeType, Role] = {}


@dataclass(frozen=True, slots=True)
class Caller:
    """Who wrote.

    Attributes:
        role: of what torch itself calls, innermost first: its init, its module's own method, and so on; "person" where
            the author's code made the operation itself, "own" where this product did.
        function: the function of torch's that the author or a module called; "" where an operation was called itself.
        arguments: those of `function`, numbers and words alone.
        owner: the torch class whose default this is; None where it is none; reset: the name of its method.
        line: file and line of the author's code, "" for none.
    """

    role: Role
    function: str = ""
    arguments: tuple[tuple[str, Plain], ...] = ()
    owner: str | None = None
    reset: str = ""
    line: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """One call of an init function, told from the next by where in it a write is made."""

    key: tuple[int, ...]
    at: int

    def holds(self, other: "Call | None") -> bool:
        """Whether a later write is part of the same call: of the same frame, and further down in it."""
        return other is not None and self.key == other.key and other.at > self.at


def caller(frame: FrameType | None, operation: str) -> tuple[Caller, Call | None, Tensor | None]:
    """Who stands behind a write that is made in `frame` by an operation such as `mul_`.

    Of an init function also which call it is, and what it was given.
    """
    init: FrameType | None = None
    module: FrameType | None = None
    role: Role = "person"
    author, at = "", 0
    while frame is not None:
        code = frame.f_code
        found = _roles.get(code) or _role_of(frame)
        if found in ("person", "own"):
            author = _line(frame, operation if init is None else init.f_code.co_name) if found == "person" else ""
            at = frame.f_lasti
            role = found if role == "person" else role
            break
        if found == "init" and module is None:
            init = frame
        elif found == "module" and _is_of_a_module(frame):
            module = frame if module is None or "reset" in code.co_name else module
        elif found in ("loading", "optimizer"):
            role = found
        frame = frame.f_back
    if init is None and module is None:
        in_forward = frame is not None and frame.f_code.co_name == "forward"
        return Caller(role, reset="forward" if in_forward else "", line=author), None, None
    told = _told(init, module, role, author)
    if init is None:
        return told, None, None
    return told, Call((id(init), at, id(frame)), init.f_lasti), init.f_locals.get("tensor")


def _line(frame: FrameType, name: str) -> str:
    """The line of a person's frame; of a function of the same name, which passes the call on, its caller's."""
    while frame.f_code.co_name == name:
        outer = frame.f_back
        while outer is not None and (_roles.get(outer.f_code) or _role_of(outer)) != "person":
            outer = outer.f_back
        if outer is None:
            break
        frame = outer
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"


def _told(init: FrameType | None, module: FrameType | None, role: Role, author: str) -> Caller:
    owner, reset = (None, "") if module is None else (_owner(module), module.f_code.co_name)
    if role not in ("loading", "optimizer"):
        role = "init" if init is not None else "module"
    name = "" if init is None else init.f_code.co_name
    return Caller(role, name, () if init is None else _arguments(init), owner, reset, author)


def _role_of(frame: FrameType) -> Role:
    code = frame.f_code
    file, name = code.co_filename, code.co_name
    is_installed = any(part in file for part in _PACKAGES)
    role: Role
    if file.startswith(_TORCH):
        role = _torch_role(file, name)
    elif file.startswith(_CORE) and not file.startswith(_MODELS):
        role = "library" if name in _ON_THE_WAY else "own"
    elif (
        file.startswith("<frozen ")
        or (file.startswith(_LIBRARY) and not is_installed)
        or (is_installed and not _knows_torch(frame))
    ):
        role = "library"
    else:
        role = "person"
    _roles[code] = role
    return role


def _knows_torch(frame: FrameType) -> bool:
    """Whether a package's code has to do with torch; what has not, such as a decorator, only passes calls on."""
    if "torch" in frame.f_code.co_names or "torch" in frame.f_code.co_varnames:
        return True
    for value in tuple(frame.f_globals.values()):
        known = isinstance(value, type | FunctionType)
        module = value.__name__ if isinstance(value, ModuleType) else value.__module__ if known else ""
        if isinstance(module, str) and module.partition(".")[0] == "torch":
            return True
    return False


def _torch_role(file: str, name: str) -> Role:
    if file == _INIT:
        return "init" if not name.startswith("_") and name != "deprecated_init" else "library"
    if name in _LOADS or file == _SERIALIZATION:
        return "loading"
    if file.startswith(_OPTIMIZERS):
        return "optimizer"
    return "module" if f"{os.sep}nn{os.sep}" in file else "library"


def _is_of_a_module(frame: FrameType) -> bool:
    """Whether a frame of torch's runs a method of one of its modules, and not what they all inherit."""
    code = frame.f_code
    if not code.co_argcount or code.co_varnames[0] != "self" or code.co_filename == _MODULE:
        return False
    return isinstance(frame.f_locals.get("self"), nn.Module)


def _owner(frame: FrameType) -> str:
    """The torch class that has the method which a frame runs."""
    code = frame.f_code
    for kind in type(frame.f_locals["self"]).__mro__:
        method: Any = vars(kind).get(code.co_name)
        if getattr(method, "__code__", None) is code:
            return _public(kind, type(frame.f_locals["self"]))
    return type(frame.f_locals["self"]).__name__


def _public(kind: type, of: type) -> str:
    """Name of the nearest class of torch's above `of`: it is `LSTM` that people know, not `RNNBase`."""
    known = next((each for each in of.__mro__ if each.__module__.startswith("torch.") and issubclass(each, kind)), kind)
    becomes = getattr(known, "cls_to_become", None)  # of a lazy one
    return known.__name__ if becomes is None else becomes.__name__


def _arguments(frame: FrameType) -> tuple[tuple[str, Plain], ...]:
    """What a function was given: numbers and words, by the names of its parameters."""
    code, given = frame.f_code, frame.f_locals
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    return tuple((name, _plain(given[name])) for name in names if name in given and _is_plain(given[name]))


def _is_plain(value: object) -> bool:
    return isinstance(value, bool | int | float | str) or (isinstance(value, Tensor) and value.numel() == 1)


def _plain(value: Any) -> Plain:
    if isinstance(value, Tensor):
        return None if value.is_meta else float(value.detach())
    plain: Plain = value
    return plain
