"""Applying an init function of the operator's own files."""

import streamlit as st

from core import text
from core.measurements import OwnInit
from core.requests import Overview
from core.step_code import step_code
from core.steps import FileInit
from pages.shared import session

_GIVEN = {"modules": "every module", "tensors": "every parameter", "net": "the place itself"}


def choose(init: OwnInit, overview: Overview) -> None:
    """Where it runs and with which seed, how that looks as code, and the button that does it."""
    fresh = session.current().next_seed()
    if st.session_state.get("fresh_own_seed") != fresh:
        st.session_state.fresh_own_seed = st.session_state.own_seed = fresh
    columns = st.columns(2)
    root = columns[0].selectbox(
        "Run on", overview.module_names, format_func=lambda name: text.plain(name) or "the whole net", key="own_root"
    )
    seed = columns[1].number_input("Seed", 0, 2**32, step=1, key="own_seed", help="The same seed, the same values")
    step = FileInit(init.name, init.applies_to, root or "", seed)
    st.code(step_code(step, session.current()), language="python")
    st.caption(f"{text.markdown(init.about)} It is given {_GIVEN[init.applies_to]}.")
    st.button(
        "Apply",
        type="primary",
        icon=":material/casino:",
        key="apply",
        on_click=session.append,
        args=(FileInit, step.function, step.applies_to, step.root, step.seed),
    )
