"""Up to four schemes drawn into the same place, a column each, on one ruler."""

from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core import figures, text
from core.engine.pool import EngineError
from core.initialization import SCHEMES
from core.measurements import Draw, Drawn
from core.recipe import sentence
from core.requests import Choice, GetComparison, Overview
from core.steps import Initialize, Where
from pages.shared import place, scheme_options, session, theory
from pages.shared.card_picture import card_picture
from pages.shared.engine import ask

_FIRST = ("xavier_uniform", "kaiming_normal", "orthogonal", "trunc_normal")
_SHOWN = 4  # tensors


def draw(overview: Overview, corner: DeltaGenerator) -> None:
    """Where, the schemes with their options, and a row of draws for each tensor there; how many, in the corner."""
    count = corner.segmented_control(
        "How many",
        [2, 3, 4],
        default=3,
        required=True,
        format_func=lambda number: f"{number} schemes",
        key="compared",
        persist_state="session",
        label_visibility="collapsed",
    )
    where = place.choose(overview, *st.columns([8, 11]))
    steps = [_column(index, column, where) for index, column in enumerate(st.columns(count, gap="medium"))]
    chosen = [step for step in steps if step is not None]
    if len(chosen) < count:
        return
    choices = tuple(Choice(step.scheme, step.options, step.seed) for step in chosen)
    try:
        rows = ask(GetComparison(where, choices, _SHOWN), session.end_span())
    except EngineError as error:
        st.warning(text.markdown(str(error)), icon=":material/block:")
        return
    for drawn in rows:
        _row(drawn)
    if len(rows) == _SHOWN:
        st.caption(f"The first {_SHOWN} tensors of this place; a scheme is applied to all of it.")


def _column(index: int, column: DeltaGenerator, where: Where) -> Initialize | None:
    """The head of a column: a scheme, its options, its formula, and the button that applies it."""
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
        with st.container(horizontal=True, gap="small"):
            with st.popover(
                "Options", icon=":material/tune:", width="stretch", disabled=not (scheme.options or scheme.random)
            ):
                options, seed = scheme_options.choose(
                    scheme, st.columns(2), key=f"compared_{index}", seed_key=f"compared_seed_{index}"
                )
            try:
                step = Initialize(name, where, options, seed)
            except ValueError as error:
                step = None
                complaint = sentence(error)
            st.button(
                "Use this",
                icon=":material/casino:",
                key=f"use_{index}",
                width="stretch",
                disabled=step is None,
                on_click=session.append,
                args=(Initialize, name, where, options, seed),
            )
        if step is None:
            st.warning(text.markdown(complaint), icon=":material/block:")
        st.latex(scheme_options.formula(scheme))
    return step


def _row(drawn: Drawn) -> None:
    """One tensor, as each scheme draws it."""
    with st.container(border=True, gap="xsmall"):
        st.markdown(
            f"**{text.code(drawn.name)}** {text.markdown(text.shape(drawn.shape))} "
            f":gray[colors from −{text.number(drawn.limit, 3)} to {text.number(drawn.limit, 3)}]"
        )
        pictures = figures.draws(drawn, stacked=True)
        columns = st.columns(len(drawn.draws), gap="medium")
        for index, (column, draw, picture) in enumerate(zip(columns, drawn.draws, pictures, strict=True)):
            with column:
                _cell(draw, picture, f"{drawn.name}_{index}")


def _cell(draw: Draw, picture: dict[str, Any] | None, key: str) -> None:
    if draw.refusal:
        st.caption(f":material/block: {text.markdown(text.sentence(draw.refusal), longest=600)}")
    if picture is not None:
        card_picture(picture, f"compare_{key}")
    if draw.expected is not None and draw.verdict is not None:
        theory.promise(draw.expected, draw.verdict, key)
