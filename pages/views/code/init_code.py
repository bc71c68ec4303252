"""The editor for init code: templates, where it runs, and what came of the last run."""

import streamlit as st

from core import text
from core.code.templates import INITS, Template
from core.questions.code import GetReading
from core.questions.model import GetOverview
from core.recipe.held_code import HeldCode
from core.recipe.steps import Custom
from pages.components.code_editor import code_editor
from pages.frame import consent, session, state
from pages.frame.engine import ask
from pages.views.code import attempt, report, templates
from pages.views.schemes import place

_KEY = "init_code"


def draw() -> None:
    """Editor at the left, the last run's report at the right."""
    left, right = st.columns([1, 1], gap="medium")
    with left:
        first, *others = st.columns([5, 4, 3])
        template = templates.choose(_KEY, INITS, first)
        root, seed = place.root_and_seed(ask(GetOverview(), session.end_span()), others, "code")
        failed, begin = state.failure(_KEY).get(), _begin(template)
        submitted = code_editor(
            begin, key=_KEY, height=400, version=state.template_choices(_KEY).get(), failure=failed, run_label="Run"
        )
        if begin == template.code:  # and not another one, that a link or the recipe brought
            st.caption(text.markdown(template.look))
    with right:
        attempt.carry_out(_KEY, submitted, lambda code: _run(code, root, seed))
        report.draw()


def _begin(template: Template) -> str:
    """The template chosen; at first, the code of the recipe's last custom step, so that a link shows its code."""
    steps = [step for step in session.current().steps if isinstance(step, Custom)]
    return steps[-1].code if steps and not state.template_choices(_KEY).get() else template.code


def _run(code: str, root: str, seed: int) -> None:
    """Read the code, try it, and keep it where that works."""
    consent.agree(HeldCode(code, ""))
    reading = attempt.reading(_KEY, GetReading(code))
    if reading is not None:
        consent.agree(HeldCode(code, reading.function))
        where = root if reading.applies_to != "statements" else ""
        step = Custom(code, reading.function, reading.applies_to, where, seed)
        attempt.take(_KEY, session.current().then(step))
