"""Up to four schemes drawn into the same place, a column each, on one ruler."""

from collections.abc import Sequence
from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core import text
from core.engine.errors import EngineError
from core.figures.drawing import CardDrawing
from core.figures.draws import draw_pictures
from core.questions.model import Overview
from core.questions.theory import Choice, Draw, Drawn, GetComparison
from core.recipe.recipe import explanation
from core.recipe.schemes.table import SCHEMES
from core.recipe.steps import Initialize, Where
from pages.components.card_picture import card_picture
from pages.frame import session
from pages.frame.engine import ask
from pages.frame.step_button import step_button
from pages.views import switch
from pages.views.schemes import options as scheme_options
from pages.views.schemes import place
from pages.views.tensor import verdicts

_FIRST = ("xavier_uniform", "kaiming_normal", "orthogonal", "xavier_normal")
_SHOWN = 4  # tensors


def draw(overview: Overview, corner: DeltaGenerator) -> None:
    """Where, the schemes with their options, and a row of draws for each tensor there; how many, in the corner."""
    count = switch.one_of("Side by side", (2, 3, 4), first=3, key="compared", at=corner, labeled=True)
    where = place.choose(overview, *st.columns([8, 11]))
    heads = [_head(index, column, where) for index, column in enumerate(st.columns(count))]
    steps = [step for step, _ in heads if step is not None]
    rows = _compared(where, steps) if len(steps) == count else ()
    for index, (step, button) in enumerate(heads):
        refused = any(drawn.draws[index].refusal for drawn in rows)
        step_button(
            "Use this",
            partial(_made, step),
            key=f"use_{index}",
            hint="Append it to the recipe",
            disabled=step is None or not rows or refused,
            width="stretch",
            at=button,
        )
    for drawn in rows:
        _row(drawn)
    if len(rows) == _SHOWN:
        st.caption(f"The first {_SHOWN} tensors of this place; a scheme is applied to all of it.")


def _made(step: Initialize | None) -> Initialize:
    if step is None:
        raise ValueError("this column's options stand for no scheme")
    return step


def _head(index: int, column: DeltaGenerator, where: Where) -> tuple[Initialize | None, DeltaGenerator]:
    """A column's scheme, options and formula: the step it stands for, and where the button that takes it goes."""
    with column:
        name = st.selectbox(
            f"Scheme {index + 1}",
            list(SCHEMES),
            index=list(SCHEMES).index(_FIRST[index]),
            format_func=lambda scheme: SCHEMES[scheme].title,
            key=f"compared_{index}",
            persist_state="session",
            label_visibility="collapsed",
        )
        scheme = SCHEMES[name]
        with st.container(horizontal=True, gap="small", wrap=False):
            with st.popover(
                ":material/tune:",
                help="Options and seed",
                disabled=not (scheme.options or scheme.random),
                key=f"compared_options_{index}",
            ):
                options, seed = scheme_options.choose(
                    scheme, st.columns(2), key=f"compared_{index}", seed_key=f"compared_seed_{index}"
                )
            button = st.container()
        st.latex(rf"\small {scheme_options.formula(scheme)}")
        try:
            return Initialize(name, where, options, seed), button
        except ValueError as error:
            st.warning(text.markdown(explanation(error)), icon=":material/block:")
            return None, button


def _compared(where: Where, steps: Sequence[Initialize]) -> tuple[Drawn, ...]:
    choices = tuple(Choice(step.scheme, step.options, step.seed) for step in steps)
    try:
        return ask(GetComparison(where, choices, _SHOWN), session.end_span())
    except EngineError as error:
        st.warning(text.markdown(str(error)), icon=":material/block:")
        return ()


def _row(drawn: Drawn) -> None:
    """One tensor, as each scheme draws it."""
    with st.container(border=True, gap="xsmall"):
        st.markdown(
            f"**{text.code(drawn.name)}** {text.markdown(text.shape(drawn.shape))} "
            f":gray[colors from −{text.number(drawn.limit, 3)} to {text.number(drawn.limit, 3)}]"
        )
        pictures = draw_pictures(drawn, stacked=True)
        columns = st.columns(len(drawn.draws))
        for index, (column, draw, picture) in enumerate(zip(columns, drawn.draws, pictures, strict=True)):
            with column:
                _cell(draw, picture, f"{drawn.name}_{index}")


def _cell(draw: Draw, picture: CardDrawing | None, key: str) -> None:
    if draw.refusal:
        st.caption(f":material/block: {text.markdown(text.sentence(draw.refusal), longest=600)}")
    if picture is not None:
        card_picture(picture, f"compare_{key}")
    if draw.expected is not None and draw.verdict is not None:
        verdicts.promise(draw.expected, draw.verdict, key)
