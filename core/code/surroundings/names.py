"""What the names of Python, NumPy, torch and Paramscope stand for: noted before an import, compared after it.

New names are everybody's right. A name that stands for something else is a change; so is a new one that hides an
inherited one (`torch.Tensor.normal_ = ...`) or a built-in one, and a function whose code or defaults are exchanged.
"""

import builtins
import sys
import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import torch

_OURS = __name__.removesuffix(".code.surroundings.names")
#: Modules of which every public name counts, whatever it stands for.
_WHOLE = frozenset(
    {
        *("math", "random", "numpy", "numpy.random", "torch", "torch.autograd", "torch.linalg", "torch.special"),
        *("torch.nn", "torch.nn.functional", "torch.nn.init"),
    }
)
#: Modules of which functions and classes count, and beginnings of such names: the rest of them is state of their own.
_FUNCTIONS = frozenset(
    f"""abc ast cmath collections contextlib copy copyreg dataclasses decimal enum functools importlib inspect io
    itertools json operator os os.path pathlib pickle posixpath re statistics string struct sys threading time traceback
    types typing warnings weakref torch._C torch._C._nn torch._tensor torch.functional torch.random
    torch.serialization torch.storage {_OURS}""".split()
)
_BEGINNINGS = (f"{_OURS}.", "torch.nn.", "torch.optim", "torch.autograd.", "torch.distributions", "torch.utils.data")
_PACKAGES = frozenset({"torch", "numpy", _OURS.partition(".")[0], *sys.stdlib_module_names})
_FUNCTION_TYPES = (types.FunctionType, types.BuiltinFunctionType, types.MethodType, type, types.ModuleType)
_METHOD_TYPES = (
    *(types.FunctionType, types.BuiltinFunctionType, type, staticmethod, classmethod, property),
    *(types.WrapperDescriptorType, types.MethodDescriptorType, types.ClassMethodDescriptorType),
    *(types.GetSetDescriptorType, types.MemberDescriptorType),
)
_VALUE_TYPES = (bool, str, float, tuple)  # of a class; whole numbers count something
_HEAP_TYPE = 1 << 9  # a class that can be written to
_TORCH_FILES = str(Path(torch.__file__).parent)
_ABSENT = object()
#: What torch itself sets anew with the default dtype.
_FOLLOWING = frozenset({"Storage"})


@dataclass(frozen=True)
class Replaced:
    """A name that stands for something else; `put_back` undoes it."""

    name: str
    put_back: Callable[[], object]


@dataclass(frozen=True)
class Names:
    """What every name stood for; taken by `noted`."""

    built_in: dict[str, Any]
    loaded: dict[str, Any]
    modules: dict[str, dict[str, Any]] = field(default_factory=dict)
    classes: dict[type, dict[str, Any]] = field(default_factory=dict)
    functions: dict[types.FunctionType, tuple[Any, ...]] = field(default_factory=dict)

    def replaced(self) -> list[Replaced]:
        """What stands for something else now; the built-in names are put back at once, or nothing could be compared."""
        now = builtins.__dict__.copy()
        builtins.__dict__.update(self.built_in)
        found = [
            Replaced(f"builtins.{name}", int)
            for name, value in self.built_in.items()
            if now.get(name, _ABSENT) is not value
        ]
        changed = {name: module for name, module in self.loaded.items() if _is_another(name, module)}
        if changed:
            found.append(Replaced("what is in sys.modules", partial(sys.modules.update, changed)))
        for name, before in self.modules.items():
            found += _in_module(name, vars(self.loaded[name]), before)
        for owner, before in self.classes.items():
            found += _in_class(owner, before, self.classes)
        for function, parts in self.functions.items():
            if _is_made_of_else(function, *parts):
                name = f"{function.__module__}.{function.__qualname__}"
                found.append(Replaced(name, partial(_remake, function, *parts)))
        return found


def noted() -> Names:
    """What every name stands for now."""
    names = Names(vars(builtins).copy(), sys.modules.copy())
    for name, module in names.loaded.items():
        if name in _WHOLE or name in _FUNCTIONS or name.startswith(_BEGINNINGS):
            names.modules[name] = vars(module).copy()
            _note(names, names.modules[name])
    return names


