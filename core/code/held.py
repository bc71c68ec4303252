"""What a Python object holds, found without running any code of a person's."""

import gc
from collections import deque
from collections.abc import Iterator
from types import CodeType, FunctionType, ModuleType
from typing import Any

#: Of these each thing that is held has a place; also of classes that are made of them.
CONTAINERS = (dict, list, tuple, deque, set, frozenset)
#: These lead anywhere.
_NOT_ENTERED = (type, ModuleType, CodeType)


def held_by(value: Any) -> Iterator[tuple[str, Any]]:
    """Each thing that an object holds, with what is written behind the object's name to get at it, as far as known."""
    if isinstance(value, _NOT_ENTERED) or not gc.is_tracked(value):
        return
    if isinstance(value, dict):
        yield from ((f"[{_key(key)}]", item) for key, item in dict.items(value))
    elif isinstance(value, CONTAINERS):
        base: Any = next(kind for kind in CONTAINERS if isinstance(value, kind))  # whose iteration is nobody's code
        yield from ((f"[{index}]", item) for index, item in enumerate(base.__iter__(value)))
    elif isinstance(value, FunctionType):
        yield from (("[…]", cell.cell_contents) for cell in value.__closure__ or () if _is_filled(cell))
        yield from (("[…]", item) for item in value.__defaults__ or ())
    else:
        own = _attributes(value)
        yield from ((f".{name}", item) for name, item in own.items())
        known = {id(own), *map(id, own.values())}
        yield from (("[…]", item) for item in gc.get_referents(value) if id(item) not in known)


def _attributes(value: Any) -> dict[str, Any]:
    """Those in an object's own dict, where it has one."""
    try:
        found = object.__getattribute__(value, "__dict__")
    except (AttributeError, TypeError):
        return {}
    return found if type(found) is dict else {}


def _is_filled(cell: Any) -> bool:
    try:
        return cell.cell_contents is not None
    except ValueError:
        return False


def _key(key: object) -> str:
    return repr(key)[:60] if type(key) in (int, str) else "…"
