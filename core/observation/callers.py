"""Who makes a write: read from the Python stack at that moment, of which nothing is kept but words and numbers."""

import copy
import os
from collections.abc import Mapping
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, Literal, NamedTuple

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
_LIBRARY = str(Path(copy.__file__).parent) + os.sep
_PACKAGES = ("site-packages", "dist-packages")
_PLAIN = (bool, int, float, str)
_roles: dict[CodeType, Role] = {}


class Caller(NamedTuple):
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


class Call(NamedTuple):
    """One call of an init function, told from the next by where in it a write is made."""

    key: tuple[int, ...]
    at: int

    def holds(self, other: "Call | None") -> bool:
        """Whether a later write is part of the same call: of the same frame, and further down in it."""
        return other is not None and self.key == other.key and other.at > self.at


class Callers:
    """Reads who stands behind a write, and remembers the words for the places in code that it has met."""

    def __init__(self) -> None:
        self._places: dict[tuple[CodeType, int], str] = {}
        self._owners: dict[tuple[CodeType, type], str] = {}

    def caller(self, frame: FrameType | None) -> tuple[Caller, Call | None, Tensor | None]:
        """Who stands behind a write made in `frame`; of an init function, which call and what it was given."""
        init: FrameType | None = None
        module: FrameType | None = None
        role: Role = "person"
        author, at = "", 0
        while frame is not None:
            code = frame.f_code
            found = _roles.get(code) or _role_of(code)
            if found == "library":
                pass
            elif found == "init":
                init = frame if module is None else init
            elif found == "module":
                if module is None or "reset" in code.co_name:
                    module = frame if _is_of_a_module(frame) else module
            elif found in ("person", "own"):
                at = frame.f_lasti
                author = self._place(frame, at) if found == "person" else ""
                role = found if role == "person" else role
                break
            else:
                role = found
            frame = frame.f_back
        if init is None and module is None:
            in_forward = frame is not None and frame.f_code.co_name == "forward"
            return Caller(role, reset="forward" if in_forward else "", line=author), None, None
        owner, reset = (None, "") if module is None else (self._owner(module), module.f_code.co_name)
        is_torchs = role not in ("loading", "optimizer")
        if init is None:
            return Caller("module" if is_torchs else role, "", (), owner, reset, author), None, None
        given = init.f_locals
        role = "init" if is_torchs else role
        told = Caller(role, init.f_code.co_name, _arguments(init.f_code, given), owner, reset, author)
        return told, Call((id(init), at, id(frame)), init.f_lasti), given.get("tensor")

    def _place(self, frame: FrameType, at: int) -> str:
        """File and line that a person's frame is at."""
        code = frame.f_code
        place = self._places.get((code, at))
        if place is None:
            place = self._places[code, at] = f"{code.co_filename}:{frame.f_lineno}"
        return place

    def _owner(self, frame: FrameType) -> str:
        """The torch class that has the method which a frame runs."""
        key = frame.f_code, type(frame.f_locals["self"])
        owner = self._owners.get(key)
        if owner is None:
            owner = self._owners[key] = _owner(*key)
        return owner


def _role_of(code: CodeType) -> Role:
    file, name = code.co_filename, code.co_name
    role: Role
    if file.startswith(_TORCH):
        role = _torch_role(file, name)
    elif file.startswith(_CORE) and not file.startswith(_MODELS):
        role = "own"
    elif file.startswith("<frozen ") or (file.startswith(_LIBRARY) and not any(part in file for part in _PACKAGES)):
        role = "library"
    else:
        role = "person"
    _roles[code] = role
    return role


def _torch_role(file: str, name: str) -> Role:
    if file == _INIT:
        return "init" if not name.startswith("_") and name != "deprecated_init" else "library"
    if name in _LOADS or file == _SERIALIZATION:
        return "loading"
    if file.startswith(_OPTIMIZERS):
        return "optimizer"
    return "module" if f"{os.sep}nn{os.sep}" in file and file != _MODULE else "library"


def _is_of_a_module(frame: FrameType) -> bool:
    """Whether a frame of torch's runs a method of one of its modules."""
    code = frame.f_code
    if not code.co_argcount or code.co_varnames[0] != "self":
        return False
    return isinstance(frame.f_locals.get("self"), nn.Module)


def _owner(code: CodeType, of: type) -> str:
    for kind in of.__mro__:
        method: Any = vars(kind).get(code.co_name)
        if getattr(method, "__code__", None) is code:
            return _public(kind, of)
    return of.__name__


def _public(kind: type, of: type) -> str:
    """Name of the nearest class of torch's above `of`: it is `LSTM` that people know, not `RNNBase`."""
    known = next((each for each in of.__mro__ if each.__module__.startswith("torch.") and issubclass(each, kind)), kind)
    becomes = getattr(known, "cls_to_become", None)  # of a lazy one
    return known.__name__ if becomes is None else becomes.__name__


def _arguments(code: CodeType, given: Mapping[str, Any]) -> tuple[tuple[str, Plain], ...]:
    """What a function was given: numbers and words, by the names of its parameters."""
    found: list[tuple[str, Plain]] = []
    for name in code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]:
        value = given.get(name)
        if isinstance(value, _PLAIN):
            found.append((name, value))
        elif isinstance(value, Tensor) and value.numel() == 1 and name != "tensor":
            found.append((name, None if value.is_meta else float(value.detach())))
    return tuple(found)
