"""Up to four schemes drawn into the same place, a column each, on one ruler."""

from collections.abc import Callable, Sequence
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
from core.recipe.steps import Initialize
from pages.components.card_picture import card_picture
from pages.components.enter import enter_presses
from pages.frame import session, state
from pages.frame.engine import ask
from pages.frame.step_button import step_button
from pages.views import switch
from pages.views.schemes import options as scheme_options
from pages.views.schemes import place
from pages.views.tensor import verdicts

_FIRST = ("xavier_uniform", "kaiming_normal", "orthogonal", "xavier_normal")
_SHOWN = 4  # tensors
#: The size of formulas by how many columns there are, so that none is cut on a screen of 1024 pixels.
_SIZES = {2: r"\small", 3: r"\footnotesize", 4: r"\scriptsize"}


def draw(overview: Overview, corner: DeltaGenerator) -> None:
    """Where, the schemes with their options, and a row of draws for each tensor there; how many, in the corner."""
    count = switch.one_of("Side by side", (2, 3, 4), first=3, key="compared", at=corner, labeled=True)
    row = st.container(horizontal=True)
    place.draw(overview, row, row)
    for index, column in enumerate(st.columns(count, gap="xsmall")):
        with column:
            _head(index, partial(_made, overview, index), _SIZES[count])
    try:
        steps = [_made(overview, index) for index in range(count)]
    except ValueError:
        return  # its column says why
    rows = _compared(steps)
    for drawn in rows:
        _row(drawn)
    if len(rows) == _SHOWN:
        st.caption(f"The first {_SHOWN} tensors of this place; a scheme is applied to all of it.")


def _made(overview: Overview, index: int) -> Initialize:
    """The step that a column's fields and the place stand for now."""
    scheme = SCHEMES[_chosen(index)]
    options, seed = scheme_options.read(scheme, key=f"compared_{index}", seed_key=f"compared_seed_{index}")
    return Initialize(scheme.name, place.read(overview), options, seed)


def _chosen(index: int) -> str:
    return switch.held(state.field(f"compared_{index}"), SCHEMES, _FIRST[index])


def _head(index: int, made: Callable[[], Initialize], size: str) -> None:
    """A column's scheme, its options, the button that takes it, and its formula."""
    st.selectbox(
        f"Scheme {index + 1}",
        list(SCHEMES),
        index=list(SCHEMES).index(_FIRST[index]),
        format_func=scheme_options.short_title,
        key=f"compared_{index}",
        bind="query-params",
        label_visibility="collapsed",
    )
    scheme = SCHEMES[_chosen(index)]
    with st.container(horizontal=True, gap="xsmall"):
        popover = st.popover(
            ":material/tune:",
            help="Options and seed",
            disabled=not (scheme.options or scheme.random),
            key=f"compared_options_{index}",
        )
        row = popover.container(horizontal=True, key=f"compared_fields_{index}")
        scheme_options.draw(scheme, row, key=f"compared_{index}", seed_key=f"compared_seed_{index}")
        step_button("Use this", made, key=f"use_{index}", hint="Append it to the recipe")
    enter_presses(f"use_{index}", f"compared_fields_{index}", control=True)
    try:
        made()
    except ValueError as error:
        st.warning(text.markdown(text.sentence(explanation(error)), longest=600), icon=":material/block:")
    st.latex(rf"{size} {scheme_options.formula(scheme)}")


def _compared(steps: Sequence[Initialize]) -> tuple[Drawn, ...]:
    choices = tuple(Choice(step.scheme, step.options, step.seed) for step in steps)
    try:
        return ask(GetComparison(steps[0].where, choices, _SHOWN), session.end_span())
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
        columns = st.columns(len(drawn.draws), gap="xsmall")
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
