"""The editor for a model's code."""

import streamlit as st

from core import text
from core.code.templates import NETS
from core.questions.code import GetSourceReading
from core.questions.model import GetPrinted
from core.recipe.catalog import CODE
from core.recipe.held_code import HeldCode
from core.recipe.recipe import Recipe
from core.recipe.steps import Source
from pages.components.code_editor import code_editor
from pages.frame import consent, session, state
from pages.frame.engine import ask
from pages.views import own_code
from pages.views.code import attempt, templates

_KEY = "model_code"


def draw() -> None:
    """Editor at the left; the model as torch prints it at the right, once it is the session's."""
    left, right = st.columns([1, 1], gap="medium")
    recipe = session.current()
    with left:
        template = templates.choose(_KEY, NETS, st.container())
        choices = state.template_choices(_KEY).get()
        submitted = code_editor(
            recipe.source.code if recipe.source and not choices else template.code,
            key=_KEY,
            version=choices,
            label="Model code",
            failure=state.failure(_KEY).get(),
            run_label="Use as model",
        )
        st.caption(text.markdown(template.look))
    with right:
        attempt.carry_out(_KEY, submitted, lambda code: _use(code, recipe.seed))
        if recipe.model == CODE:
            _show()
        else:
            st.caption("Your model takes the place of the one at the left; Undo brings that back with all its steps.")


def _use(code: str, seed: int) -> None:
    consent.agree(HeldCode(code, ""))
    reading = attempt.reading(_KEY, GetSourceReading(code))
    if reading is not None:
        consent.agree(HeldCode(code, reading.entry))
        attempt.take(_KEY, Recipe(CODE, seed, source=Source(code, reading.entry)))
        if state.failure(_KEY).get() is None:
            state.BEFORE.put(0)


def _show() -> None:
    printed = ask(GetPrinted(), session.end_span())
    own_code.note()
    st.caption("The model, and net(X) for a sample batch")
    st.code(printed.structure, language=None, height=240)
    st.code(printed.output, language=None, height=120)
