"""What a card's component was sent, read as the browser reads it."""

import json
from typing import Any

import numpy as np


def unpack(sent: bytes) -> dict[str, Any]:
    """The drawing that `pages.components.canvas.pack` packed."""
    start = 8 + int.from_bytes(sent[:8], "little")

    def array(found: dict[str, Any]) -> Any:
        if "array" not in found:
            return found
        return np.frombuffer(sent, found["array"], found["length"], start + found["start"])

    drawing: dict[str, Any] = json.loads(sent[8:start], object_hook=array)
    return drawing
