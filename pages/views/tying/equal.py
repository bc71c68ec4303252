"""Tensors that are equal in value and not tied: which, why, what becomes of them, and a button that makes them one."""

from collections.abc import Sequence
from functools import partial

import pandas as pd
import streamlit as st

from core import text
from core.questions.equal import EqualGroup, GetEqual, SameStart
from core.recipe.steps import Tie
from pages.frame import session
from pages.frame.engine import ask
from pages.frame.step_button import step_button
from pages.views.schemes.place import nameable
from pages.views.tensor import equal

_MOST = 8


def draw() -> None:
    """A line for each group, below what they have in common; nothing where there is none."""
    found = ask(GetEqual(), session.end_span())
    if found.groups:
        _groups(found.groups)
    if found.starts:
        _starts(found.starts)


def _groups(groups: Sequence[EqualGroup]) -> None:
    with st.container(border=True, key="equal_values"):
        st.markdown("**Equal in value, not tied**")
        st.markdown(_meaning(groups))
        for group in groups[:_MOST]:
            _line(group)
        if len(groups) > _MOST:
            _all(groups)


def _all(groups: Sequence[EqualGroup]) -> None:
    with st.expander(f"All {len(groups)} groups", key="all_equal", on_change="rerun", bind="query-params") as listed:
        if listed.open:
            table = pd.DataFrame(
                {
                    "names": [", ".join(text.plain(name, 60) for name in group.names) for group in groups],
                    "tensors": [len(group.names) for group in groups],
                    "shape": [text.shape(group.shape) for group in groups],
                    "reason": [text.plain(group.reason) for group in groups],
                }
            )
            st.dataframe(table, hide_index=True, height=320, alt="groups of equal tensors")


def _starts(starts: Sequence[SameStart]) -> None:
    with st.container(border=True, key="same_starts"):
        st.markdown("**The same numbers, not tied**")
        st.markdown(
            "Numbers that are drawn independently do not begin alike. One seed set before each of two draws gives "
            "this, and so does a scaled copy or a table."
        )
        for start in starts[:_MOST]:
            st.markdown(f"{text.code(start.second)}: {equal.begins(start)}")
        if len(starts) > _MOST:
            st.markdown(f":gray[and {len(starts) - _MOST:d} more]")


def _meaning(groups: Sequence[EqualGroup]) -> str:
    if not any(group.trained for group in groups):
        return "Equal bit for bit now, and no byte in common: a change of one leaves the others as they are."
    return (
        "Equal bit for bit now, and no byte in common. An optimizer moves each by its own gradient: they part at the "
        "first update whose gradients differ. Where one is meant, tie them; where several are, draw them anew."
    )


def _line(group: EqualGroup) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small", wrap=False):
        st.markdown(
            f"{equal.listed(group.names)} {text.markdown(text.shape(group.shape))}: {equal.because(group)}",
            width="stretch",
        )
        source, target = group.names[:2]
        if group.trained and len(list(nameable((source, target)))) == 2:
            hint = f"Makes {text.code(target)} the very Parameter {text.code(source)}"
            step_button("Tie these", partial(Tie, source, target), icon="link", key=f"tie_equal_{source}", hint=hint)
