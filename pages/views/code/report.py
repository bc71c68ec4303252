"""What became of every tensor in the last run of a person's code."""

from collections import Counter
from typing import Literal

import pandas as pd
import streamlit as st

from core import text
from core.engine.span import Span
from core.questions.code import Fate, FateKind, Run
from core.questions.model import GetOverview
from core.recipe.headlines import headline
from core.recipe.steps import Custom, Step
from core.recipe.unseeded import unseeded
from pages.frame import session
from pages.frame.engine import ask
from pages.views.code import attempt, declared, given
from pages.views.tensor import cards

_CARDS = 4
_MOST_REASONS = 5
#: Most telling first.
_FATES: dict[FateKind, tuple[Literal["red", "orange", "gray", "green"], str]] = {
    "tie broken": ("red", "tie broken"),
    "lost": ("red", "lost"),
    "touched more than once": ("orange", "more than once"),
    "untouched": ("gray", "untouched"),
    "touched": ("green", "touched"),
}


def draw() -> None:
    """The run of the recipe's last step of code; nothing where there is none."""
    recipe = session.current()
    outcomes = ask(GetOverview(), session.end_span()).outcomes
    runs = [(index, outcome.run) for index, outcome in enumerate(outcomes) if outcome.run is not None]
    if not runs:
        st.caption("Run the code to see here what it touched, what it left alone, and what was lost.")
        return
    index, run = runs[-1]
    st.markdown(_run_sentence(run, headline(recipe.steps[index])))
    given.say(recipe.steps[index])
    attempt.show_printed(run.printed)
    _warn_of_chance(recipe.steps[index])
    declared.show(index)
    _reasons(run.fates)
    names = [fate.name for fate in run.fates if fate.kind in ("touched", "touched more than once")]
    if names:
        cards.show(names[:_CARDS], Span(recipe, index, index + 1), key="code", all_pictures=True, openable=False)
    if len(names) > _CARDS:
        st.caption(f"{text.count(len(names) - _CARDS, 'more tensor')} on the Weights page.")


def _run_sentence(run: Run, what: str) -> str:
    kinds = Counter(fate.kind for fate in run.fates)
    touched = kinds["touched"] + kinds["touched more than once"]
    tensors = len(
        {fate.name for fate in run.fates if fate.kind != "tie broken" and (fate.shape or fate.kind != "lost")}
    )
    parts = [f"**{touched:d} of {text.count(tensors, 'tensor')} touched**"]
    if kinds["touched more than once"]:
        parts.append(f"{kinds['touched more than once']:d} of them more than once")
    if kinds["tie broken"]:
        parts.append(f":red[**{text.count(kinds['tie broken'], 'tie')} broken**]")
    if kinds["lost"]:
        parts.append(f":red[**{kinds['lost']:d} lost**]")
    calls = f" in {text.count(run.calls, 'call')}" if run.calls else ""
    return f"{text.code(what)}: {', '.join(parts)}{calls}, {text.number(run.seconds * 1000, 3)} ms."


def _warn_of_chance(step: Step) -> None:
    """Where the code's draws are not the step's, what is seen here is seen once."""
    if isinstance(step, Custom) and (call := unseeded(step.code)):
        st.warning(
            f"{text.code(call)} starts anew each time: the link, the script and the next visit draw other values. "
            "Give it a seed, or draw from torch, np.random or random, which the step seeds.",
            icon=":material/casino:",
        )


def _reasons(fates: tuple[Fate, ...]) -> None:
    """Why a tensor is not plainly touched, and the way out; what was lost comes first."""
    with_reason = sorted((fate for fate in fates if fate.reason), key=lambda fate: list(_FATES).index(fate.kind))
    for fate in with_reason[:_MOST_REASONS]:
        color, label = _FATES[fate.kind]
        with st.container(horizontal=True, vertical_alignment="top", gap="small", wrap=False):
            st.badge(label, color=color)
            cure = f":gray[{text.markdown(text.capital(fate.cure))}.]"
            st.markdown(f"{text.code(fate.name)} {text.markdown(fate.reason, 500)}. {cure}", width="stretch")
    if len(with_reason) > _MOST_REASONS:
        with st.expander(f"{text.count(len(with_reason) - _MOST_REASONS, 'more tensor')}"):
            _fate_table(with_reason[_MOST_REASONS:])


def _fate_table(fates: list[Fate]) -> None:
    table = pd.DataFrame(
        {
            "tensor": [text.plain(fate.name) for fate in fates],
            "fate": [_FATES[fate.kind][1] for fate in fates],
            "why": [text.capital(text.plain(fate.reason)) for fate in fates],
            "way out": [text.capital(text.plain(fate.cure)) for fate in fates],
        }
    )
    st.dataframe(table, hide_index=True, height=300, alt="What became of each tensor, and why")
