"""What a run draws goes to the browser together, soon, whole and in order."""

import time
from types import SimpleNamespace
from typing import Any

import pytest

from pages.frame import sending


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """What has gone to the browser, from a machine on which nothing takes long."""
    messages: list[int] = []
    monkeypatch.setattr(sending, "_TOGETHER_SECONDS", 60.0)
    monkeypatch.setattr(sending, "get_script_run_ctx", lambda **_: CONTEXT)
    CONTEXT._enqueue = messages.append
    return messages


CONTEXT: Any = SimpleNamespace()


def draw(message: int) -> None:
    CONTEXT._enqueue(message)


def test_what_a_run_draws_is_sent_at_its_end_in_order(sent: list[int]) -> None:
    with sending.together():
        draw(1)
        draw(2)
        assert sent == []
    assert sent == [1, 2]
    draw(3)
    assert sent == [1, 2, 3]


def test_from_where_it_takes_long_on_everything_is_sent_at_once(sent: list[int]) -> None:
    with sending.together():
        draw(1)
        sending.now()
        assert sent == [1]
        draw(2)
        assert sent == [1, 2]


def test_pictures_go_before_the_fields_and_have_their_head_start_once(
    sent: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    monkeypatch.setattr(time, "sleep", waited.append)
    with sending.together():
        draw(1)
        sending.head_start()
        assert sent == [1]
        sending.head_start()
    assert len(waited) == 1
    assert waited[0] > 0.05


def test_drawing_that_takes_long_by_itself_is_seen_while_it_does(
    sent: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "_TOGETHER_SECONDS", 0.15)
    with sending.together():
        draw(1)
        time.sleep(0.2)
        draw(2)
        assert sent == [1, 2]


def test_a_run_that_ends_early_has_sent_what_it_drew(sent: list[int]) -> None:
    @sending.together()
    def fails_early() -> None:
        draw(1)
        raise KeyError

    with pytest.raises(KeyError):
        fails_early()
    assert sent == [1]


def test_a_run_that_is_ended_while_it_sends_is_ended(sent: list[int]) -> None:
    def refuse(_message: int) -> None:
        raise InterruptedError

    CONTEXT._enqueue = refuse
    with pytest.raises(InterruptedError), sending.together():
        draw(1)
    assert CONTEXT._enqueue is refuse
    assert sent == []


def test_outside_of_a_run_nothing_is_kept_back(monkeypatch: pytest.MonkeyPatch, sent: list[int]) -> None:
    monkeypatch.setattr(sending, "get_script_run_ctx", lambda **_: None)
    with sending.together():
        draw(1)
        assert sent == [1]
    sending.now()
