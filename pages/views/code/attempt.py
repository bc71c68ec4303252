"""Trying a changed recipe before the session takes it: an error is shown beside its line and changes nothing."""

from collections.abc import Callable

import streamlit as st

from core import text
from core.engine.errors import EngineError, StepFailedError, StoppedError
from core.engine.span import Span
from core.questions.base import Reply_co, Request
from core.questions.model import GetOverview
from core.recipe.recipe import Recipe, explanation
from pages.components.code_editor import Submitted
from pages.frame import session, state, trouble
from pages.frame.engine import PostponedError, ask, engine
from pages.frame.state import Failure, Pending


def carry_out(editor: str, submitted: Submitted, use: Callable[[str], None]) -> None:
    """Do what was just submitted, or what an interrupted run of the page did not get to; then show the last failure.

    Args:
        editor: its key; submitted: what is in it, and whether it was asked to run.
        use: reads the code and takes the recipe that it makes.
    """
    if submitted.run:
        state.PENDING_CODE.put(Pending(editor=editor, code=submitted.text))
    pending = state.PENDING_CODE.get()
    if pending is not None and pending["editor"] == editor:
        try:
            use(pending["code"])
        except ValueError as error:
            state.failure(editor).put(Failure(sentence=explanation(error), line=None, printed=""))
        except PostponedError as postponed:
            if not isinstance(postponed.error, StoppedError):
                trouble.draw_postponed(postponed, editor)  # nothing is wrong with the code, which stays to be tried
                return
            _fail(editor, postponed.error)
        state.PENDING_CODE.take()
        st.rerun()
    failed = state.failure(editor).get()
    if failed is not None:
        show_printed(failed["printed"])


def reading(editor: str, request: Request[Reply_co]) -> Reply_co | None:
    """What code is, read in a worker; None where it cannot be, which the editor's failure then tells."""
    span = session.end_span()
    engine().again(span)  # a person asked for it, and of another text than was stopped
    try:
        return ask(request, span)
    except EngineError as error:
        _fail(editor, error)
    return None


def take(editor: str, recipe: Recipe) -> None:
    """Replay `recipe` once; where that works it becomes the session's, else the editor's failure tells why not."""
    span = Span(recipe, 0, len(recipe.steps))
    engine().again(span)  # a person asked for it
    try:
        ask(GetOverview(), span)
    except EngineError as error:
        _fail(editor, error)
    else:
        state.failure(editor).put(None)
        session.propose(recipe)
        state.AFTER.put(None)


def _fail(editor: str, error: EngineError) -> None:
    reason = error.reason if isinstance(error, StepFailedError) else str(error)
    state.failure(editor).put(Failure(sentence=reason, line=error.line, printed=error.printed))


def show_printed(printed: str) -> None:
    """What code printed, as it was."""
    if printed:
        st.caption("Printed")
        lines = "\n".join(text.plain(line, 500) for line in printed.splitlines()[:400])
        st.code(lines, language=None, wrap_lines=True, height=120 if printed.count("\n") > 4 else "content")
