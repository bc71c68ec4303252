"""A worker in hand: it is handed out at once, another follows, and none is kept of processes that ended."""

import os
import signal
import socket
import time
import types
from collections.abc import Iterator
from typing import Any

import pytest

from core.engine import channel
from core.engine import sparing as spares
from core.engine.pool import Engine
from core.engine.sparing import _CODE_RECIPE, _RECIPE, Sparing, _alive, _messages
from core.questions.model import GetOverview
from core.questions.tensor import GetCards
from core.recipe.steps import Custom
from core.replaying.replay import replay
from tests.custom import good
from tests.engines import drawn, engine_from, shared_zygote
from tests.processes import comes_true, end, running
from tests.sameness import assert_same


@pytest.fixture
def sparing() -> Iterator[Sparing]:
    spares = Sparing(shared_zygote())
    yield spares
    spares._let_go()
    for timer in spares._timers.values():
        timer.join(120)


def in_hand(sparing: Sparing, *, runs_code: bool = False) -> int:
    assert comes_true(lambda: runs_code in sparing._spares)
    return sparing._spares[runs_code].pid


def test_the_second_asked_for_was_ready_and_a_third_follows(sparing: Sparing) -> None:
    first = sparing.launch()
    ready = in_hand(sparing)
    second = sparing.launch()
    assert second.pid == ready != first.pid
    assert in_hand(sparing) not in (first.pid, second.pid)
    for worker in (first, second):
        sparing.release(worker, reusable=False)


def test_none_is_made_while_others_are_launched_one_after_another(
    sparing: Sparing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spares, "_AFTER_SECONDS", 2.0)  # longer than a busy machine takes for a launch
    until = time.monotonic() + 3
    while time.monotonic() < until:
        sparing.release(sparing.launch(), reusable=False)
        assert not sparing._spares
        time.sleep(0.02)
    in_hand(sparing)


def test_code_gets_a_worker_of_its_own_kind(sparing: Sparing) -> None:
    sparing.release(sparing.launch(runs_code=True), reusable=False)
    in_hand(sparing, runs_code=True)
    assert False not in sparing._spares


def test_what_it_answers_is_what_a_fresh_one_answers(sparing: Sparing) -> None:
    code = "def f(m):\n    if isinstance(m, nn.Linear):\n        nn.init.normal_(m.weight)"
    for span in (drawn(3), drawn(4, Custom(code, "f", seed=5))):
        request = GetCards(("0.weight", "2.bias"))
        with engine_from(shared_zygote(), cache_bytes=0) as plain:
            expected = plain.ask(span, request)
        with engine_from(sparing, cache_bytes=0) as engine:
            engine.ask(drawn(9), GetOverview())
            in_hand(sparing)
            found = engine.ask(span, request)
        assert_same(found, expected)


@pytest.mark.parametrize("runs_code", [False, True])
def test_what_it_holds_is_our_own_example_and_nothing_of_a_visitors(sparing: Sparing, runs_code: bool) -> None:
    with engine_from(sparing) as engine:
        engine.ask(good(1) if runs_code else drawn(1), GetOverview())
        in_hand(sparing, runs_code=runs_code)
        spare = sparing._spares.pop(runs_code)
    deadline = time.monotonic() + 120
    channel.send(spare.connection, {"request": "GetValues", "fields": {"name": "0.weight"}}, None, deadline)
    _, (values,) = channel.receive(spare.connection, deadline)
    ours = replay(_CODE_RECIPE if runs_code else _RECIPE)
    assert values.tolist() == ours.get_parameter("0.weight").double().tolist()
    sparing.release(spare, reusable=False)


@pytest.mark.parametrize("runs_code", [False, True])
def test_it_is_told_the_same_whatever_others_ask(
    sparing: Sparing, runs_code: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[dict[str, object]] = []

    def listening(connection: socket.socket, message: dict[str, object], *rest: Any) -> None:
        told.append(message)
        channel.send(connection, message, *rest)

    heard = types.SimpleNamespace(**{**vars(channel), "send": listening})
    monkeypatch.setattr("core.engine.sparing.channel", heard)
    with engine_from(sparing) as engine:
        engine.ask(good(2) if runs_code else drawn(2), GetOverview())
        in_hand(sparing, runs_code=runs_code)
    ours = [*_messages(runs_code=False), *_messages(runs_code=True)]
    assert told
    assert all(message in ours for message in told)


def test_one_that_died_is_not_handed_out(sparing: Sparing) -> None:
    sparing.release(sparing.launch(), reusable=False)
    dead = in_hand(sparing)
    spare = sparing._spares[False]
    os.kill(dead, signal.SIGKILL)
    assert comes_true(lambda: not _alive(spare))
    worker = sparing.launch()
    assert worker.pid != dead
    assert running(worker.pid)
    sparing.release(worker, reusable=False)


def test_none_is_kept_over_a_restart_and_none_outlives_the_end(
    sparing: Sparing, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, closed = shared_zygote(), list[bool]()
    monkeypatch.setattr(source, "close", lambda: closed.append(True))  # it serves other tests
    engine = Engine(source=sparing)
    try:
        engine.ask(drawn(1), GetOverview())
        old = in_hand(sparing)
        engine.reload()
        assert end([old])
        assert not sparing._spares
        engine.ask(drawn(2), GetOverview())
        last = in_hand(sparing)
        assert last != old
    finally:
        engine.close()
    assert end([last])
    assert closed == [True]
