"""Tying two places, untying one, and what to do where nothing is shared."""

from collections.abc import Hashable, Mapping, Sequence
from functools import partial

import streamlit as st

from core import text
from core.questions.model import GetOverview, Overview
from core.questions.sharing import SharedTensor
from core.recipe.catalog import MODELS
from core.recipe.step_code import step_code
from core.recipe.steps import LONGEST_NAME, Tie, Untie
from pages.frame import session, state
from pages.frame.engine import ask
from pages.frame.step_button import step_button
from pages.views import step_preview, switch
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


def untie(listed: Sequence[SharedTensor], shown: SharedTensor) -> None:
    """A button that gives what is shared under the chosen name a copy of its own, with its code; where one can."""
    names = {shared.names[0]: shared.untie for shared in listed if 0 < len(shared.untie) <= LONGEST_NAME}
    if shown.names[0] not in names:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        step = Untie(names[shown.names[0]])
        hint = f"Gives {text.code(step.name)} a copy of its own, with equal values"
        step_button("Untie", partial(_untie, names), icon="link_off", key="untie", hint=hint)
        st.markdown(text.code(step_code(step, session.current())), width="stretch")


def _untie(names: Mapping[str, str]) -> Untie:
    chosen = state.TYING_TENSOR.get() or ""
    if chosen not in names:
        raise ValueError(f"{chosen} is not tied to anything that could be untied; choose another tensor")
    return Untie(names[chosen])


def form() -> None:
    """Two places to make one of: tensors of one shape, or modules."""
    overview = ask(GetOverview(), session.end_span())
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown("**Tie two places**", width="content")
        kind = switch.one_of("What", ("Tensors", "Modules"), key=state.TIE_KIND.key)
    alike = _alike_tensors(overview) if kind == "Tensors" else _alike_modules(overview)
    if not alike:
        what = "tensors" if kind == "Tensors" else "modules"
        st.caption(f"No two {what} here could be tied: where two are alike, they are one already.")
        return
    shapes = {info.name: text.shape(info.shape) for info in overview.tensors}

    def show(name: str) -> str:
        return f"{text.plain(name)} {shapes.get(name, '')}".strip()

    keep, replace, button = st.columns([4, 4, 2], vertical_alignment="bottom")
    key = state.tie_place("keep", kind).key
    source = keep.selectbox("Keep", list(alike), format_func=show, key=key, bind="query-params")
    key = state.tie_place("replace", kind).key
    replace.selectbox("Replace", alike[source], format_func=show, key=key, bind="query-params")
    step_button("Tie", _tie, icon="link", key="tie", at=button)
    step_preview.code(_tie)


def _tie() -> Tie:
    """The tie that the fields hold now."""
    kind = state.TIE_KIND.get() or state.TIE_KIND.default  # an address may say that none is chosen
    source, target = (state.tie_place(side, kind).get() for side in ("keep", "replace"))
    if source is None or target is None:
        raise ValueError(f"the two {kind.lower()} were not shown yet; choose them, and press Tie again")
    return Tie(source, target)


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
