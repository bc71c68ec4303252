"""Draw a scheme of torch.nn.init into a part of the model."""

from typing import Any

import pandas as pd
import streamlit as st

from core import text
from core.engine.pool import EngineError
from core.initialization import SCHEMES, Option, Scheme, Value
from core.measurements import Touch
from core.recipe import sentence
from core.requests import GetOverview, GetPreview, Overview
from core.script import step_code
from core.steps import Initialize, OneTensor, Pattern, Subtree
from pages.shared import cards, frame, session
from pages.shared.engine import ask

Place = Subtree | Pattern | OneTensor

_PLACES = ("Modules", "Name pattern", "One tensor")
_ANY = "any type"
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
        chosen = st.selectbox("Scheme", list(SCHEMES), format_func=_title, key="scheme", persist_state="session")
        scheme = SCHEMES[chosen]
        options, seed = _options(scheme)
        where = _where(overview)
        step = _step(scheme, where, options, seed)
        if step is not None:
            st.code(step_code(step, session.current()), language="python")
        st.latex(_stacked(scheme.formula))
        st.caption(f"{text.markdown(scheme.use)} {text.markdown(scheme.source)}.")
    with result:
        touched = _preview(step) if step is not None else ()
        if touched:
            cards.show([touch.name for touch in touched[:_SHOWN]], key="initialize", all_pictures=True, openable=False)
        if len(touched) > _SHOWN:
            st.caption(f"{text.count(len(touched) - _SHOWN, 'more tensor')} on the Weights page.")


def _stacked(formula: str) -> str:
    """The parts of a formula one below the other, so that none is cut off in a narrow column."""
    lines = formula.replace(r",\quad ", r" \\ ")
    return rf"\begin{{gathered}}{lines}\end{{gathered}}"


def _title(name: str) -> str:
    return f"{SCHEMES[name].title} · {SCHEMES[name].function}"


def _options(scheme: Scheme) -> tuple[dict[str, Value], int]:
    """The scheme's options and the seed, three in a row."""
    columns = st.columns(3)
    options = {option.name: _option(scheme, option, columns[index % 3]) for index, option in enumerate(scheme.options)}
    if not scheme.random:
        return options, 0
    with columns[len(options) % 3]:
        return options, _seed()


def _option(scheme: Scheme, option: Option, place: Any) -> Value:
    key = f"option_{scheme.name}_{option.name}"
    if option.choices:
        choice: str = place.selectbox(option.name, option.choices, key=key, help=option.help, persist_state="session")
        return choice
    whole = isinstance(option.default, int)
    kind = int if whole else float
    value: int | float = place.number_input(
        option.name,
        None if option.low is None else kind(option.low),
        None if option.high is None else kind(option.high),
        value=kind(option.default),
        step=1 if whole else 0.1,
        format=None if whole else "%.6g",
        key=key,
        help=option.help,
        persist_state="session",
    )
    return value


def _where(overview: Overview) -> Place:
    place = st.segmented_control(
        "Where", _PLACES, default=_PLACES[0], required=True, key="place", persist_state="session"
    )
    if place == "Name pattern":
        return Pattern(
            st.text_input(
                "Pattern",
                "*.weight",
                key="pattern",
                persist_state="session",
                help="* and ? match any letters",
            )
        )
    if place == "One tensor":
        names = [info.name for info in overview.tensors if info.kind == "parameter"]
        return OneTensor(st.selectbox("Tensor", names, key="one_tensor", format_func=text.plain) or "")
    root, module_type, parameter = st.columns(3)
    types = [_ANY, *overview.module_types]
    return Subtree(
        root=root.selectbox("At and below", overview.module_names, format_func=_module_label, key="root"),
        module_type=_type_name(
            module_type.selectbox(
                "Of type", types, index=min(1, len(types) - 1), format_func=text.plain, key="module_type"
            )
        ),
        parameter=parameter.selectbox(
            "Parameter",
            ["weight", "bias", "*"],
            key="parameter",
            accept_new_options=True,
            persist_state="session",
            format_func=lambda name: "every one" if name == "*" else name,
            help="Its own name, or a pattern such as weight_hh*",
        )
        or "weight",
    )


def _module_label(name: str) -> str:
    return text.plain(name) or "net"


def _type_name(choice: str) -> str:
    return "" if choice == _ANY else choice


def _seed() -> int:
    """The next seed no step uses: applying twice draws twice."""
    fresh = session.current().next_seed()
    if st.session_state.get("fresh_seed") != fresh:
        st.session_state.fresh_seed = st.session_state.init_seed = fresh
    seed: int = st.number_input(
        "Seed", 0, 2**32, step=1, key="init_seed", help="The same seed draws the same values again"
    )
    return seed


def _step(scheme: Scheme, where: Place, options: dict[str, Value], seed: int) -> Initialize | None:
    try:
        return Initialize(scheme.name, where, tuple(options.items()), seed)
    except ValueError as error:
        st.warning(text.markdown(sentence(error)), icon=":material/block:")
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
        st.button(
            f"Apply to {text.count(len(touched), 'tensor')}",
            type="primary",
            icon=":material/casino:",
            key="apply",
            disabled=bool(refused),
            on_click=session.append,
            args=(Initialize, step.scheme, step.where, step.options, step.seed),
        )
        st.caption(_summary(touched), width="stretch")
    if refused:
        first = refused[0]
        st.warning(
            f"{step.scheme}_ cannot apply to {text.code(first.name)} {text.markdown(text.shape(first.shape))}: "
            f"{text.markdown(first.refusal or '')}. Narrow the place; nothing is changed.",
            icon=":material/block:",
        )
    if len(touched) > _NAMED or any(_note(touch) for touch in touched):
        _table(touched)
    return touched


def _summary(touched: tuple[Touch, ...]) -> str:
    if len(touched) > _NAMED:
        return f"Touches {text.count(sum(touch.times for touch in touched), 'time')} in all; the table says what."
    listed = ", ".join(f"{text.code(touch.name)} {text.markdown(text.shape(touch.shape))}" for touch in touched)
    return (
        f"Touches {listed}, {'once' if len(touched) == 1 else 'each once'}." if _once(touched) else f"Touches {listed}."
    )


def _once(touched: tuple[Touch, ...]) -> bool:
    return all(touch.times == 1 for touch in touched)


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


frame.ensure()
draw()
