"""Messages between the server and a worker: a JSON head and raw array bytes of known length, never a pickle.

A message on the wire is the head's length (8 bytes, big-endian), the head (UTF-8 JSON), then the arrays named in the
head's `arrays`, one after the other in C order.
"""

import dataclasses
import json
import math
import operator
import socket
import struct
import time
from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

_LENGTH = struct.Struct(">Q")
MAX_HEAD = 64 * 2**20
MAX_BYTES = 4 * 2**30
_MAX_AXES, _MAX_ARRAYS = 32, 50_000
#: Seconds between two calls of `Waiting`.
TICK = 0.05
_DTYPES = frozenset({"float32", "float64", "int64", "int32", "uint8", "bool"})


@dataclasses.dataclass(frozen=True, kw_only=True)
class Most:
    """How many bytes a message may hold."""

    head: int = MAX_HEAD
    arrays: int = MAX_BYTES


#: Called now and then while a reply is awaited, with the seconds since the request; may raise to give up.
Waiting = Callable[[float], None]


class ChannelError(Exception):
    """The other side is gone or does not speak the protocol."""


class TooLargeError(ChannelError):
    """A message that holds more than it may; says of what, how much, and how much it may."""


class ClosedError(ChannelError):
    """The other side is gone."""


class DeadlineError(Exception):
    """No complete message within the time allowed."""


def pack(value: Any) -> tuple[Any, list[NDArray[Any]]]:
    """A record as plain JSON values, its arrays replaced by `{"array": index}`; one array object travels once."""
    arrays: dict[int, tuple[int, NDArray[Any]]] = {}

    def plain(part: Any) -> Any:
        if isinstance(part, np.ndarray):
            index, _ = arrays.setdefault(id(part), (len(arrays), part))
            return {"array": index}
        if dataclasses.is_dataclass(part):
            return {field.name: plain(getattr(part, field.name)) for field in dataclasses.fields(part)}
        if isinstance(part, tuple | list):
            return [plain(item) for item in part]
        return part

    return plain(value), [array for _, array in arrays.values()]


def unpack(kind: Any, value: Any, arrays: list[NDArray[Any]]) -> Any:
    """The record of type `kind` that `pack` took apart; raises ValueError where it does not fit."""

    def whole(part: Any) -> Any:
        if isinstance(part, dict):
            if part.keys() == {"array"}:
                return arrays[part["array"]]
            return {key: whole(item) for key, item in part.items()}
        if isinstance(part, list):
            return tuple(whole(item) for item in part)
        return part

    adapter = _adapters.get(kind)
    if adapter is None:
        adapter = _adapters.setdefault(kind, TypeAdapter(kind))
    try:
        if not arrays:
            return adapter.validate_json(json.dumps(value))  # steps are strict: only JSON may give an object for them
        return adapter.validate_python(whole(value))
    except (IndexError, TypeError, RecursionError) as error:
        raise ValueError(f"not the form of a {kind}") from error


_adapters: dict[Any, TypeAdapter[Any]] = {}


def send(
    connection: socket.socket,
    head: dict[str, Any],
    arrays: list[NDArray[Any]] | None = None,
    deadline: float | None = None,
) -> None:
    """Send one message; raises as `receive` does."""
    arrays = [np.asarray(array, order="C") for array in arrays or ()]
    described = [[str(array.dtype), list(array.shape)] for array in arrays]
    text = json.dumps({**head, "arrays": described}, separators=(",", ":")).encode()
    parts = [memoryview(_LENGTH.pack(len(text)) + text), *(array.reshape(-1).view(np.uint8).data for array in arrays)]
    try:
        for part in parts:
            _wait_at_most(connection, _seconds_left(deadline))
            connection.sendall(part)
    except TimeoutError as error:
        raise DeadlineError from error
    except OSError as error:
        raise ClosedError(str(error)) from error


