"""Who makes a write: read from the Python stack at that moment, of which nothing is kept but words and numbers."""

import copy
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FrameType, FunctionType, ModuleType
from typing import Any, Literal, NamedTuple

import torch
from torch import Tensor, nn

from ..questions.story import Plain

#: What code a frame runs: a public function of `torch.nn.init`, or a helper that draws for it; torch's loading; its
#: optimizers; a method of one of its modules; what else torch and Python bring; this product's own; a person's.
Role = Literal["init", "helper", "loading", "optimizer", "module", "library", "own", "person"]
_TORCH = str(Path(torch.__file__).parent) + os.sep
_INIT = str(nn.init.__file__)
_SERIALIZATION = _TORCH + "serialization.py"
_MODULE = str(nn.modules.module.__file__)
_OPTIMIZERS = _TORCH + "optim" + os.sep
_AVERAGING = _OPTIMIZERS + "swa_utils.py"  # which copies models, and trains none
_LOADS = frozenset({"_load_from_state_dict", "load_state_dict"})
_CORE = str(Path(__file__).parents[1]) + os.sep
_MODELS = _CORE + "models" + os.sep
#: Where this product hands on what others call, as while it watches an init.
_ON_THE_WAY = frozenset({"__torch_dispatch__", "__torch_function__"})
#: Between an operation and who made it, where another looks on, too.
_HANDING_ON = frozenset({*_ON_THE_WAY, "__call__"})
_LIBRARY = str(Path(copy.__file__).parent) + os.sep
_PACKAGES = ("site-packages", "dist-packages")
Arguments = tuple[tuple[str, Plain], ...]
_PLAIN = (bool, int, float, str)


@dataclass(frozen=True, slots=True)
class _Code:
    """What is to be known of the code of a frame: `names` of its parameters, and whether it resets a module."""

    code: CodeType
    role: Role
    name: str
    names: tuple[str, ...]
    resets: bool


#: By identity, which is compared faster than code is; what is kept here does not give its identity away.
_codes: dict[int, _Code] = {}


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
    arguments: Arguments = ()
    owner: str | None = None
    reset: str = ""
    line: str = ""


#: One call of an init function, by its frame, its author's, and where in both a write is made; the last two, where in
#: the function and in the helper that it calls, tell a later write of the same call.
Call = tuple[int, int, int, int, int]


def is_part(call: Call, other: Call) -> bool:
    """Whether a later write is part of the same call: of the same frame, and further down in it."""
    return call[:3] == other[:3] and other[3:] > call[3:]


def deep_copied(frame: FrameType | None) -> Tensor | None:
    """The tensor of which `copy.deepcopy` is making a copy in that frame; None where it does not."""
    while frame is not None and frame.f_code.co_name in _HANDING_ON:
        frame = frame.f_back
    is_copying = frame is not None and frame.f_code is Tensor.__deepcopy__.__code__
    found = frame.f_locals.get("self") if frame is not None and is_copying else None
    return found if isinstance(found, Tensor) else None


