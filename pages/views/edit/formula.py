"""The formula: typed or taken from an example, the code it stands for, and the button that applies it."""

import streamlit as st

from core import text
from core.recipe.edit_formula import FUNCTIONS
from core.recipe.steps import Edit
from pages.components.enter import enter_presses
from pages.frame import state
from pages.frame.step_button import step_button
from pages.views import step_preview

_EXAMPLES = (state.FORMULA.default, "w += 1", "w[:, 1] *= -1", "w *= abs(w) >= 0.2", "w = w / std(w)")


def draw() -> None:
    """The formula and its button above all whose height changes, so that the button stays where it is."""
    st.text_input(
        "Formula on w",
        state.FORMULA.default,
        key=state.FORMULA.key,
        bind="query-params",
        max_chars=2000,
        help=f"Assignments to w or a part of it; arithmetic, comparisons and {', '.join(FUNCTIONS)}; several with ;",
    )
    step_button("Apply", step, icon="edit", key="apply_edit", kind="primary", shortcut="Ctrl+Enter")
    enter_presses("apply_edit", state.FORMULA.key)
    step_preview.code(step)
    st.pills(
        "Examples",
        _EXAMPLES,
        format_func=lambda example: text.code(example),
        key=state.EXAMPLE.key,
        on_change=_take_example,
        wrap=True,
    )


def step() -> Edit:
    """The edit that the fields hold now."""
    _take_example()  # chosen so short a while ago that its own callback comes after
    return Edit(state.EDITED.get() or "", state.FORMULA.get())


def _take_example() -> None:
    """Put a chosen example into the field; it is then chosen no more, for the field may say something else."""
    example = state.EXAMPLE.get()
    if example in _EXAMPLES:
        state.FORMULA.put(example)
        state.EXAMPLE.put(None)
