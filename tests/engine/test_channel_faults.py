"""A hostile, slow or silent other side of the channel is only ever an error, in time and without taking memory."""

import contextlib
import json
import os
import resource
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from core.engine import channel
from core.engine.channel import ChannelError, DeadlineError
from tests.engine.test_channel import DTYPES, connected


def received_from(raw: bytes) -> tuple[dict[str, Any], list[NDArray[Any]]]:
    """What `receive` makes of a side that sends those bytes and closes."""
    with connected() as (hostile, ours):
        sender = threading.Thread(target=_send_and_close, args=(hostile, raw))
        sender.start()
        try:
            return channel.receive(ours, time.monotonic() + 120)
        finally:
            ours.close()
            sender.join()


def _send_and_close(hostile: socket.socket, raw: bytes) -> None:
    with contextlib.suppress(OSError):  # refused before the end, as it should be
        hostile.sendall(raw)
    hostile.close()


def framed(head: str | bytes, body: bytes = b"") -> bytes:
    text = head.encode() if isinstance(head, str) else head
    return struct.pack(">Q", len(text)) + text + body


def describing(*described: object) -> bytes:
    return framed(json.dumps({"arrays": described}))


HOSTILE = {
    "closed at once": b"",
    "closed in the length": b"\0\0",
    "closed in the head": struct.pack(">Q", 100) + b'{"va',
    "closed in an array": framed('{"arrays":[["float32",[4]]]}', b"1234567"),
    "a huge length": struct.pack(">Q", 2**63),
    "a length above the limit": struct.pack(">Q", channel.MAX_HEAD + 1),
    "not JSON": framed("value"),
    "not UTF-8": framed(b'{"value": "\xff\xfe"}'),
    "an empty head": framed(""),
    "a list": framed("[]"),
    "a number": framed("1"),
    "null": framed("null"),
    "deep lists": framed("[" * 60_000),
    "deep objects": framed('{"a":' * 60_000),
    "an endless number": framed('{"value":' + "9" * 10_000 + "}"),
    "arrays that are no list": framed('{"arrays":3}'),
    "arrays that are null": framed('{"arrays":null}'),
    "an array that is no pair": describing(["float32"]),
    "an unknown dtype": describing(["float16", [1]]),
    "an object dtype": describing(["object", [1]]),
    "a dtype that is a list": describing([["float32"], [1]]),
    "a negative length": describing(["float32", [-1]]),
    "two negative lengths": describing(["float32", [-1, -1]]),
    "half an element": describing(["float32", [1.5]]),
    "a length that is text": describing(["float32", ["1"]]),
    "an infinite length": framed('{"arrays":[["float32",[1e999]]]}'),
    "a length beyond int64": describing(["float32", [10**30]]),
    "lengths that overflow to zero": describing(["float32", [2**32, 2**32]]),
    "lengths that overflow below zero": describing(["float32", [2**31, 2**30]]),
    "lengths hidden by a zero": describing(["uint8", [0, 2**40, 2**40]]),
    "too many bytes": describing(["uint8", [channel.MAX_BYTES + 1]]),
    "too many bytes in all": describing(*[["uint8", [channel.MAX_BYTES // 2 + 1]]] * 2),
    "too many axes": describing(["uint8", [1] * 65]),
}


class TestAHostileOtherSide:
    @pytest.mark.parametrize("raw", HOSTILE.values(), ids=HOSTILE.keys())
    def test_is_a_channel_error(self, raw: bytes) -> None:
        with pytest.raises(ChannelError):
            received_from(raw)

    def test_cannot_take_memory_by_promising(self) -> None:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        with pytest.raises(ChannelError, match="closed"):
            received_from(describing(["uint8", [channel.MAX_BYTES]]))
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < before + 200_000

    @given(raw=st.one_of(st.binary(max_size=60), st.binary(max_size=60).map(framed)))
    @settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    def test_that_sends_anything_is_a_channel_error(self, raw: bytes) -> None:
        with pytest.raises(ChannelError):
            received_from(raw)

    @given(
        described=st.recursive(
            st.one_of(st.none(), st.integers(-(2**70), 2**70), st.floats(), st.sampled_from((*DTYPES, "<f4", ""))),
            lambda inner: st.lists(inner, max_size=4),
            max_leaves=12,
        ),
        body=st.binary(max_size=40),
    )
    @settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    def test_that_describes_anything_is_understood_or_a_channel_error(self, described: object, body: bytes) -> None:
        try:
            _, got = received_from(framed(json.dumps({"arrays": described}), body))
        except ChannelError:
            return
        assert sum(array.nbytes for array in got) <= len(body)

    def test_that_was_reset_is_a_channel_error(self) -> None:
        with connected() as (hostile, ours):
            ours.sendall(b"never read")
            hostile.close()  # with unread bytes: the other end sees a reset instead of an end
            with pytest.raises(ChannelError):
                channel.receive(ours)
            with pytest.raises(ChannelError):
                channel.send(ours, {"anybody": "there"})


class TestDeadlines:
    def test_a_silent_side_is_given_up_in_time(self) -> None:
        with connected() as (_one, other):
            assert seconds_until_deadline(lambda deadline: channel.receive(other, deadline)) >= 0.2

    def test_a_trickle_does_not_put_it_off(self) -> None:
        with connected() as (one, other), trickling(one, framed('{"value":1}'), 0.05):
            assert seconds_until_deadline(lambda deadline: channel.receive(other, deadline)) >= 0.2

    def test_a_slow_message_in_time_is_a_message(self) -> None:
        with connected() as (one, other), trickling(one, framed('{"value":1}'), 0.005):
            assert channel.receive(other, time.monotonic() + 120)[0] == {"value": 1}

    def test_a_side_that_does_not_read_is_given_up_in_time(self) -> None:
        large = np.zeros(2**22)
        with connected() as (one, _other):
            assert seconds_until_deadline(lambda deadline: channel.send(one, {}, [large], deadline)) >= 0.2

    def test_one_that_is_over_already_is_noticed(self) -> None:
        with connected() as (_one, other), pytest.raises(DeadlineError):
            channel.receive(other, time.monotonic() - 1)

    def test_waiting_is_told_the_seconds_and_may_give_up(self) -> None:
        class Enough(BaseException):
            pass

        told: list[float] = []

        def waiting(seconds: float) -> None:
            told.append(seconds)
            if seconds > 0.3:
                raise Enough

        with connected() as (_one, other), pytest.raises(Enough):
            channel.receive(other, time.monotonic() + 120, waiting)
        assert 1 <= len(told) <= 8, "about every 50 ms, on a busy machine less often"
        assert told == sorted(told)

    def test_waiting_that_raises_an_os_error_is_heard_too(self) -> None:
        def waiting(_: float) -> None:
            raise TimeoutError("the person left")

        with connected() as (_one, other), pytest.raises(TimeoutError, match="the person left"):
            channel.receive(other, None, waiting)


def seconds_until_deadline(act: Callable[[float], object]) -> float:
    """How long `act` takes to give up when it has 0.2 s."""
    started = time.monotonic()
    with pytest.raises(DeadlineError):
        act(started + 0.2)
    return time.monotonic() - started


@contextmanager
def trickling(connection: socket.socket, raw: bytes, pause: float) -> Iterator[None]:
    """Meanwhile another thread sends `raw` byte by byte."""
    enough = threading.Event()

    def send() -> None:
        for byte in raw:
            os.write(connection.fileno(), bytes([byte]))
            if enough.wait(pause):
                return

    sender = threading.Thread(target=send)
    sender.start()
    try:
        yield
    finally:
        enough.set()
        sender.join()
