"""What computations in small chunks need of the machine: memory that is used again, and a single thread.

Fresh pages cost a fifth of a sweep; waking a second thread for each chunk costs up to ten sweeps on a busy
machine.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from math import prod
from typing import Any

import numpy as np
import torch
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


@contextmanager
def one_thread() -> Iterator[None]:
    """Let torch compute on the calling thread alone, and as before afterwards."""
    threads = torch.get_num_threads()
    if threads == 1:
        yield
        return
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
