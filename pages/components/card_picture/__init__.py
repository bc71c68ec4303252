"""A card's row of pictures: a component of our own, since it is on the page several times faster than a Plotly chart.

It draws what `core.figures.card.card_drawing` says on one canvas and answers the pointer itself; nothing returns.
"""

import json
from hashlib import blake2b
from pathlib import Path
from typing import Any

import streamlit as st
from numpy.typing import NDArray

from core.figures.drawing import CardDrawing, FilmDrawing

_FOLDER = Path(__file__).parent
_HTML, _CSS, _PICTURE, _POINTER, _CARD = (
    (_FOLDER / name).read_text("utf-8")
    for name in ("picture.html", "picture.css", "picture.js", "pointer.js", "card.js")
)
#: How any canvas of ours looks and what it draws with; a component's own style and script follow.
CANVAS_CSS, CANVAS_JS = _CSS, _PICTURE + _POINTER
_component = st.components.v2.component("paramscope_card_picture", html=_HTML, css=CANVAS_CSS, js=CANVAS_JS + _CARD)


def card_picture(drawing: CardDrawing, key: str) -> None:
    """Show a drawing of `core.figures.card.card_drawing`; `key` may hold any text, such as a tensor's name."""
    digest = blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()  # a component's key has no "__"
    _component(key=f"picture-{digest}", data=pack(drawing), height=drawing["height"])


def pack(drawing: CardDrawing | FilmDrawing) -> bytes:
    """A drawing as one run of bytes: the length of a JSON text, the text, and the bytes of every array after it.

    In the text an array is `{"array": dtype, "start": byte, "length": elements}`, counted from the end of the text.
    The length (uint64, little endian), the text and each array take a multiple of eight bytes.
    """
    arrays: list[bytes] = []
    starts: dict[int, int] = {}  # of arrays that are in several places

    def keep(array: NDArray[Any]) -> dict[str, Any]:
        if id(array) not in starts:
            starts[id(array)] = sum(map(len, arrays))
            arrays.append(_eights(array.tobytes()))
        return {"array": str(array.dtype), "start": starts[id(array)], "length": array.size}

    head = _eights(json.dumps(drawing, default=keep, allow_nan=False).encode())
    return b"".join([len(head).to_bytes(8, "little"), head, *arrays])


def _eights(content: bytes) -> bytes:
    """Filled up with spaces, so that what follows is aligned."""
    return content.ljust(-(-len(content) // 8) * 8)
