"""Changing one value through one name, and everything that changed with it, beside a copy that is not tied."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from core import text
from core.engine.errors import EngineError
from core.engine.span import Span
from core.figures.tying import tied_film
from core.questions.model import GetOverview, TensorInfo
from core.questions.sharing import SharedTensor
from core.questions.tensor import Card, ChangedCells, GetCards, GetChangedCells, GetChanges, GetDistance
from core.recipe.headlines import headline
from core.recipe.steps import Edit
from core.recipe.typed_number import typed_number
from core.recipe.typed_whole import typed_whole
from core.recipe.untied import control
from pages.components.enter import enter_presses
from pages.components.film import film
from pages.frame import session, state
from pages.frame.engine import ask
from pages.frame.step_button import step_button
from pages.views import step_preview
from pages.views.schemes.place import nameable

_SHOWN_NAMES = 3
_LISTED = 4
_MOST_AXES = 4


@dataclass(frozen=True, slots=True)
class _Copy:
    """The same recipe without the tie, and the tensor there that the last edit did not go through."""

    span: Span
    card: Card


def draw(shared: SharedTensor) -> None:
    """Pictures on one scale, the poke, and what it changed."""
    changed = ask(GetChangedCells(), session.last_step_span())
    copy = _copy(shared)
    _pictures(shared, copy, changed)
    make = _form(shared)
    _last_step_sentence(changed, copy)
    if copy is not None and shared.kind in ("same module", "same parameter", "same storage"):
        _drift(shared, copy.span)
    if make is not None:
        step_preview.code(make)


def _copy(shared: SharedTensor) -> _Copy | None:
    if not shared.untie:
        return None
    recipe = session.current()
    match recipe.steps:
        case (*_, Edit(tensor=edited)) if edited == shared.names[-1]:
            name = shared.names[0]
        case _:
            name = shared.names[-1]
    try:
        without = control(recipe, shared.untie)
        span = Span(without, 0, len(without.steps))
        return _Copy(span, ask(GetCards((name,)), span)[0])
    except (EngineError, ValueError) as error:
        st.caption(f"No copy to compare with: {text.markdown(str(error))}.")
        return None


def _pictures(shared: SharedTensor, copy: _Copy | None, changed: tuple[ChangedCells, ...]) -> None:
    names = list(shared.names[:_SHOWN_NAMES])
    cards = list(ask(GetCards(tuple(names)), session.end_span()))
    if copy is not None:
        cards.append(copy.card)
    if all(card.pictures[-1] is None for card in cards):
        st.caption("No picture: the tensors hold no data.")
        return
    titles = [*names, f"{copy.card.info.name}, a copy, not tied"] if copy is not None else names
    cells = {
        tensor.name: tensor.index for tensor in changed if tensor.changed == len(tensor.index) < math.prod(tensor.shape)
    }
    film(tied_film(cards, titles, cells), key="tied_pictures")
    if len(shared.names) > _SHOWN_NAMES:
        st.caption(f"{text.count(len(shared.names) - _SHOWN_NAMES, 'more name')} of the same bytes.")


def _form(shared: SharedTensor) -> Callable[[], Edit] | None:
    """Where to write which value, and the button that does; the step that the fields hold whenever it is asked for."""
    infos = {info.name: info for info in ask(GetOverview(), session.end_span()).tensors}
    names = [name for name in nameable(shared.names) if name in infos and _pokable(infos[name])]
    if not names:
        return None
    make = partial(_step, infos)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="poke_form"):
        name = st.selectbox(
            "Through", names, format_func=text.plain, key=state.THROUGH.key, bind="query-params", width=180
        )
        shape = infos[name].shape or ()
        for axis, label in enumerate(_labels(shape)):
            index = state.poke_index(axis)
            st.text_input(label, index.default, key=index.key, bind="query-params", max_chars=40, width=90)
        st.text_input(
            "Value", state.POKE_VALUE.default, key=state.POKE_VALUE.key, bind="query-params", width=120, max_chars=60
        )
        step_button("Poke", make, icon="touch_app", key="poke", kind="primary", shortcut="Ctrl+Enter")
    enter_presses("poke", "poke_form")
    return make


def _step(infos: Mapping[str, TensorInfo]) -> Edit:
    """The edit that the fields hold now."""
    name = state.THROUGH.get() or ""
    if name not in infos:
        raise ValueError(f"{name} is not a tensor of this model any more; choose another one")
    shape = infos[name].shape or ()
    index = [
        typed_whole(state.poke_index(axis).get(), label, 0, size - 1)
        for axis, (label, size) in enumerate(zip(_labels(shape), shape, strict=True))
    ]
    target = f"w[{', '.join(str(i) for i in index)}]" if index else "w"
    return Edit(name, f"{target} = {typed_number(state.POKE_VALUE.get(), infos[name].dtype)}")


def _labels(shape: tuple[int, ...]) -> tuple[str, ...]:
    """What the index along each axis is called."""
    return {1: ("Index",), 2: ("Row", "Column")}.get(len(shape)) or tuple(f"Axis {k}" for k in range(len(shape)))


def _pokable(info: TensorInfo) -> bool:
    return info.numel > 0 and len(info.shape or ()) <= _MOST_AXES


def _last_step_sentence(changed: tuple[ChangedCells, ...], copy: _Copy | None) -> None:
    """What the last step changed, every name of it, with values where they are few."""
    steps = session.current().steps
    if not steps:
        return
    what = f"The last step, {text.code(headline(steps[-1]))}, changed"
    if not changed:
        st.markdown(f"{what} **nothing**, bit for bit.")
        return
    distinct = sum(change.changed or 0 for change in ask(GetChanges(), session.last_step_span()))
    of = ask(GetOverview(), session.end_span()).counts.unique
    few = len(changed) <= _LISTED and all(tensor.changed == 1 for tensor in changed)
    sentence = f"{what} **{distinct:,}** of {of:,} values, seen under **{text.count(len(changed), 'name')}**"
    if few:
        sentence += f": {', '.join(_moved(tensor) for tensor in changed)}"
    st.markdown(f"{sentence}. Nothing else changed{_copy_sentence(changed, copy) if few else ''}.")
    if not few:
        with st.expander("What changed", key="changed_cells", on_change="rerun", bind="query-params") as listed:
            if listed.open:
                _changed_table(changed)


def _moved(tensor: ChangedCells) -> str:
    index = ", ".join(str(i) for i in tensor.index[0])
    values = " → ".join(_value(tensor))
    return f"{text.code(f'{tensor.name}[{index}]' if index else tensor.name)} {values}"


def _value(tensor: ChangedCells) -> tuple[str, str]:
    """The first value before and after: whole numbers beyond 2^53 with every digit, others in a few."""
    if _rounded(tensor):
        return f"{int(tensor.first[0]):d}", f"{int(tensor.first[1]):d}"
    return text.number(float(tensor.before[0])), text.number(float(tensor.after[0]))


def _rounded(tensor: ChangedCells) -> bool:
    """Whether a float does not hold the first value, before or after: it is a whole number of many digits."""
    whole = all(spelled.removeprefix("-").isdecimal() for spelled in tensor.first)
    return whole and max(abs(int(spelled)) for spelled in tensor.first) > 2**53


def _copy_sentence(changed: tuple[ChangedCells, ...], copy: _Copy | None) -> str:
    """What the untied copy holds where the poked name changed."""
    tensor = next((tensor for tensor in changed if copy and tensor.name == copy.card.info.name), None)
    picture = copy.card.pictures[-1] if copy is not None else None
    if tensor is None or picture is None or not picture.exact or tensor.index.shape[1] not in (1, 2):
        return ""
    row, column = (0, *tensor.index[0])[-2:]
    value = float(np.asarray(picture.mean)[int(row), int(column)])
    return f"; the copy kept its {text.number(value)}" if value == float(tensor.before[0]) else ""


def _changed_table(changed: tuple[ChangedCells, ...]) -> None:
    exact = any(map(_rounded, changed))
    table = pd.DataFrame(
        {
            "name": [text.plain(tensor.name) for tensor in changed],
            "changed values": [tensor.changed for tensor in changed],
            "first of them": [str(tensor.index[0].tolist()) for tensor in changed],
            "before": [_value(tensor)[0] if exact else float(tensor.before[0]) for tensor in changed],
            "after": [_value(tensor)[1] if exact else float(tensor.after[0]) for tensor in changed],
        }
    )
    st.dataframe(table, hide_index=True, height="content" if len(table) <= 8 else 320, alt="tensors that changed")


def _drift(shared: SharedTensor, apart: Span) -> None:
    first, last = shared.names[0], shared.names[-1]
    tied = ask(GetDistance(first, last), session.end_span())
    copied = ask(GetDistance(first, last), apart)
    kept = "equal bit for bit" if tied.equal else f"{text.number(tied.l2)} apart"
    moved = "still equal: no step since told them apart" if copied.equal else f"**{text.number(copied.l2)}** apart (L2)"
    st.markdown(f"The tied pair is **{kept}**. The same pair, copied and not tied, is {moved}.")
