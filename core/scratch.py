"""Memory that computations on one thread use over and over: fresh pages cost a fifth of a sweep."""

import threading
from math import prod
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray


class _Buffers(threading.local):
    """Each thread's own buffers, by what they are for."""

    def __init__(self) -> None:
        self.named: dict[str, NDArray[np.uint8]] = {}


_BUFFERS = _Buffers()


def scratch(purpose: str, shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
    """An array of arbitrary content, valid until this thread asks for the same purpose again."""
    dtype = np.dtype(dtype)
    size = prod(shape) * dtype.itemsize
    buffer = _BUFFERS.named.get(purpose)
    if buffer is None or buffer.size < size:
        buffer = _BUFFERS.named[purpose] = np.empty(size, np.uint8)
    return buffer[:size].view(dtype).reshape(shape)
