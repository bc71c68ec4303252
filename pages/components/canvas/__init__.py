"""What the components that draw on a canvas share: how a drawing travels, and the scripts beside this file."""

import json
from typing import Any

from numpy.typing import NDArray

from core.figures.drawing import CardDrawing, FilmDrawing


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