def _note(names: Names, values: dict[str, Any]) -> None:
    """What functions are made of; what classes that can be written to hold."""
    for value in values.values():
        kind = type(value)
        if kind is types.FunctionType:
            if value not in names.functions:
                named = value.__kwdefaults__
                names.functions[value] = (value.__code__, value.__defaults__, named, named and named.copy())
        elif (
            isinstance(value, type)
            and value.__flags__ & _HEAP_TYPE
            and value not in names.classes
            and value.__module__.partition(".")[0] in _PACKAGES
        ):
            names.classes[value] = dict(vars(value))
            _note(names, names.classes[value])


def _is_another(name: str, module: types.ModuleType) -> bool:
    """Whether a loaded module is gone, or another has taken its place; a person's own may come anew."""
    other = sys.modules.get(name)
    return other is None or (other is not module and name.partition(".")[0] in _PACKAGES)


def _same(now: Mapping[str, Any], before: dict[str, Any]) -> bool:
    """Whether nothing has changed, told quickly; False where it cannot be told."""
    try:
        return bool(now == before)
    except Exception:  # of values that cannot be compared
        return False


def _in_module(name: str, now: dict[str, Any], before: dict[str, Any]) -> Iterator[Replaced]:
    if _same(now, before):
        return
    for key, value in before.items():
        other = now.get(key, _ABSENT)
        if other is not value and _counts(name, key, value) and not _is_torchs_wrapper(other, value):
            yield Replaced(f"{name}.{key}", partial(now.__setitem__, key, value))
    for key in now.keys() & vars(builtins).keys() - before.keys():
        if not key.startswith("__") and now[key] is not vars(builtins)[key]:
            yield Replaced(f"{name}.{key}", partial(now.pop, key))


def _counts(module: str, key: str, value: object) -> bool:
    return key not in _FOLLOWING and (
        isinstance(value, _FUNCTION_TYPES) or (module in _WHOLE and not key.startswith("_"))
    )


def _in_class(owner: type, before: dict[str, Any], classes: dict[type, dict[str, Any]]) -> Iterator[Replaced]:
    now, name = vars(owner), f"{owner.__module__}.{owner.__qualname__}"
    if _same(now, before):
        return
    for key, value in before.items():
        other = now.get(key, _ABSENT)
        if other is not value and _counts_in_class(key, value) and not _is_torchs_wrapper(other, value):
            yield Replaced(f"{name}.{key}", partial(type.__setattr__, owner, key, value))
    for key in now.keys() - before.keys():
        inherited = (classes.get(base, vars(base)).get(key, _ABSENT) for base in owner.__mro__[1:])
        hidden = next((value for value in inherited if value is not _ABSENT), _ABSENT)
        if hidden is not _ABSENT and _counts_in_class(key, hidden) and not _is_torchs_wrapper(now[key], hidden):
            yield Replaced(f"{name}.{key}", partial(type.__delattr__, owner, key))


def _counts_in_class(key: str, value: object) -> bool:
    return isinstance(value, _METHOD_TYPES) or (isinstance(value, _VALUE_TYPES) and not key.startswith("_"))


def _is_torchs_wrapper(new: object, old: object) -> bool:
    """Whether torch has put a function of its own around its own, as its compiler does when it is first needed."""
    while new is not old:
        code = getattr(new, "__code__", None)
        if code is None or not code.co_filename.startswith(_TORCH_FILES):
            return False
        new = getattr(new, "__wrapped__", None)
    return True


def _is_made_of_else(
    function: types.FunctionType, code: types.CodeType, defaults: Any, named: Any, values: dict[str, Any] | None
) -> bool:
    return (
        function.__code__ is not code
        or function.__defaults__ is not defaults
        or function.__kwdefaults__ is not named
        or (values is not None and not _same(named or {}, values))
    )


def _remake(
    function: types.FunctionType, code: types.CodeType, defaults: Any, named: Any, values: dict[str, Any] | None
) -> None:
    function.__code__, function.__defaults__, function.__kwdefaults__ = code, defaults, named
    if values is not None:
        named.clear()
        named.update(values)
