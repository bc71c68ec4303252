"""What a step that draws a scheme touches: said and shown before it is made, and what it did once it is."""

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd
import streamlit as st

from core import text
from core.engine.errors import EngineError
from core.engine.span import Span
from core.figures.now import now_drawing
from core.questions.model import GetPreview, Touch
from core.questions.tensor import GetCards
from core.questions.theory import GetTheory
from core.recipe.headlines import headline
from core.recipe.schemes.table import SCHEMES
from core.recipe.steps import Initialize
from pages.components.card_picture import card_picture
from pages.frame import session
from pages.frame.engine import ask
from pages.views.tensor import cards

_SHOWN = 6
_NAMED = 3


def draw(step: Initialize) -> tuple[Touch, ...]:
    """What the step would touch, in a line and in pictures; nothing of it where it cannot be made."""
    try:
        touched = ask(GetPreview(step.scheme, step.where, step.options), session.end_span())
    except EngineError as error:
        st.warning(text.markdown(str(error)), icon=":material/block:")
        return ()
    st.caption(_sentence(touched))
    _refusals(step, touched)
    if len(touched) > _NAMED or any(_note(touch) for touch in touched):
        _table(touched)
    names = [touch.name for touch in touched]
    if _was_just_made(step):
        _did(names[:_SHOWN])
    else:
        _now(names[:_SHOWN])
    if len(names) > _SHOWN:
        st.caption(f"{text.count(len(names) - _SHOWN, 'more tensor')} on the Weights page.")
    return touched


def _was_just_made(step: Initialize) -> bool:
    """Whether the recipe's last step is what the fields stand for, its seed apart: that one is the next."""
    match session.current().steps:
        case (*_, Initialize() as last):
            return replace(step, seed=last.seed) == last
    return False


def _did(names: Sequence[str]) -> None:
    """The tensors before and after the last step."""
    span = session.last_step_span()
    st.markdown(f"#### What step {span.after:d} did :gray[{text.markdown(headline(span.recipe.steps[-1]))}]")
    theories = {theory.name: theory for theory in ask(GetTheory(tuple(names)), span)}
    cards.show(names, span, key="initialize", all_pictures=True, openable=False, theories=theories)


def _now(names: Sequence[str]) -> None:
    """The tensors as they are."""
    recipe = session.current()
    st.markdown("#### Now, before this step")
    for card in ask(GetCards(tuple(names)), Span(recipe, len(recipe.steps), len(recipe.steps))):
        with st.container(border=True, gap="xsmall"):
            st.markdown(f"**{text.code(card.info.name)}** {text.markdown(text.shape(card.info.shape))}")
            st.caption(cards.statistics(card))
            if card.pictures[-1] is None:
                st.caption(text.markdown(f"No picture: {card.note or 'it has no values'}."))
            else:
                card_picture(now_drawing(card), f"now_{card.info.name}")


def _refusals(step: Initialize, touched: Sequence[Touch]) -> None:
    refused = [touch for touch in touched if touch.refusal]
    if refused:
        first = refused[0]
        st.warning(
            f"{SCHEMES[step.scheme].short_title} cannot apply to {text.code(first.name)} "
            f"{text.markdown(text.shape(first.shape))}: {text.markdown(first.refusal or '')}. "
            "Narrow the place; nothing is changed.",
            icon=":material/block:",
        )


def _sentence(touched: tuple[Touch, ...]) -> str:
    if len(touched) > _NAMED:
        times = text.count(sum(touch.times for touch in touched), "time")
        return f"Touches {text.count(len(touched), 'tensor')}, {times} in all; the table says what."
    listed = ", ".join(f"{text.code(touch.name)} {text.markdown(text.shape(touch.shape))}" for touch in touched)
    once = all(touch.times == 1 for touch in touched)
    return f"Touches {listed}, {'once' if len(touched) == 1 else 'each once'}." if once else f"Touches {listed}."


def _table(touched: tuple[Touch, ...]) -> None:
    table = pd.DataFrame(
        {
            "tensor": [text.plain(touch.name) for touch in touched],
            "shape": [text.shape(touch.shape) for touch in touched],
            "visits": [touch.times for touch in touched],
            "note": [_note(touch) for touch in touched],
        }
    )
    st.dataframe(
        table,
        hide_index=True,
        height="content" if len(table) <= 4 else 178,
        alt="tensors that will be touched",
    )


def _note(touch: Touch) -> str:
    if touch.refusal:
        return f"cannot: {touch.refusal}"
    notes = []
    if touch.times > 1:
        notes.append(f"drawn {touch.times} times, the last draw stays")
    if touch.tied_with:
        notes.append(f"also {', '.join(text.plain(name) for name in touch.tied_with[:3])}")
    return "; ".join(notes)
