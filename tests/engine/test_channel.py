"""The protocol between server and worker: records and messages come out as they went in."""

import fcntl
import json
import resource
import socket
import threading
import time
import types
import typing
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from typing import Annotated, Any, Literal, Union

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of
from numpy.typing import NDArray

from core.engine import channel
from core.questions import code, experiments, model, picture, sharing, tensor, theory
from core.questions.arrays import Bytes, Float64s, Integers
from core.questions.model import GetPreview, Height
from core.questions.picture import Heatmap
from core.questions.registry import QUESTIONS
from core.recipe.numbers import Count, Finite, Whole
from core.recipe.steps import OneTensor, Options, Pattern, Subtree, Where
from core.recipe.words import Lines, Name, Words
from tests.sameness import assert_same

DTYPES = ("float32", "float64", "int64", "int32", "uint8", "bool")
whole = st.integers(-(2**63), 2**63 - 1)
options = st.one_of(st.booleans(), st.integers(-9, 9), st.floats(-9, 9), st.text(max_size=4))


def arrays(*dtypes: str) -> st.SearchStrategy[NDArray[Any]]:
    """Arrays of one axis of any length, 0 included, and any bits: NaN with a payload, -0.0, subnormals."""
    return st.sampled_from(dtypes).flatmap(lambda dtype: arrays_of.arrays(dtype, st.integers(0, 4)))


#: By how it is written: not every kind has a hash.
_KINDS = {
    str(Float64s): arrays("float64"),
    str(Integers): arrays("int64"),
    str(Bytes): arrays("uint8"),
    str(Name): st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    str(Words): st.text(st.sampled_from('ab 権*<["\\'), max_size=8),
    str(Lines): st.text(st.sampled_from('ab 権*<["\\\n'), max_size=8),
    str(Count): st.integers(0, 2**63 - 1),
    str(Whole): whole,
    str(Finite): st.floats(allow_nan=False, allow_infinity=False),
    str(Height): st.floats(0, 1),
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
    if str(kind) in _KINDS:
        return _KINDS[str(kind)]
    inner = typing.get_args(kind)
    if typing.get_origin(kind) is Literal:
        return st.sampled_from(inner)
    if kind is Options:
        return st.dictionaries(st.text(max_size=4), options, max_size=3).map(lambda given: tuple(sorted(given.items())))
    if kind is Where:
        return st.sampled_from([Subtree("0", "Linear", "*"), Pattern("*.weight"), OneTensor("0.bias")])
    if typing.get_origin(kind) is Annotated and inner[0] is str:
        return st.text("abc=():\n", min_size=1, max_size=8).filter(str.strip)  # a person's code
    if typing.get_origin(kind) is Annotated:  # a number of parts within bounds
        return st.lists(values(typing.get_args(inner[0])[0], depth + 1), min_size=1, max_size=2).map(tuple)
    if typing.get_origin(kind) is dict:
        return st.dictionaries(*(values(part, depth + 1) for part in inner), max_size=2)
    if isinstance(kind, types.UnionType) or typing.get_origin(kind) is Union:
        inner = tuple(part for part in inner if depth < 4 or not is_dataclass(part)) or inner  # records end somewhere
        return st.one_of(*(values(choice, depth) for choice in inner))
    if typing.get_origin(kind) is tuple and inner[-1] is ...:
        return st.just(()) if depth > 3 else st.lists(values(inner[0], depth + 1), max_size=2).map(tuple)
    if typing.get_origin(kind) is tuple:
        return st.tuples(*(values(item, depth) for item in inner))
    hints = typing.get_type_hints(kind, include_extras=True)
    return st.builds(kind, **{field.name: values(hints[field.name], depth + 1) for field in fields(kind)})


def is_free(kind: Any, seen: frozenset[Any] = frozenset()) -> bool:
    """Whether the fields of a record, and of those in it, may hold anything of their kind, whatever the others hold."""
    if kind in seen:  # a record that holds others of its kind
        return True
    if isinstance(kind, type) and is_dataclass(kind):
        hints = typing.get_type_hints(kind, include_extras=True).values()
        return not hasattr(kind, "__post_init__") and all(is_free(hint, seen | {kind}) for hint in hints)
    return all(is_free(part, seen) for part in typing.get_args(kind))


#: Those whose fields may hold anything of their kind; what the fields of the others must have in common is tried in
#: `test_forged`, and that they come out as they went in, in `test_answers`.
RECORDS = [
    kind
    for topic in (model, picture, tensor, code, theory, sharing, experiments)
    for name, kind in vars(topic).items()
    if is_dataclass(kind) and kind.__module__ == topic.__name__ and name not in QUESTIONS and is_free(kind)
]


def through_text(kind: Any, record: Any) -> Any:
    """What the other side makes of a record."""
    plain, sent = channel.pack(record)
    return channel.unpack(kind, json.loads(json.dumps(plain)), sent)


@contextmanager
def connected() -> Iterator[tuple[socket.socket, socket.socket]]:
    one, other = socket.socketpair()
    with one, other:
        yield one, other


class TestRecords:
    @pytest.mark.parametrize("kind", RECORDS, ids=lambda kind: kind.__name__)
    @given(data=st.data())
    @settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    def test_come_out_as_they_went_in(self, kind: type, data: st.DataObject) -> None:
        record = data.draw(values(kind))
        assert_same(through_text(kind, record), record)

    @pytest.mark.parametrize("kind", QUESTIONS.values(), ids=lambda kind: kind.__name__)
    @given(data=st.data())
    @settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
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
            channel.unpack(model.Outcome, value, sent)

    def test_an_array_of_another_dtype_is_a_value_error(self) -> None:
        with pytest.raises(ValueError, match="expected an array of float64"):
            channel.unpack(tensor.Values, {"values": {"array": 0}}, [np.zeros(2, np.float32)])


class TestMessages:
    @given(sent=st.lists(arrays(*DTYPES), max_size=4), head=st.dictionaries(st.text(max_size=5), whole, max_size=3))
    @settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
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
            _, (array,) = channel.receive(other, time.monotonic() + 120)
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
                assert channel.receive(far, time.monotonic() + 120, lambda _: None)[0]["heard"]
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
