"""Tensors that are equal in value and not tied: which, why, what becomes of them, and a button that makes them one."""

from functools import partial

import streamlit as st

from core import text
from core.questions.equal import EqualGroup, GetEqual
from core.recipe.steps import Tie
from pages.frame import session
from pages.frame.engine import ask
from pages.frame.step_button import step_button
from pages.views.schemes.place import nameable
from pages.views.tensor import equal

_MOST = 8


def draw() -> None:
    """A line for each group, below what they have in common; nothing where there is none."""
    groups = ask(GetEqual(), session.end_span())
    if not groups:
        return
    with st.container(border=True, key="equal_values"):
        st.markdown("**Equal in value, not tied**")
        st.markdown(_meaning(groups))
        for group in groups[:_MOST]:
            _line(group)
        if len(groups) > _MOST:
            st.markdown(f":gray[and {text.count(len(groups) - _MOST, 'more group', 'more groups')}]")


def _meaning(groups: tuple[EqualGroup, ...]) -> str:
    if not any(group.trained for group in groups):
        return "Equal bit for bit now, and no byte in common: a change of one leaves the others as they are."
    return (
        "Equal bit for bit now, and no byte in common. An optimizer moves each by its own gradient: they part at the "
        "first update whose gradients differ. Where one is meant, tie them; where several are, draw them anew."
    )


def _line(group: EqualGroup) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(
            f"{equal.listed(group.names)} {text.markdown(text.shape(group.shape))}: "
            f"{text.markdown(text.sentence(group.reason), 600)}",
            width="stretch",
        )
        source, target = group.names[:2]
        if group.trained and len(list(nameable((source, target)))) == 2:
            hint = f"Makes {text.code(target)} the very Parameter {text.code(source)}"
            step_button("Tie", partial(Tie, source, target), icon="link", key=f"tie_equal_{source}", hint=hint)
