"""The editor for init code: templates, where it runs, and what came of the last run."""

import streamlit as st

from core import text
from core.code.templates import INITS
from core.questions.code import GetReading
from core.questions.model import GetOverview
from core.recipe.recipe import explanation
from core.recipe.steps import Custom
from pages.components.code_editor import code_editor
from pages.frame import session
from pages.frame.engine import ask
from pages.views.code import attempt, report
from pages.views.schemes import place

_KEY = "init_code"


def draw() -> None:
    """Editor at the left, the last run's report at the right."""
    left, right = st.columns([1, 1], gap="medium")
    with left:
        template, root, seed = _choices()
        failed = attempt.failure(_KEY)
        submitted = code_editor(
            _begin(template),
            key=_KEY,
            height=400,
            version=st.session_state.get("init_version", 0),
            error_line=failed.line if failed else None,
            error=failed.sentence if failed else "",
            run_label="Run",
        )
        if _begin(template) == INITS[template].code:  # and not another one, that a link or the recipe brought
            st.caption(text.markdown(INITS[template].look))
    with right:
        code = attempt.wanted(_KEY, submitted.run, submitted.text)
        if code is not None:
            _run(code, root, seed)
            del st.session_state.pending_code
            st.rerun()
        if failed:
            attempt.show_printed(failed.printed)
        report.draw()


def _choose() -> None:
    st.session_state.init_version = st.session_state.get("init_version", 0) + 1
    st.session_state[f"{_KEY}:failure"] = None


def _begin(template: int) -> str:
    """The template chosen; at first, the code of the recipe's last custom step, so that a link shows its code."""
    steps = [step for step in session.current().steps if isinstance(step, Custom)]
    if steps and not st.session_state.get("init_version"):
        return steps[-1].code
    return INITS[template].code


def _choices() -> tuple[int, str, int]:
    """Which template, where to run, and the seed."""
    overview = ask(GetOverview(), session.end_span())
    columns = st.columns([5, 4, 3])
    template = columns[0].selectbox(
        "Template",
        range(len(INITS)),
        format_func=lambda index: INITS[index].title,
        key="init_template",
        persist_state="session",
        on_change=_choose,
        filter_mode=None,
    )
    return template, *place.root_and_seed(overview, columns[1:], "code")


def _run(code: str, root: str, seed: int) -> None:
    """Read the code, try it, and keep it where that works."""
    try:
        request = GetReading(code)
        reading = attempt.reading(_KEY, request)
        if reading is None:
            return
        where = root if reading.applies_to != "statements" else ""
        step = Custom(code, reading.function, reading.applies_to, where, seed)
    except ValueError as error:
        st.session_state[f"{_KEY}:failure"] = attempt.Failure(explanation(error))
        return
    attempt.take(_KEY, session.current().then(step))