class Callers:
    """Reads who stands behind a write, and remembers the words for the places in code that it has met."""

    def __init__(self) -> None:
        self._places: dict[tuple[int, int], str] = {}
        self._owners: dict[tuple[int, type], str] = {}
        self._callers: dict[tuple[object, ...], Caller] = {}

    def caller(self, frame: FrameType | None, operation: str) -> tuple[Caller, Call | None, Tensor | None]:
        """Who stands behind a write that is made in `frame` by an operation such as `mul_`.

        Of an init function also which call it is, and what it was given.
        """
        init: FrameType | None = None
        function: _Code | None = None
        module: _Code | None = None
        run: nn.Module | None = None
        role: Role = "person"
        author, at, inner = "", 0, 0
        while frame is not None:
            code = _codes.get(id(frame.f_code)) or _read(frame)
            found = code.role
            if found == "library":
                pass
            elif found == "module":
                if module is None or code.resets or code.name == "forward":
                    module, run = _method(frame, code, module, run)
            elif found == "init":
                if module is None:
                    init, function = frame, code
            elif found == "helper":
                inner = inner or frame.f_lasti
            elif found in ("person", "own"):
                at = frame.f_lasti
                name = operation if function is None else function.name
                author = self._place(frame, name) if found == "person" else ""
                role = found if role == "person" else role
                break
            else:
                role = found
            frame = frame.f_back
        if init is None and module is None:
            in_forward = frame is not None and frame.f_code.co_name == "forward"
            return self._one(role, "", (), None, "forward" if in_forward else "", author), None, None
        owner, reset = (None, "") if module is None else (self._owner(module.code, type(run)), module.name)
        is_torchs = role not in ("loading", "optimizer")
        if init is None or function is None:
            return self._one("module" if is_torchs else role, "", (), owner, reset, author), None, None
        given = init.f_locals
        role = "init" if is_torchs else role
        told = self._one(role, function.name, _arguments(function, given), owner, reset, author)
        return told, (id(init), at, id(frame), init.f_lasti, inner), given.get("tensor")

    def _one(self, role: Role, function: str, arguments: Arguments, owner: str | None, reset: str, line: str) -> Caller:
        """A caller, made once; 1, 1.0 and True are three."""
        key = role, function, arguments, owner, reset, line, *[value.__class__ for _, value in arguments]
        return self._callers.get(key) or self._callers.setdefault(
            key, Caller(role, function, arguments, owner, reset, line)
        )

    def _place(self, frame: FrameType, name: str) -> str:
        """The line of a person's frame; of a function of the same name, which passes the call on, its caller's."""
        while frame.f_code.co_name == name:
            outer = frame.f_back
            while outer is not None and (_codes.get(id(outer.f_code)) or _read(outer)).role != "person":
                outer = outer.f_back
            if outer is None:
                break
            frame = outer
        code, at = frame.f_code, frame.f_lasti
        place = self._places.get((id(code), at))
        if place is None:
            place = self._places[id(code), at] = f"{code.co_filename}:{frame.f_lineno}"
        return place

    def _owner(self, code: CodeType, of: type) -> str:
        """The torch class that has the method which is run of a module of that type."""
        owner = self._owners.get((id(code), of))
        if owner is None:
            owner = self._owners[id(code), of] = _owner(code, of)
        return owner


def _read(frame: FrameType) -> _Code:
    """What is to be known of a frame's code, which is met for the first time."""
    code = frame.f_code
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    known = _codes[id(code)] = _Code(code, _role_of(frame), code.co_name, names, "reset" in code.co_name)
    return known


def _role_of(frame: FrameType) -> Role:
    code = frame.f_code
    file, name = code.co_filename, code.co_name
    is_installed = any(part in file for part in _PACKAGES)
    if file.startswith(_TORCH):
        return _torch_role(file, name)
    if file.startswith(_CORE) and not file.startswith(_MODELS):
        return "library" if name in _ON_THE_WAY else "own"
    is_pythons = file.startswith("<frozen ") or (file.startswith(_LIBRARY) and not is_installed)
    return "library" if is_pythons or (is_installed and not _knows_torch(frame)) else "person"


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
        return "helper" if name.startswith("_") else "init" if name != "deprecated_init" else "library"
    if name in _LOADS or file == _SERIALIZATION:
        return "loading"
    if file.startswith(_OPTIMIZERS) and file != _AVERAGING:
        return "optimizer"
    return "module" if f"{os.sep}nn{os.sep}" in file and file != _MODULE else "library"


def _method(
    frame: FrameType, code: _Code, module: _Code | None, run: nn.Module | None
) -> tuple[_Code | None, nn.Module | None]:
    """The method of torch's, and of which module, that stands for a write, once this frame outside of it is known.

    That is the module's `reset_parameters`, or its `forward`, whatever they call; the innermost one of others.
    """
    found = frame.f_locals.get("self") if code.names[:1] == ("self",) else None
    is_its_forward = module is not None and found is run and not module.resets
    is_it = isinstance(found, nn.Module) and (module is None or code.resets or is_its_forward)
    return (code, found) if is_it else (module, run)


def _owner(code: CodeType, of: type) -> str:
    for kind in of.__mro__:
        method: Any = vars(kind).get(code.co_name)
        if getattr(method, "__code__", None) is code:
            return _public(kind, of)
    return of.__name__


def _public(kind: type, of: type) -> str:
    """Name of the nearest class of `torch.nn` above `of`: it is `LSTM` that people know, not `RNNBase`."""
    above = (each for each in of.__mro__ if issubclass(each, kind) and getattr(nn, each.__name__, None) is each)
    known = next(above, kind)
    becomes = getattr(known, "cls_to_become", None)  # of a lazy one
    return known.__name__ if becomes is None else becomes.__name__


def _arguments(function: _Code, given: Mapping[str, Any]) -> Arguments:
    """What a function was given beside its tensor: numbers and words, by the names of its parameters."""
    found: list[tuple[str, Plain]] = []
    for name in function.names[1:]:
        value = given.get(name)
        if isinstance(value, _PLAIN):
            found.append((name, value))
        elif isinstance(value, Tensor) and value.numel() == 1:
            found.append((name, None if value.is_meta else float(value.detach())))
    return tuple(found)
