"""Tying two places, untying one, and what to do where nothing is shared."""

from collections.abc import Hashable, Mapping, Sequence

import streamlit as st

from core import text
from core.questions.model import GetOverview, Overview
from core.recipe.catalog import MODELS
from core.recipe.step_code import step_code
from core.recipe.steps import Tie, Untie
from pages.frame import session
from pages.frame.engine import ask
from pages.frame.step_button import step_button
from pages.views import switch
from pages.views.schemes.place import nameable

_EXAMPLE = "shared_mlp"


def nothing(sentence: str) -> None:
    """Why there is nothing to see, and the way to a model where there is."""
    st.info(text.markdown(sentence), icon=":material/link_off:")
    st.button(
        f"Open {MODELS[_EXAMPLE].title}",
        icon=":material/open_in_new:",
        key="open_shared_mlp",
        type="primary",
        on_click=session.open_model,
        args=(_EXAMPLE,),
    )


def untie(name: str) -> None:
    """A button that gives the parameter or module of that name a copy of its own, with its code."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        step = Untie(name)
        hint = f"Gives {text.code(name)} a copy of its own, with equal values"
        step_button("Untie", lambda: step, icon="link_off", key="untie", hint=hint)
        st.markdown(text.code(step_code(step, session.current())), width="stretch")


def form() -> None:
    """Two places to make one of: tensors of one shape, or modules."""
    overview = ask(GetOverview(), session.end_span())
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown("**Tie two places**", width="content")
        kind = switch.one_of("What", ("Tensors", "Modules"), key="tie_kind")
    alike = _alike_tensors(overview) if kind == "Tensors" else _alike_modules(overview)
    if not alike:
        what = "tensors" if kind == "Tensors" else "modules"
        st.caption(f"No two {what} of this model fit each other and are not one already.")
        return
    keep, replace, button = st.columns([4, 4, 2], vertical_alignment="bottom")
    shapes = {info.name: text.shape(info.shape) for info in overview.tensors}

    def show(name: str) -> str:
        return f"{text.plain(name)} {shapes.get(name, '')}".strip()

    source = keep.selectbox("Keep", list(alike), format_func=show, key=f"keep_{kind}")
    target = replace.selectbox("Replace", alike[source], format_func=show, key=f"replace_{kind}")
    step = Tie(source, target)
    step_button("Tie", lambda: step, icon="link", key="tie", at=button)
    st.code(step_code(step, session.current()), language="python")


def _alike_tensors(overview: Overview) -> dict[str, list[str]]:
    """For each parameter the others of its shape and dtype that are not this very parameter."""
    one = {
        name: group.names
        for group in overview.groups
        if group.kind in ("same module", "same parameter")
        for name in group.names
    }
    parameters = {
        info.name: (info.shape, info.dtype) for info in overview.tensors if info.kind == "parameter" and not info.lazy
    }
    return _partners(parameters, one)


def _alike_modules(overview: Overview) -> dict[str, list[str]]:
    """For each module that holds tensors the others that hold the same shapes under the same names."""
    tied = {name: group.names for group in overview.groups if group.kind == "same module" for name in group.names}
    held: dict[str, Hashable] = {}
    one: dict[str, list[str]] = {}
    for name in filter(None, overview.module_names):
        prefix = f"{name}."
        below = [info for info in overview.tensors if info.name.startswith(prefix)]
        if below:
            held[name] = tuple((info.name.removeprefix(prefix), info.shape, info.dtype) for info in below)
            inner = f".{below[0].name.removeprefix(prefix)}"
            one[name] = [other.removesuffix(inner) for other in tied.get(below[0].name, ()) if other.endswith(inner)]
    return _partners(held, one)


def _partners(kinds: Mapping[str, Hashable], one: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """For each name the others of its kind, but not those that are one with it; only where there are any."""
    by_kind: dict[Hashable, list[str]] = {}
    for name in nameable(kinds):
        by_kind.setdefault(kinds[name], []).append(name)
    partners = {
        name: [other for other in by_kind[kinds[name]] if other != name and other not in one.get(name, ())]
        for name in nameable(kinds)
    }
    return {name: others for name, others in partners.items() if others}
