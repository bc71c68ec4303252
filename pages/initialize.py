"""Draw a scheme of torch.nn.init into a part of the model."""

import contextlib

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core import text
from core.engine.errors import EngineError
from core.questions.model import GetOverview, GetPreview, Overview, Touch
from core.recipe.recipe import explanation
from core.recipe.schemes.scheme import Scheme
from core.recipe.schemes.table import SCHEMES, promise_of
from core.recipe.step_code import step_code
from core.recipe.steps import Initialize, Options, Where
from pages.frame import navigation, own_files, session
from pages.frame.engine import ask
from pages.frame.step_button import step_button
from pages.views.code import own_init, report
from pages.views.schemes import options as scheme_options
from pages.views.schemes import place
from pages.views.tensor import cards, verdicts

_SHOWN = 6
_NAMED = 3


def draw() -> None:
    """Scheme and place at the left; at the right what it will touch, and how that looks now."""
    cards.heading(
        "Initialize",
        "Choose a scheme and a place: what it will touch is said before anything changes, the pictures show it after.",
    )
    overview = ask(GetOverview(), session.end_span())
    controls, result = st.columns([5, 7], gap="medium")
    with controls:
        own = {init.name: init for init in own_files.content().inits}
        chosen = st.selectbox(
            "Scheme",
            [*SCHEMES, *own],
            format_func=lambda name: text.plain(name) if name in own else scheme_options.title(name),
            key="scheme",
            persist_state="session",
        )
        if chosen in own:
            own_init.choose(own[chosen], overview)
            with result:
                report.draw()
        else:
            _scheme(SCHEMES[chosen], overview, result)


def _scheme(scheme: Scheme, overview: Overview, result: DeltaGenerator) -> None:
    """The scheme's options, its place, its code and formula here; what it would do in `result`."""
    options, seed = scheme_options.choose(scheme, st.columns(3), key="option", seed_key="init_seed")
    step = _step(scheme, place.choose(overview, st.container(), st.container()), options, seed)
    if step is not None:
        st.code(step_code(step, session.current()), language="python")
    st.latex(scheme_options.formula(scheme))
    promise = st.container()
    st.caption(f"{text.markdown(scheme.use)} {text.markdown(scheme.source)}.")
    if step is None:
        return
    with result:
        touched = _preview(step)
        if touched:
            names = [touch.name for touch in touched[:_SHOWN]]
            cards.show(names, key="initialize", all_pictures=True, openable=False, theories=verdicts.of(names))
        if len(touched) > _SHOWN:
            st.caption(f"{text.count(len(touched) - _SHOWN, 'more tensor')} on the Weights page.")
    if touched:
        with promise:
            _promise(step, touched[0])


def _promise(step: Initialize, touch: Touch) -> None:
    """What the scheme will make of the first tensor, with its real numbers."""
    with contextlib.suppress(ValueError):  # the preview says why it cannot
        expected = promise_of(step.scheme, dict(step.options), touch.shape or ())
        head = f"# {text.plain(touch.name)}: {expected.distribution.label}"
        st.code("\n".join((head, *expected.algebra)), language=None, wrap_lines=True)


def _step(scheme: Scheme, where: Where, options: Options, seed: int) -> Initialize | None:
    try:
        return Initialize(scheme.name, where, options, seed)
    except ValueError as error:
        st.warning(text.markdown(explanation(error)), icon=":material/block:")
        return None


def _preview(step: Initialize) -> tuple[Touch, ...]:
    """What applying the step will touch, and the button that does it."""
    try:
        touched = ask(GetPreview(step.scheme, step.where, step.options), session.end_span())
    except EngineError as error:
        st.warning(text.markdown(str(error)), icon=":material/block:")
        return ()
    refused = [touch for touch in touched if touch.refusal]
    with st.container(horizontal=True, vertical_alignment="center", wrap=False):
        label = f"Apply to {text.count(len(touched), 'tensor')}"
        step_button(label, lambda: step, icon="casino", key="apply", kind="primary", disabled=bool(refused))
        st.caption(_touched_sentence(touched), width="stretch")
    if refused:
        first = refused[0]
        st.warning(
            f"{SCHEMES[step.scheme].short_title} cannot apply to {text.code(first.name)} "
            f"{text.markdown(text.shape(first.shape))}: {text.markdown(first.refusal or '')}. "
            "Narrow the place; nothing is changed.",
            icon=":material/block:",
        )
    if len(touched) > _NAMED or any(_note(touch) for touch in touched):
        _touched_table(touched)
    return touched


def _touched_sentence(touched: tuple[Touch, ...]) -> str:
    if len(touched) > _NAMED:
        return f"Touches {text.count(sum(touch.times for touch in touched), 'time')} in all; the table says what."
    listed = ", ".join(f"{text.code(touch.name)} {text.markdown(text.shape(touch.shape))}" for touch in touched)
    return (
        f"Touches {listed}, {'once' if len(touched) == 1 else 'each once'}." if _once(touched) else f"Touches {listed}."
    )


def _once(touched: tuple[Touch, ...]) -> bool:
    return all(touch.times == 1 for touch in touched)


def _touched_table(touched: tuple[Touch, ...]) -> None:
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


navigation.ensure()
draw()