def receive(
    connection: socket.socket,
    deadline: float | None = None,
    waiting: Waiting | None = None,
    most: Most = Most(),
) -> tuple[dict[str, Any], list[NDArray[Any]]]:
    """One message: its head and its read-only arrays.

    Args:
        connection: a connected stream socket.
        deadline: on the monotonic clock; None waits for ever.
        waiting: called about every 50 ms until the message is complete.
        most: what the message may hold.

    Raises:
        ChannelError: the other side is gone or sent something else.
        DeadlineError: the deadline passed.
    """
    started = told = time.monotonic()

    def exactly(count: int) -> NDArray[np.uint8]:
        nonlocal told
        buffer = np.empty(count, np.uint8)  # takes no memory until bytes arrive, whatever the head promises
        view = buffer.data
        while view.nbytes:
            if waiting and (now := time.monotonic()) - told > TICK:
                told = now  # also where bytes come drop by drop, and nothing is ever awaited for long
                waiting(now - started)
            if deadline is None and waiting is None:
                _wait_at_most(connection, None)  # a jailed worker may make no system call but the one that receives
            else:
                await_bytes(connection, deadline, waiting, started)
            try:
                received = connection.recv_into(view[: 2**20])
            except OSError as error:
                raise ClosedError(str(error)) from error
            if received == 0:
                raise ClosedError("the other side closed the connection")
            view = view[received:]
        return buffer

    (length,) = _LENGTH.unpack(exactly(_LENGTH.size).tobytes())
    if length > most.head:
        _refuse("its text takes", length, most.head, "bytes")
    head = _head(exactly(length).tobytes())
    arrays = []
    for dtype, shape in _array_forms(head, most):
        array = exactly(math.prod(shape) * dtype.itemsize).view(dtype).reshape(shape)
        array.setflags(write=False)
        arrays.append(array)
    return head, arrays


def await_bytes(connection: socket.socket, deadline: float | None, waiting: Waiting | None, started: float) -> None:
    """Return once `connection` has bytes or its end; raises as `receive` does, and whatever `waiting` raises."""
    while True:
        left = _seconds_left(deadline)
        _wait_at_most(connection, min(TICK, left or TICK) if waiting else left)
        try:
            connection.recv(1, socket.MSG_PEEK)  # `select` would refuse the descriptors of a busy server, 1024 and up
        except TimeoutError:
            pass
        except OSError as error:
            raise ClosedError(str(error)) from error
        else:
            return
        if waiting:
            waiting(time.monotonic() - started)


def _wait_at_most(connection: socket.socket, seconds: float | None) -> None:
    if connection.gettimeout() != seconds:
        connection.settimeout(seconds)


def _seconds_left(deadline: float | None) -> float | None:
    if deadline is None:
        return None
    left = deadline - time.monotonic()
    if left <= 0:
        raise DeadlineError
    return left


def _refuse(what: str, given: int, most: int, unit: str) -> NoReturn:
    """Raise TooLargeError where a message could be meant so, ChannelError where none is so large."""
    if not most or given > MAX_BYTES:
        raise ChannelError(f"{what} more {unit} than any message")
    raise TooLargeError(f"{what} {given:,} {unit}, more than {most:,}")


def _head(text: bytes) -> dict[str, Any]:
    try:
        head = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ChannelError("the head is not JSON") from error
    if not isinstance(head, dict):
        raise ChannelError("the head is not an object")
    return head


def _array_forms(head: dict[str, Any], most: Most) -> list[tuple[np.dtype[Any], tuple[int, ...]]]:
    try:
        described = [(str(dtype), tuple(operator.index(n) for n in shape)) for dtype, shape in head.get("arrays", [])]
    except (TypeError, ValueError) as error:
        raise ChannelError("the arrays are not described as dtype and shape") from error
    if len(described) > _MAX_ARRAYS:
        _refuse("it holds", len(described), _MAX_ARRAYS, "arrays")
    if any(dtype not in _DTYPES or len(shape) > _MAX_AXES or any(n < 0 for n in shape) for dtype, shape in described):
        raise ChannelError("an array has an unknown dtype, a negative length or too many axes")
    # An axis of length 0 must not hide the others: numpy refuses them too.
    size = sum(math.prod(n or 1 for n in shape) * np.dtype(dtype).itemsize for dtype, shape in described)
    if size > most.arrays:
        _refuse("its arrays take", size, most.arrays, "bytes")
    return [(np.dtype(dtype), shape) for dtype, shape in described]
