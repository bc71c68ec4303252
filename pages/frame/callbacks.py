"""Callbacks run to their end: without this a click that follows another at once undoes or halves the first.

Streamlit interrupts a run wherever the session's state is touched, also within a callback and right before the first of
them, once the next click has arrived: what the first one meant to change is then changed in part or not at all. Here
the interruption waits until the last callback has returned. It needs `runner.fastReruns = false` beside it, or two runs
of one session change its state at the same time.
"""

from functools import wraps
from typing import Any

from streamlit.runtime.state import SafeSessionState


def run_whole() -> None:
    """Have Streamlit do so from now on, in this process."""
    interruptible = SafeSessionState.on_script_will_rerun
    if hasattr(interruptible, "__wrapped__"):
        return

    @wraps(interruptible)
    def uninterrupted(state: SafeSessionState, *args: Any, **kwargs: Any) -> None:
        interrupt = state._yield_callback  # noqa: SLF001  # Streamlit has no public way
        object.__setattr__(state, "_yield_callback", _nothing)  # as its own constructor sets it
        try:
            interruptible(state, *args, **kwargs)
        finally:
            object.__setattr__(state, "_yield_callback", interrupt)

    SafeSessionState.on_script_will_rerun = uninterrupted  # type: ignore[method-assign, assignment]  # takes and returns the same


def _nothing() -> None:
    """In place of an interruption."""
