"""Draw a scheme of torch.nn.init into a part of the model."""

import contextlib
from collections.abc import Callable, Mapping
from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core import text
from core.questions.model import GetOverview, Overview, Touch
from core.recipe.own_files import OwnInit
from core.recipe.recipe import explanation
from core.recipe.schemes.scheme import Scheme
from core.recipe.schemes.table import SCHEMES, promise_of
from core.recipe.step_code import step_code
from core.recipe.steps import FileInit, Initialize
from pages.components.enter import enter_presses
from pages.frame import navigation, own_files, sending, session, state
from pages.frame.engine import ask
from pages.frame.step_button import step_button
from pages.views import moment, switch
from pages.views.code import own_init, report
from pages.views.schemes import options as scheme_options
from pages.views.schemes import place, touched
from pages.views.tensor import cards

_FIELDS = "initialize_fields"
_NAME = 300  # pixels for the longest name of a scheme


def draw() -> None:
    """Scheme and place at the left; at the right the button, what it will touch, and what it did."""
    cards.heading(
        "Initialize",
        "Choose a scheme and a place: what it will touch is shown before anything changes, and after it what it did.",
    )
    moment.note("a scheme that is applied here")
    overview = ask(GetOverview(), session.end_span())
    own = {init.name: init for init in own_files.content().inits}
    made = partial(_made, own, overview)
    with st.container(key=_FIELDS):
        head = st.container()
        controls, result = st.columns(2, gap="medium")
        below, shown = controls.container(), controls.container()
    with result:
        # Above all that depends on the fields: it must not move or be drawn anew between press and release.
        step_button("Apply", made, icon="casino", key="apply", kind="primary", shortcut="Ctrl+Enter")
    # Once the fields are known, what a person waits for comes first: the pictures, and then the fields as they were.
    fields, effect = partial(_fields, own, overview, head, below), partial(_effect, made, result, shown)
    if state.SCHEME.exists():
        effect()
        sending.head_start()
        fields()
    else:
        fields()
        effect()
    enter_presses("apply", _FIELDS)


def _fields(own: Mapping[str, OwnInit], overview: Overview, head: DeltaGenerator, below: DeltaGenerator) -> None:
    with head:
        _scheme(own)
    with below:
        _place(own, overview)


def _effect(made: Callable[[], Initialize | FileInit], result: DeltaGenerator, shown: DeltaGenerator) -> None:
    """What the step will touch or did, and its code; or why the fields make none."""
    try:
        step = made()
    except ValueError as error:
        with shown:
            st.warning(text.markdown(text.sentence(explanation(error)), longest=600), icon=":material/block:")
        return
    touches: tuple[Touch, ...] = ()
    with result:
        if isinstance(step, FileInit):
            report.draw()
        else:
            touches = touched.draw(step)
    with shown:
        st.code(step_code(step, session.current()), language="python", wrap_lines=True)
        if isinstance(step, Initialize):
            _about(step, touches)


def _chosen(own: Mapping[str, OwnInit]) -> str:
    return switch.held(state.SCHEME, [*SCHEMES, *own], next(iter(SCHEMES)))


def _scheme(own: Mapping[str, OwnInit]) -> None:
    """The scheme and its options, in a row that wraps."""
    row = st.container(horizontal=True)
    row.selectbox(
        "Scheme",
        [*SCHEMES, *own],
        format_func=lambda name: text.plain(name) if name in own else scheme_options.title(name),
        key=state.SCHEME.key,
        bind="query-params",
        width=_NAME,
    )
    if (name := _chosen(own)) in SCHEMES:
        scheme_options.draw(SCHEMES[name], row, key="option", seed_key="init_seed")


def _place(own: Mapping[str, OwnInit], overview: Overview) -> None:
    if (name := _chosen(own)) in own:
        own_init.draw(own[name], overview)
    else:
        place.draw(overview, st.container(), st.container(horizontal=True))


def _made(own: Mapping[str, OwnInit], overview: Overview) -> Initialize | FileInit:
    """The step that the fields stand for now: the one that is shown, and the one that a click makes."""
    name = _chosen(own)
    if name in own:
        return own_init.read(own[name], overview)
    options, seed = scheme_options.read(SCHEMES[name], key="option", seed_key="init_seed")
    return Initialize(name, place.read(overview), options, seed)


def _about(step: Initialize, touches: tuple[Touch, ...]) -> None:
    """The scheme's formula, what it will make of the first tensor, with its real numbers, and when to use it."""
    scheme: Scheme = SCHEMES[step.scheme]
    st.latex(scheme_options.formula(scheme))
    with contextlib.suppress(ValueError):  # the preview says why it cannot
        for touch in touches[:1]:
            expected = promise_of(step.scheme, dict(step.options), touch.shape or ())
            head = f"# {text.plain(touch.name)}: {expected.distribution.label}"
            st.code("\n".join((head, *expected.algebra)), language=None, wrap_lines=True)
    st.caption(f"{text.markdown(scheme.use)} {text.markdown(scheme.source)}.")


navigation.ensure()
draw()
