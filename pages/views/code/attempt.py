"""Trying a changed recipe before the session takes it: an error is shown beside its line and changes nothing."""

from dataclasses import dataclass

import streamlit as st

from core import text
from core.engine.pool import EngineError, Span, StepFailedError
from core.questions.base import Reply_co, Request
from core.questions.model import GetOverview
from core.recipe.recipe import Recipe, explanation
from pages.frame import session
from pages.frame.engine import ask


@dataclass(frozen=True)
class Failure:
    """Why code was not taken: one sentence, the line at fault, and what was printed before."""

    sentence: str
    line: int | None = None
    printed: str = ""


def failure(key: str) -> Failure | None:
    """The last attempt's failure in that editor, if it failed."""
    found: Failure | None = st.session_state.get(f"{key}:failure")
    return found


def wanted(key: str, run: bool, code: str) -> str | None:
    """The code to try now: what was just submitted, or what an interrupted run of the page did not get to."""
    if run:
        st.session_state.pending_code = (key, code)
    pending: tuple[str, str] | None = st.session_state.get("pending_code")
    return pending[1] if pending is not None and pending[0] == key else None


def reading(key: str, request: Request[Reply_co]) -> Reply_co | None:
    """What code is, read in a worker; None where it cannot be, which `failure` then tells."""
    try:
        return ask(request, session.end_span())
    except EngineError as error:
        _fail(key, error)
    except ValueError as error:
        st.session_state[f"{key}:failure"] = Failure(explanation(error))
    return None


def take(key: str, recipe: Recipe) -> None:
    """Replay `recipe` once; where that works it becomes the session's, else `failure` tells why not."""
    steps = len(recipe.steps)
    try:
        ask(GetOverview(), Span(recipe, 0, steps))
    except EngineError as error:
        _fail(key, error)
    else:
        st.session_state[f"{key}:failure"] = None
        session.propose(recipe)
        st.session_state.after = None


def _fail(key: str, error: EngineError) -> None:
    reason = error.reason if isinstance(error, StepFailedError) else str(error)
    st.session_state[f"{key}:failure"] = Failure(reason, error.line, error.printed)


def show_printed(printed: str) -> None:
    """What code printed, as it was."""
    if printed:
        st.caption("Printed")
        lines = "\n".join(text.plain(line, 500) for line in printed.splitlines()[:400])
        st.code(lines, language=None, wrap_lines=True, height=120 if printed.count("\n") > 4 else "content")
