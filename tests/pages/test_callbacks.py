"""A click that follows another at once does not halve what the first one does."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from streamlit import config
from streamlit.runtime.scriptrunner import StopException
from streamlit.runtime.state import SafeSessionState, SessionState

from pages.frame import callbacks


class _Interacting(SessionState):
    """The state of a session in which somebody did something that has a callback."""

    def on_script_will_rerun(self, *_: Any, **__: Any) -> None:
        callback: Callable[[], None] = self["callback"]
        callback()


def _next_click_has_come() -> None:
    raise StopException


@pytest.fixture
def state() -> Iterator[SafeSessionState]:
    """One whose run is to end, since the next click has come."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SafeSessionState, "on_script_will_rerun", SafeSessionState.on_script_will_rerun)
        yield SafeSessionState(_Interacting(), _next_click_has_come)


def _put_twice(state: SafeSessionState) -> None:
    def callback() -> None:
        state["first"] = 1
        state["second"] = 2

    state._state["callback"] = callback


def test_streamlit_alone_ends_the_run_before_its_callbacks(state: SafeSessionState) -> None:
    _put_twice(state)
    with pytest.raises(StopException):
        state.on_script_will_rerun(None)
    assert "second" not in state._state


def test_callbacks_run_whole_and_the_run_ends_after_them(state: SafeSessionState) -> None:
    callbacks.run_whole()
    callbacks.run_whole()  # a second time changes nothing
    _put_twice(state)
    state.on_script_will_rerun(None)
    assert (state._state["first"], state._state["second"]) == (1, 2)
    with pytest.raises(StopException):
        state["first"]


def test_a_callback_that_fails_leaves_the_run_interruptible(state: SafeSessionState) -> None:
    callbacks.run_whole()
    state._state["callback"] = lambda: 1 / 0
    with pytest.raises(ZeroDivisionError):
        state.on_script_will_rerun(None)
    with pytest.raises(StopException):
        state["first"]


def test_one_run_of_a_session_follows_the_other() -> None:
    assert config.get_option("runner.fastReruns") is False
