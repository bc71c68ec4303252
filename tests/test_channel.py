"""The protocol between server and worker: what goes in comes out, and a hostile other side is only ever an error."""

import contextlib
import fcntl
import json
import os
import resource
import socket
import struct
import threading
import time
import types
import typing
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of
from numpy.typing import NDArray

from core import measurements
from core.engine import channel
from core.engine.channel import ChannelError, DeadlineError
from core.measurements import Bytes, Float64s, Floats, Heatmap, Integers
from core.requests import REQUESTS, GetPreview
from core.steps import OneTensor, Pattern, Subtree
from tests.sameness import assert_same

DTYPES = ("float32", "float64", "int64", "int32", "uint8", "bool")
RECORDS = [
    kind for kind in vars(measurements).values() if is_dataclass(kind) and kind.__module__ == measurements.__name__
]
REPLIES = [kind.reply for kind in REQUESTS.values()]
whole = st.integers(-(2**63), 2**63 - 1)


def arrays(*dtypes: str) -> st.SearchStrategy[NDArray[Any]]:
    """Arrays of up to three axes of any length, 0 included, and any bits: NaN with a payload, -0.0, subnormals."""
    shapes = arrays_of.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4)
    return st.sampled_from(dtypes).flatmap(lambda dtype: arrays_of.arrays(dtype, shapes))


_ARRAYS = {
    str(Float64s): arrays("float64"),
    str(Floats): arrays("float32", "float64"),
    str(Integers): arrays("int64"),
    str(Bytes): arrays("uint8"),
}
_PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    int: whole,
    float: st.floats(),
    str: st.text(max_size=8),
    bool: st.booleans(),
    type(None): st.none(),
}


def values(kind: Any, depth: int = 0) -> st.SearchStrategy[Any]:
    """Any value that a field annotated `kind` may hold."""
    if kind in _PLAIN:
        return _PLAIN[kind]
    if str(kind) in _ARRAYS:
        return _ARRAYS[str(kind)]
    inner = typing.get_args(kind)
    if typing.get_origin(kind) is Literal:
        return st.sampled_from(inner)
    if isinstance(kind, types.UnionType):
        return st.one_of(*(values(choice, depth) for choice in inner))
    if typing.get_origin(kind) is tuple and inner[-1] is ...:
        return st.just(()) if depth > 3 else st.lists(values(inner[0], depth + 1), max_size=2).map(tuple)
    if typing.get_origin(kind) is tuple:
        return st.tuples(*(values(item, depth) for item in inner))
    hints = typing.get_type_hints(kind, include_extras=True)
    return st.builds(kind, **{field.name: values(hints[field.name], depth + 1) for field in fields(kind)})


def through_text(kind: Any, record: Any) -> Any:
    """What the other side makes of a record."""
    plain, sent = channel.pack(record)
    return channel.unpack(kind, json.loads(json.dumps(plain)), sent)


@contextmanager
def connected() -> Iterator[tuple[socket.socket, socket.socket]]:
    one, other = socket.socketpair()
    with one, other:
        yield one, other


def received_from(raw: bytes) -> tuple[dict[str, Any], list[NDArray[Any]]]:
    """What `receive` makes of a side that sends those bytes and closes."""
    with connected() as (hostile, ours):
        sender = threading.Thread(target=_send_and_close, args=(hostile, raw))
        sender.start()
        try:
            return channel.receive(ours, time.monotonic() + 20)
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


