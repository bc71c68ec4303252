"""Set values directly: one cell, a slice, a formula, or a small table."""

import streamlit as st

from core import text
from core.questions.model import GetOverview, TensorInfo
from core.recipe.steps import Edit
from pages.frame import navigation, session, state
from pages.frame.engine import ask
from pages.views import moment
from pages.views.edit import formula, values
from pages.views.schemes.place import nameable
from pages.views.tensor import cards


def draw() -> None:
    """The formula at the left, the table at the right, the last step's result below."""
    cards.heading(
        "Edit", "The tensor is written in place: it stays the same object, and every name of it changes along."
    )
    moment.note("an edit")
    overview = ask(GetOverview(), session.end_span())
    infos = {info.name: info for info in overview.tensors}
    tensors = {name: infos[name] for name in nameable(infos)}
    if not tensors:
        st.info("This model has no parameters and no buffers to edit.")
        return
    with st.container(key="edit_body"):  # named, so that a sentence above takes nothing from who types into the table
        left, right = st.columns([2, 3], gap="medium")
        with left:
            name = _tensor(tensors)
            formula.draw()
        with right:
            values.draw(tensors[name])
        _result(name)


def _tensor(tensors: dict[str, TensorInfo]) -> str:
    """The tensor to edit, at first the one that is opened on the Weights page."""
    names, opened = list(tensors), state.OPENED.get()
    return st.selectbox(
        "Tensor",
        names,
        index=names.index(opened) if opened in tensors else 0,
        format_func=lambda name: f"{text.plain(name)} {text.shape(tensors[name].shape)}",
        key=state.EDITED.key,
        bind="query-params",
    )


def _result(name: str) -> None:
    match session.current().steps:
        case (*before, Edit(tensor=edited)) if edited == name:
            title, span = f"What the last edit, step {len(before) + 1}, did", session.last_step_span()
        case _:
            title, span = f"The tensor {moment.end()}", session.end_span()
    st.markdown(f"#### {title}")
    cards.show([name], span, key="edit", all_pictures=True)


navigation.ensure()
draw()
