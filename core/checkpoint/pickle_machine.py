"""What a pickle says, without doing it: its opcodes, carried out on records that do nothing.

A pickle is a program; `pickle.load` runs it. Here `pickletools.genops` only splits it into opcodes, and of those a few
build dictionaries, lists, tuples, texts and numbers. A name of a function or class stays a name (`Named`), a call is
answered by a table of our own, and what stands in neither table is refused. Nothing is walked: a list that holds itself
or one of ten lists of ten lists costs what its opcodes cost.
"""

import pickletools
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

from .refusing import said

#: 640,000 opcodes describe a state dict of 20,000 tensors.
MOST_OPCODES = 2_000_000
_DEEPEST = 200


class PickleError(Exception):
    """What is wrong with a pickle, as the end of a sentence that begins with the file's name."""


@dataclass(frozen=True)
class Named:
    """A function or a class that a pickle names; it is not imported."""

    name: str


@dataclass(frozen=True, eq=False)
class Opaque:
    """Something that is no tensor, of which only the kind is known."""

    kind: str


Call = Callable[[tuple[Any, ...]], Any]
_KEYS = (str, int, float, type(None))


class Machine:
    """A pickle's stack, marks and memo.

    Args:
        find: whether a name may stand in the pickle; raises PickleError; calls: what calling a name gives;
        persistent: what a persistent id, torch's storage, gives.
    """

    def __init__(self, find: Callable[[str], Any], calls: dict[str, Call], persistent: Callable[[Any], Any]) -> None:
        self._find, self._calls, self._persistent = find, calls, persistent
        self._stack: list[Any] = []
        self._marks: list[list[Any]] = []
        self._memo: dict[int, Any] = {}
        self._steps = self._table()

    def run(self, content: bytes) -> Any:
        """What the pickle describes.

        Raises:
            PickleError: it is damaged, too long, or names or does what no plain state dict does.
        """
        count = 0
        try:
            for opcode, argument, at in pickletools.genops(content):
                count += 1
                if count > MOST_OPCODES:
                    raise PickleError(f"has a pickle of more than {MOST_OPCODES:,} opcodes")
                if opcode.name == "STOP":
                    return self._end(at or 0, content)
                self._step(opcode.name, argument)
        except PickleError:
            raise
        except (IndexError, KeyError, TypeError, ValueError, OverflowError, AttributeError, MemoryError) as error:
            raise PickleError(
                f"has a pickle that is damaged after {count:,} opcodes ({type(error).__name__})"
            ) from None
        raise PickleError(f"has a pickle without an end after {count:,} opcodes")

    def _end(self, at: int, content: bytes) -> Any:
        if len(self._stack) != 1 or self._marks or at + 1 != len(content):
            raise PickleError("has a pickle that leaves something over at its end")
        return self._stack.pop()

    def _step(self, name: str, argument: Any) -> None:
        if (do := self._steps.get(name)) is not None:
            do(argument)
        elif name in _ARGUMENTS:
            self._stack.append(argument)
        elif name in _CONSTANTS:
            self._stack.append(_CONSTANTS[name])
        else:
            raise PickleError(f"has a pickle with the opcode {name}, which no plain state dict needs")

    def _memoize(self, index: int | None) -> None:
        self._memo[len(self._memo) if index is None else index] = self._stack[-1]

    def _recall(self, index: int) -> None:
        self._stack.append(self._memo[index])

    def _mark(self, _: Any) -> None:
        if len(self._marks) >= _DEEPEST:
            raise PickleError(f"has a pickle nested deeper than {_DEEPEST} levels")
        self._marks.append(self._stack)
        self._stack = []

    def _since_mark(self) -> list[Any]:
        items, self._stack = self._stack, self._marks.pop()
        return items

    def _last(self, count: int) -> list[Any]:
        if count > len(self._stack):
            raise IndexError(count)
        items = self._stack[-count:]
        del self._stack[-count:]
        return items

    def _push_list(self, kind: type[Any], items: list[Any]) -> None:
        self._stack.append(kind(items))

    def _append(self, items: list[Any]) -> None:
        target = self._stack[-1]
        if type(target) is not list:
            raise PickleError(f"has a pickle that appends to {word(target)}")
        target += items

    def _set(self, items: list[Any]) -> None:
        target = self._stack[-1]
        if type(target) is not dict or len(items) % 2:
            raise PickleError(f"has a pickle that sets items of {word(target)}")
        for key, value in zip(items[::2], items[1::2], strict=True):
            if not isinstance(key, _KEYS):
                raise PickleError(f"has {word(key)} for a key, where names are texts")
            if key in target:
                raise PickleError(f"has the key {said(key)} twice in one dictionary, and two readers may take one each")
            target[key] = value

    def _dict(self, items: list[Any]) -> None:
        self._stack.append({})
        self._set(items)

    def _name(self, name: str) -> None:
        self._stack.append(self._find(name))

    def _name_of_stack(self, _: Any) -> None:
        module, name = self._last(2)
        if type(module) is not str or type(name) is not str:
            raise PickleError("has a pickle that names a class by something else than texts")
        self._name(f"{module} {name}")

    def _call(self, _: Any) -> None:
        function, arguments = self._last(2)
        if not isinstance(function, Named) or function.name not in self._calls or type(arguments) is not tuple:
            raise PickleError(f"has a pickle that calls {word(function)}")
        self._stack.append(self._calls[function.name](arguments))

    def _build(self, _: Any) -> None:
        """An ordered dictionary's attributes, such as a state dict's `_metadata`, are no tensors of it."""
        target, _state = self._last(2)
        if type(target) is not dict:
            raise PickleError(f"has a pickle that sets attributes of {word(target)}")
        self._stack.append(target)

    def _persist(self, _: Any) -> None:
        self._stack.append(self._persistent(self._stack.pop()))

    def _table(self) -> dict[str, Callable[[Any], None]]:
        """What each opcode does, beyond those that only push something."""
        return {
            "PROTO": lambda _: None,
            "FRAME": lambda _: None,
            **dict.fromkeys(("PUT", "BINPUT", "LONG_BINPUT", "MEMOIZE"), self._memoize),
            **dict.fromkeys(("GET", "BINGET", "LONG_BINGET"), self._recall),
            "MARK": self._mark,
            "EMPTY_LIST": lambda _: self._push_list(list, []),
            "LIST": lambda _: self._push_list(list, self._since_mark()),
            "TUPLE": lambda _: self._push_list(tuple, self._since_mark()),
            "TUPLE1": lambda _: self._push_list(tuple, self._last(1)),
            "TUPLE2": lambda _: self._push_list(tuple, self._last(2)),
            "TUPLE3": lambda _: self._push_list(tuple, self._last(3)),
            "EMPTY_DICT": lambda _: self._dict([]),
            "DICT": lambda _: self._dict(self._since_mark()),
            "APPEND": lambda _: self._append(self._last(1)),
            "APPENDS": lambda _: self._append(self._since_mark()),
            "SETITEM": lambda _: self._set(self._last(2)),
            "SETITEMS": lambda _: self._set(self._since_mark()),
            "GLOBAL": self._name,
            "STACK_GLOBAL": self._name_of_stack,
            "REDUCE": self._call,
            "BUILD": self._build,
            "BINPERSID": self._persist,
        }


def word(value: Hashable | Any) -> str:
    """What a value of a pickle is, in words."""
    if isinstance(value, Named):
        return f"{value.name.replace(' ', '.')}"
    if isinstance(value, Opaque):
        return value.kind
    kinds = {dict: "a dictionary", list: "a list", tuple: "a tuple", str: "a text", type(None): "nothing"}
    kinds |= {bool: "a truth value", int: "a number", float: "a number", bytes: "bytes"}
    return kinds.get(type(value), "a tensor")


_CONSTANTS: dict[str, Any] = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False, "EMPTY_TUPLE": ()}
_ARGUMENTS = frozenset(
    (
        *("INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT"),
        *("UNICODE", "SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8", "STRING", "SHORT_BINSTRING", "BINSTRING"),
        *("SHORT_BINBYTES", "BINBYTES", "BINBYTES8"),
    )
)
