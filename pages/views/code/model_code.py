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
from pages.frame import consent, session, state
from pages.frame.engine import ask
from pages.views import own_code, printed
from pages.views.code import attempt, declared, editing, templates

_EDITOR = editing.Editor("model_code", "Model code", "Use as model", NETS)


def draw() -> None:
    """The editor; below it the model as torch prints it, once it is the session's."""
    recipe = session.current()
    template = templates.choose(_EDITOR.key, _EDITOR.templates)
    submitted = editing.edit(_EDITOR, template, recipe.source.code if recipe.source else None)
    attempt.carry_out(_EDITOR.key, submitted, lambda code: _use(code, recipe.seed))
    if recipe.model == CODE:
        _show()
    else:
        st.caption("Your model takes the place of the one at the left; Undo brings that back with all its steps.")


def _use(code: str, seed: int) -> None:
    consent.agree(HeldCode(code, ""))
    reading = attempt.reading(_EDITOR.key, GetSourceReading(code))
    if reading is not None:
        consent.agree(HeldCode(code, reading.entry))
        attempt.take(_EDITOR.key, Recipe(CODE, seed, source=Source(code, reading.entry)))
        if state.failure(_EDITOR.key).get() is None:
            state.BEFORE.put(0)


def _show() -> None:
    net = ask(GetPrinted(), session.end_span())
    own_code.note()
    declared.show(None)
    printed.draw("print(net)", net.structure)
    if net.inputs:
        printed.draw("net(X)", net.output, remark="for a sample batch X")
    else:
        st.caption(text.markdown(text.sentence(net.output), 500))
