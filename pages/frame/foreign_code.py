"""A recipe that brings code is shown and not run, until somebody has read it and says so."""

import streamlit as st

from core import text
from core.engine.jail.isolation import Isolation
from core.recipe import catalog
from core.recipe.held_code import HeldCode, held_code, without_code
from core.recipe.recipe import Recipe
from pages.frame import consent, session, shown_code
from pages.frame.engine import UNKNOWN_OPENER, engine, may_run_code

_WIDTH = 880  # pixels: lines that can be read


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
        shown_code.draw(recipe)
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
                on_click=_run,
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


def _run(*codes: HeldCode) -> None:
    """Also what was stopped before, in another browser: who has just asked for it is not asked again."""
    consent.agree(*codes)
    engine().again(session.span())


def _contents(recipe: Recipe) -> str:
    """The whole of what the link brings, in a line."""
    title = "a model of its own" if recipe.source else text.markdown(catalog.entry(recipe.model).title)
    coded = sum(step.holds_code for step in recipe.steps)
    if not recipe.steps:
        return f"The link holds {title}, and no step."
    steps = text.count(len(recipe.steps), "step")
    return f"The link holds {title} and {steps}, of which {coded:d} {'is' if coded == 1 else 'are'} code."
