"""How to reach a module or tensor from code, as text: `net[0].block1[0].bias`."""

import json
import keyword
import unicodedata
from collections.abc import Iterable

_ATTRIBUTE_ROOT = "net"


def expression(name: str, getter: str = "get_parameter") -> str:
    """The Python expression of a qualified name: digits index, identifiers are attributes, anything else a getter.

    Args:
        name: qualified name, "" for the net itself.
        getter: method used when a segment is no identifier: get_parameter, get_buffer or get_submodule.
    """
    if not name:
        return _ATTRIBUTE_ROOT
    parts = name.split(".")
    if not all(_index(part) or identifier(part) for part in parts):
        return f"{_ATTRIBUTE_ROOT}.{getter}({name!r})"
    return _ATTRIBUTE_ROOT + "".join(f"[{part}]" if _index(part) else f".{part}" for part in parts)


def module_place(name: str, *, indexed: bool) -> str:
    """The expression of a module in a script.

    Args:
        name: qualified name, "" for the net itself.
        indexed: whether `net[2]` is sure to be the module named "2"; of `nn.Sequential(...)[2:]` it is another.
    """
    parts = name.split(".") if name else []
    if not all(identifier(part) or (indexed and _index(part)) for part in parts):
        return f"{_ATTRIBUTE_ROOT}.get_submodule({quoted(name)})"
    return _ATTRIBUTE_ROOT + "".join(f"[{part}]" if _index(part) else f".{part}" for part in parts)


def tensor_place(name: str, *, indexed: bool) -> str:
    """The expression of a parameter or buffer in a script; `indexed` as above."""
    owner, _, last = name.rpartition(".")
    place = module_place(owner, indexed=indexed)
    if identifier(last):
        return f"{place}.{last}"
    return f"{place}[{last}]" if indexed and _index(last) else f"getattr({place}, {quoted(last)})"


def _index(part: str) -> bool:
    return part.isascii() and part.isdigit() and (part == "0" or part[0] != "0")


def identifier(part: str) -> bool:
    """Whether `net.part` reaches the attribute of that name: Python reads `net.ﬁ`, with a ligature, as `net.fi`."""
    return part.isidentifier() and not keyword.iskeyword(part) and unicodedata.normalize("NFKC", part) == part


def quoted(text: str) -> str:
    """A Python literal in ASCII, in double quotes where JSON's escapes are Python's (of an emoji they are not)."""
    return json.dumps(text) if text.isascii() else ascii(text)


def indented(lines: Iterable[str]) -> list[str]:
    """The lines one level deeper."""
    return [f"    {line}" if line else line for line in lines]
