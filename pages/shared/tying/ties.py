"""Tying two places, untying one, and what to do where nothing is shared."""

import streamlit as st

from core import text
from core.models.catalog import MODELS
from core.requests import GetOverview
from core.script import step_code
from core.steps import Tie, Untie
from pages.shared import session
from pages.shared.engine import ask

_EXAMPLE = "shared_mlp"


def nothing(sentence: str) -> None:
    """Why there is nothing to see, and the way to a model where there is."""
    st.info(text.markdown(sentence), icon=":material/link_off:")
    st.button(
        f"Open {MODELS[_EXAMPLE].title}",
        icon=":material/open_in_new:",
        key="open_shared_mlp",
        type="primary",
        on_click=_open,
    )


def _open() -> None:
    session.propose(session.opening(_EXAMPLE))
    st.session_state.before, st.session_state.after = 0, None


def untie(name: str) -> None:
    """A button that gives the parameter or module of that name a copy of its own, with its code."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.button(
            "Untie",
            icon=":material/link_off:",
            key="untie",
            on_click=session.append,
            args=(Untie, name),
            help=f"Gives {text.code(name)} a copy of its own, with equal values",
        )
        st.markdown(text.code(step_code(Untie(name), session.current())), width="stretch")


def form() -> None:
    """Two places to make one of: tensors of one shape, or modules."""
    overview = ask(GetOverview(), session.end_span())
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown("**Tie two places**", width="content")
        kind = st.segmented_control(
            "What",
            ["Tensors", "Modules"],
            default="Tensors",
            required=True,
            key="tie_kind",
            label_visibility="collapsed",
        )
    if kind == "Tensors":
        choices = [info.name for info in overview.tensors if info.kind == "parameter"]
    else:
        choices = [name for name in overview.module_names if name]
    if len(choices) < 2:
        st.caption("There is nothing to tie: this model has fewer than two.")
        return
    shapes = {info.name: text.shape(info.shape) for info in overview.tensors}

    def show(name: str) -> str:
        return f"{text.plain(name)} {shapes.get(name, '')}"

    keep, replace, button = st.columns([4, 4, 2], vertical_alignment="bottom")
    source = keep.selectbox("Keep", choices, format_func=show, key=f"keep_{kind}")
    same = [name for name in choices if name != source and shapes.get(name) == shapes.get(source)]
    target = replace.selectbox(
        "Replace", same, format_func=show, key=f"replace_{kind}", placeholder="no other of this shape"
    )
    if target is None:
        st.caption(f"No other tensor has the shape of {text.code(source)}, {text.markdown(shapes.get(source, ''))}.")
        return
    button.button("Tie", icon=":material/link:", key="tie", on_click=session.append, args=(Tie, source, target))
    st.code(step_code(Tie(source, target), session.current()), language="python")
