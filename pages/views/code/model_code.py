"""The editor for a model's code."""

import streamlit as st

from core import text
from core.code.templates import NETS
from core.questions.code import GetSourceReading
from core.questions.model import GetPrinted
from core.recipe.catalog import CODE
from core.recipe.recipe import Recipe, explanation
from core.recipe.steps import Source
from pages.components.code_editor import code_editor
from pages.frame import session
from pages.frame.engine import ask
from pages.views.code import attempt

_KEY = "model_code"


def draw() -> None:
    """Editor at the left; the model as torch prints it at the right, once it is the session's."""
    left, right = st.columns([1, 1], gap="medium")
    recipe = session.current()
    with left:
        template = st.selectbox(
            "Template",
            range(len(NETS)),
            format_func=lambda index: NETS[index].title,
            key="model_template",
            persist_state="session",
            on_change=_choose,
            filter_mode=None,
        )
        failed = attempt.failure(_KEY)
        chosen = st.session_state.get("model_version", 0)
        submitted = code_editor(
            recipe.source.code if recipe.source and not chosen else NETS[template].code,
            key=_KEY,
            version=chosen,
            label="Model code",
            error_line=failed.line if failed else None,
            error=failed.sentence if failed else "",
            run_label="Use as model",
        )
        st.caption(text.markdown(NETS[template].look))
    with right:
        code = attempt.wanted(_KEY, submitted.run, submitted.text)
        if code is not None:
            _use(code, recipe.seed)
            del st.session_state.pending_code
            st.rerun()
        if failed:
            attempt.show_printed(failed.printed)
        if recipe.model == CODE:
            _show()
        else:
            st.caption("Your model takes the place of the one at the left; Undo brings that back with all its steps.")


def _choose() -> None:
    st.session_state.model_version = st.session_state.get("model_version", 0) + 1
    st.session_state[f"{_KEY}:failure"] = None


def _use(code: str, seed: int) -> None:
    try:
        reading = attempt.reading(_KEY, GetSourceReading(code))
        if reading is None:
            return
        recipe = Recipe(CODE, seed, source=Source(code, reading.entry))
    except ValueError as error:
        st.session_state[f"{_KEY}:failure"] = attempt.Failure(explanation(error))
        return
    attempt.take(_KEY, recipe)
    if attempt.failure(_KEY) is None:
        st.session_state.before = 0


def _show() -> None:
    printed = ask(GetPrinted(), session.end_span())
    st.caption("The model, and net(X) for a sample batch")
    st.code(printed.structure, language=None, height=240)
    st.code(printed.output, language=None, height=120)
