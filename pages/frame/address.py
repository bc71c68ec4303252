"""The session in the address: each part of it that is no field's own, with how it is written there and read from it.

Fields are in the address by themselves (`bind="query-params"`); the recipe is read by `session`. To add a part, add an
entry to `_PARTS`. What stands in an address is a stranger's: it is bounded, and what is not understood is left aside.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import urlencode, urlsplit, urlunsplit

import streamlit as st

from core.recipe import link as packing
from core.recipe.numbers import LARGEST_WHOLE
from core.recipe.steps import MAX_CODE
from pages.frame import state
from pages.frame.state import Entry
from pages.gate import token

Value = TypeVar("Value")

#: Characters of packed code: a longer text is not in the address.
LONGEST_CODE = 6_000
_LONGEST_NAME = 300  # characters of a tensor's or a module's name: a longer one is not in the address


@dataclass(frozen=True, slots=True)
class Part(Generic[Value]):
    """One part of the session.

    Attributes:
        name: what it is called in the address; not the key of a field that is bound.
        entry: where the session keeps it; its default is left out of the address.
        read: the value that a text means; ValueError or None where it means none, and the default stays.
        written: the text, which `read` understands.
        longest: characters; a longer text is neither read nor written.
    """

    name: str
    entry: Entry[Value]
    read: Callable[[str], Value | None]
    written: Callable[[Value], str]
    longest: int

    def take(self, given: str) -> None:
        """Put what an address gives into the session, if it means anything."""
        if len(given) > self.longest:
            return
        try:
            value = self.read(given)
        except ValueError:
            return
        if value is not None:
            self.entry.put(value)

    def text(self) -> str | None:
        """What the address says; None where it says nothing."""
        value = self.entry.get()
        text = None if value == self.entry.default else self.written(value)
        return text if text is not None and len(text) <= self.longest and _can_be_sent(text) else None


def _can_be_sent(text: str) -> bool:
    try:
        return bool(text.encode())
    except UnicodeEncodeError:  # a lone surrogate, which a tensor's name may hold
        return False


def _name(given: str) -> str | None:
    """A name that a model may have; whether it does is for the page to see."""
    return given or None


def _code(given: str) -> str:
    code = packing.unpack(given, 4 * MAX_CODE)
    if len(code) > MAX_CODE:
        raise ValueError("longer than any code")
    return code


def _moment(given: str) -> int:
    return _whole(given, 99_999)


def _window(given: str) -> Sequence[int]:
    """First row, row after the last, and the same for columns."""
    first, after, left, right = (_whole(number, LARGEST_WHOLE) for number in given.split(","))
    if first >= after or left >= right:
        raise ValueError("an empty window")
    return [first, after, left, right]


def _whole(given: str, most: int) -> int:
    if not given.isascii() or not given.isdigit() or len(given) > len(str(most)) or int(given) > most:
        raise ValueError("no whole number in range")
    return int(given)


def _called(name: str, entry: Entry[str | None]) -> Part[str | None]:
    return Part(name, entry, _name, str, _LONGEST_NAME)


_PARTS: tuple[Part, ...] = (  # type: ignore[type-arg]  # each of a type of its own
    Part("before", state.BEFORE, _moment, str, 5),
    Part("after", state.AFTER, _moment, str, 5),
    _called("opened", state.OPENED),
    Part("window", state.WINDOW, _window, lambda window: ",".join(map(str, window or ())), 80),
    _called("row", state.SELECTED_ROW),
    _called("shared", state.TYING_TENSOR),
    Part("init_text", state.draft("init_code"), _code, packing.pack, LONGEST_CODE),
    Part("model_text", state.draft("model_code"), _code, packing.pack, LONGEST_CODE),
)


def read() -> None:
    """At a session's first run: take what the address says of every part."""
    for part in _PARTS:
        given = st.query_params.get(part.name)
        if given is not None:
            part.take(given)


def write(recipe: str) -> None:
    """Keep the address bar a link to exactly this, given how the recipe is written."""
    ours = _ours(recipe)
    for name, text in ours.items():
        if text is None and name in st.query_params:
            del st.query_params[name]
    wanted = {name: text for name, text in ours.items() if text is not None}
    if any(st.query_params.get_all(name) != [text] for name, text in wanted.items()):
        st.query_params.update(wanted)


def link(recipe: str, page: str) -> str:
    """What the address bar says once all of the page is drawn, the fields on it included.

    Args:
        recipe: how it is written.
        page: the last part of the path, empty for the first page: a browser that asks for another page says where it
            was before.
    """
    ours = _ours(recipe)
    shown = {name: st.query_params.get_all(name) for name in st.query_params if name != token.PARAMETER}
    wanted = {name: [text] for name, text in ours.items() if text is not None}
    query = {name: texts for name, texts in (shown | wanted).items() if name in wanted or name not in ours}
    parts = urlsplit(st.context.url or "http://localhost:8501/")
    path = f"{parts.path.rpartition('/')[0]}/{page}"
    return urlunsplit((parts.scheme, parts.netloc, path, urlencode(query, doseq=True), ""))


def _ours(recipe: str) -> dict[str, str | None]:
    return {"recipe": recipe, **{part.name: part.text() for part in _PARTS}}
