"""The editor for init code: templates, where it runs, and what came of the last run."""

import streamlit as st

from core.code.signatures import GIVEN
from core.code.templates import INITS
from core.questions.code import GetReading
from core.questions.model import GetOverview, Overview
from core.recipe.held_code import HeldCode
from core.recipe.steps import Custom
from pages.frame import consent, session
from pages.frame.engine import ask
from pages.views.code import attempt, editing, given, report, templates
from pages.views.schemes import place

_EDITOR = editing.Editor("init_code", "Init code", "Run", INITS, fields=("code_seed",))


def draw() -> None:
    """The fields, the editor, and below it the last run's report, each as wide as the page."""
    with st.container(horizontal=True):
        template = templates.choose(_EDITOR.key, _EDITOR.templates)
        *others, way = [st.container(width=width) for width in (240, 140, 280)]
        overview = ask(GetOverview(), session.end_span())
        place.root_and_seed(overview, others, "code")
        given.choose(way, "code", list(GIVEN))
    submitted = editing.edit(_EDITOR, template, _last_run())
    attempt.carry_out(_EDITOR.key, submitted, lambda code: _run(code, overview))
    report.draw()


def _last_run() -> str | None:
    """The code of the recipe's last custom step."""
    steps = [step for step in session.current().steps if isinstance(step, Custom)]
    return steps[-1].code if steps else None


def _run(code: str, overview: Overview) -> None:
    """Read the code, try it, and keep it where that works."""
    root, seed = place.read_root_and_seed(overview, "code")
    consent.agree(HeldCode(code, ""))
    reading = attempt.reading(_EDITOR.key, GetReading(code))
    if reading is not None:
        consent.agree(HeldCode(code, reading.function))
        way = given.read("code", reading.called, reading.choices, reading.applies_to)
        step = Custom(code, reading.function, way, root if way != "statements" else "", seed)
        attempt.take(_EDITOR.key, session.current().then(step))