class TestRecords:
    @pytest.mark.parametrize("kind", RECORDS, ids=lambda kind: kind.__name__)
    @given(data=st.data())
    @settings(max_examples=25, deadline=None)
    def test_come_out_as_they_went_in(self, kind: type, data: st.DataObject) -> None:
        record = data.draw(values(kind))
        assert_same(through_text(kind, record), record)

    @pytest.mark.parametrize("kind", REPLIES, ids=str)
    @given(data=st.data())
    @settings(max_examples=10, deadline=None)
    def test_so_does_every_reply(self, kind: Any, data: st.DataObject) -> None:
        reply = data.draw(values(kind))
        assert_same(through_text(kind, reply), reply)

    @pytest.mark.parametrize("kind", [k for k in REQUESTS.values() if k is not GetPreview], ids=lambda k: k.__name__)
    @given(data=st.data())
    @settings(max_examples=25, deadline=None)
    def test_so_does_every_request(self, kind: type, data: st.DataObject) -> None:
        request = data.draw(values(kind))
        assert_same(through_text(kind, request), request)

    @pytest.mark.parametrize("where", [Subtree("0", "Linear", "*"), Pattern("*.weight"), OneTensor("0.bias")])
    def test_so_does_a_preview_in_any_place(self, where: Subtree | Pattern | OneTensor) -> None:
        options = (("gain", 1.0), ("mode", "fan_in"), ("n", 3), ("flag", True))
        request = GetPreview("xavier_uniform", where, options)
        assert_same(through_text(GetPreview, request), request)

    def test_one_array_object_travels_once(self) -> None:
        exact = np.ones((2, 3), np.float32)
        picture = Heatmap(exact, exact, exact, np.zeros((2, 3), np.uint8), (0, 0), (2, 3), (1, 1), (2, 3))
        plain, sent = channel.pack((picture, picture))
        assert len(sent) == 2
        first, second = channel.unpack(tuple[Heatmap, Heatmap], plain, sent)
        assert first.mean is first.low is first.high is second.mean

    def test_equal_arrays_that_are_two_objects_stay_two(self) -> None:
        _, sent = channel.pack((np.zeros(2), np.zeros(2)))
        assert len(sent) == 2

    @pytest.mark.parametrize(
        "value",
        [
            {"touched": [], "losses": "no"},
            {"touched": [{"array": 7}], "losses": []},
            {"touched": [{"array": "0"}], "losses": []},
            {"losses": {"array": None}},
            [],
            None,
        ],
    )
    @pytest.mark.parametrize("sent", [[], [np.zeros(2)]], ids=["without arrays", "with arrays"])
    def test_another_form_is_a_value_error(self, value: object, sent: list[NDArray[Any]]) -> None:
        with pytest.raises(ValueError, match="Outcome"):
            channel.unpack(measurements.Outcome, value, sent)

    def test_an_array_of_another_dtype_is_a_value_error(self) -> None:
        with pytest.raises(ValueError, match="expected an array of float64"):
            channel.unpack(measurements.Values, {"values": {"array": 0}}, [np.zeros(2, np.float32)])


class TestMessages:
    @given(sent=st.lists(arrays(*DTYPES), max_size=4), head=st.dictionaries(st.text(max_size=5), whole, max_size=3))
    @settings(max_examples=100, deadline=None)
    def test_keep_head_and_arrays(self, sent: list[NDArray[Any]], head: dict[str, int]) -> None:
        head.pop("arrays", None)
        with connected() as (one, other):
            channel.send(one, head, sent)
            got, arrived = channel.receive(other)
        got.pop("arrays")
        assert got == head
        assert_same(arrived, sent)

    def test_arrays_arrive_read_only(self) -> None:
        with connected() as (one, other):
            channel.send(one, {}, [np.zeros(3)])
            _, (array,) = channel.receive(other)
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1

    def test_views_arrive_in_the_order_they_are_read(self) -> None:
        table = np.arange(12.0).reshape(3, 4)
        with connected() as (one, other):
            channel.send(one, {}, [table.T, table[:, ::-2]])
            _, (turned, skipped) = channel.receive(other)
        assert turned.tolist() == table.T.tolist()
        assert skipped.tolist() == table[:, ::-2].tolist()

    def test_a_large_array_arrives_whole(self) -> None:
        large = np.random.default_rng(0).random(3_000_000)
        with connected() as (one, other):
            sender = threading.Thread(target=channel.send, args=(one, {}, [large]))
            sender.start()
            _, (array,) = channel.receive(other, time.monotonic() + 20)
            sender.join()
        assert array.tobytes() == large.tobytes()

    def test_follow_each_other(self) -> None:
        with connected() as (one, other):
            for number in range(3):
                channel.send(one, {"number": number}, [np.full(number, number)])
            assert [channel.receive(other)[0]["number"] for _ in range(3)] == [0, 1, 2]

    def test_pass_over_a_descriptor_beyond_the_reach_of_select(self) -> None:
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        try:
            with connected() as (one, other), socket.socket(fileno=fcntl.fcntl(other, fcntl.F_DUPFD, 1500)) as far:
                channel.send(one, {"heard": True})
                assert channel.receive(far, time.monotonic() + 5, lambda _: None)[0]["heard"]
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


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
    @settings(max_examples=150, deadline=None)
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
    @settings(max_examples=300, deadline=None)
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
            assert 0.2 <= seconds_until_deadline(lambda deadline: channel.receive(other, deadline)) < 0.7

    def test_a_trickle_does_not_put_it_off(self) -> None:
        with connected() as (one, other), trickling(one, framed('{"value":1}'), 0.05):
            assert 0.2 <= seconds_until_deadline(lambda deadline: channel.receive(other, deadline)) < 0.7

    def test_a_slow_message_in_time_is_a_message(self) -> None:
        with connected() as (one, other), trickling(one, framed('{"value":1}'), 0.005):
            assert channel.receive(other, time.monotonic() + 10)[0] == {"value": 1}

    def test_a_side_that_does_not_read_is_given_up_in_time(self) -> None:
        large = np.zeros(2**22)
        with connected() as (one, _other):
            assert 0.2 <= seconds_until_deadline(lambda deadline: channel.send(one, {}, [large], deadline)) < 0.7

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
            channel.receive(other, time.monotonic() + 10, waiting)
        assert 3 <= len(told) <= 7
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
