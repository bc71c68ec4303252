"""A recipe that brings code is shown and not run, until somebody has read it and says so."""

import re

import streamlit as st

from core import text
from core.engine.jail.isolation import Isolation
from core.recipe import catalog
from core.recipe.held_code import HeldCode, held_code, without_code
from core.recipe.recipe import Recipe
from core.recipe.steps import MAX_CODE, Custom
from pages.frame import consent, session
from pages.frame.engine import UNKNOWN_OPENER, engine, may_run_code

_NEWLINE = re.compile(r"\r\n|\r|\n")
_WIDTH = 880  # pixels: lines that can be read
_CALLED = {
    "modules": "called with every module of",
    "tensors": "called with every parameter of",
    "net": "called with",
}


def is_unread() -> bool:
    """Whether the session's recipe holds code that may not run as things are."""
    codes = held_code(session.current())
    return bool(codes) and (bool(consent.unread(codes)) or not may_run_code())


def draw() -> None:
    """In place of a page: what the link brings, what it would do, and the two ways on."""
    recipe = session.current()
    with st.container(width=_WIDTH):
        st.subheader("This link brings code", anchor=False)
        st.markdown("Somebody else may have written it, and **nothing of it has run**. Read it, then decide.")
        decision = st.container()
        st.caption(_contents(recipe))
        for code in held_code(recipe):
            _show(code, recipe)
        with decision:  # last: on a server that was just started it is known only after a few seconds
            _decide(recipe, engine().isolation())


def _decide(recipe: Recipe, isolation: Isolation) -> None:
    runs = may_run_code()
    if isolation.mode == "off":
        st.info(text.markdown(text.sentence(isolation.sentence), 500), icon=":material/block:")
    elif isolation.mode == "isolated":
        st.caption(
            ":material/shield: It would run in isolation: it can read no file, reach no network and start no process "
            f"({isolation.passed:d} of {isolation.total:d} checks)."
        )
    elif runs:
        st.warning(
            "It would run **without isolation**: it could read and change your files. Run it only if you know what "
            "every line of it does.",
            icon=":material/gpp_maybe:",
        )
    else:
        st.info(UNKNOWN_OPENER, icon=":material/key:")
    with st.container(horizontal=True):
        if runs:
            st.button(
                "Run this code",
                icon=":material/play_arrow:",
                key="run_foreign",
                type="primary",
                on_click=consent.agree,
                args=held_code(recipe),
            )
        rest = without_code(recipe)
        st.button(
            "Open without the code" if rest else "Start afresh without it",
            key="without_code",
            type="secondary" if runs else "primary",
            on_click=session.open_instead,
            args=(rest,),
            help="The same model and all other steps" if rest else "The model itself is the code",
        )


def _contents(recipe: Recipe) -> str:
    """The whole of what the link brings, in a line."""
    title = "a model of its own" if recipe.source else text.markdown(catalog.known()[recipe.model].title)
    coded = sum(step.holds_code for step in recipe.steps)
    if not recipe.steps:
        return f"The link holds {title}, and no step."
    steps = text.count(len(recipe.steps), "step")
    return f"The link holds {title} and {steps}, of which {coded:d} {'is' if coded == 1 else 'are'} code."


def _show(code: HeldCode, recipe: Recipe) -> None:
    st.markdown(_what(code, recipe))
    lines = (text.plain(line.expandtabs(4), MAX_CODE) for line in _NEWLINE.split(code.text))
    st.code("\n".join(lines), language="python", line_numbers=True, wrap_lines=True)


def _what(code: HeldCode, recipe: Recipe) -> str:
    """Where in the recipe code stands, and what it would be run on."""
    if recipe.source is not None and code == HeldCode(recipe.source.code, recipe.source.entry):
        return f"**The model**, built by {text.code(code.entry)}"
    steps = [
        (number, step)
        for number, step in enumerate(recipe.steps, 1)
        if isinstance(step, Custom) and code == HeldCode(step.code, step.function)
    ]
    number, first = steps[0]
    place = f"the module {text.code(first.root)}" if first.root else "the whole net"
    how = f"{text.code(first.function)}, {_CALLED[first.applies_to]}" if first.function else "statements, run on"
    more = f"; {text.count(len(steps) - 1, 'more step')} with the same code" if len(steps) > 1 else ""
    return f"**Step {number:d} of {len(recipe.steps)}**: {how} {place}{more}"
