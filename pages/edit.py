"""Set values directly: one cell, a slice, a formula, or a small table."""

import pandas as pd
import streamlit as st

from core import text
from core.questions.model import GetOverview, TensorInfo
from core.questions.tensor import GetValues
from core.recipe.edit_formula import FUNCTIONS, to_python
from core.recipe.recipe import explanation
from core.recipe.step_code import step_code
from core.recipe.steps import Edit
from pages.frame import navigation, session, state
from pages.frame.engine import ask
from pages.frame.step_button import step_button
from pages.views.schemes.place import nameable
from pages.views.tensor import cards

_EXAMPLES = ("w += 1", "w[0, 0] = 42", "w[:, 1] *= -1", "w *= abs(w) >= 0.2", "w = w / std(w)")
_LARGEST_TABLE = 512


def draw() -> None:
    """The formula at the left, the table at the right, the last step's result below."""
    cards.heading(
        "Edit", "The tensor is written in place: it stays the same object, and every name of it changes along."
    )
    overview = ask(GetOverview(), session.end_span())
    infos = {info.name: info for info in overview.tensors}
    tensors = {name: infos[name] for name in nameable(infos)}
    if not tensors:
        st.info("This model has no parameters and no buffers to edit.")
        return
    left, right = st.columns(2, gap="large")
    with left:
        opened = state.OPENED.get()
        if not state.EDITED.exists() and opened in tensors:
            state.EDITED.put(opened)
        name = st.selectbox(
            "Tensor",
            list(tensors),
            format_func=lambda n: _label(tensors[n]),
            key=state.EDITED.key,
            persist_state="session",
        )
        _formula(name)
    with right:
        _value_table(tensors[name])
    _result(name)


def _label(info: TensorInfo) -> str:
    return f"{text.plain(info.name)} {text.shape(info.shape)}"


def _formula(name: str) -> None:
    st.pills("Examples", _EXAMPLES, key=state.EXAMPLE.key, on_change=_take_example)
    if not state.FORMULA.exists():
        state.FORMULA.put(_EXAMPLES[1])
    formula = st.text_input(
        "Formula on w",
        key=state.FORMULA.key,
        persist_state="session",
        max_chars=2000,
        help=f"Assignments to w or a part of it; arithmetic, comparisons and {', '.join(FUNCTIONS)}; several with ;",
    )
    try:
        to_python(formula)
    except ValueError as error:
        st.warning(text.markdown(f"{error}.", longest=600), icon=":material/block:")
        return
    step = Edit(name, formula)
    st.code(step_code(step, session.current()), language="python")
    step_button("Apply", lambda: step, icon="edit", key="apply_edit", kind="primary", shortcut="Ctrl+Enter")


def _take_example() -> None:
    example = state.EXAMPLE.get()
    if example:
        state.FORMULA.put(example)


def _value_table(info: TensorInfo) -> None:
    if info.shape is None or len(info.shape) > 2 or not 0 < info.numel <= _LARGEST_TABLE:
        what = (
            "uninitialized until its first forward pass"
            if info.shape is None
            else f"{text.shape(info.shape)}: too large or too deep for a table"
        )
        st.caption(f"{text.code(info.name)} is {what}; edit it by formula.")
        return
    values = ask(GetValues(info.name), session.end_span()).values
    table = pd.DataFrame(values, columns=[str(column) for column in range(values.shape[1])])
    st.caption("Or type into a cell; each change is one step.")
    key = f"table_{info.name}_{hash(state.RECIPE.get())}"
    st.data_editor(
        table,
        key=key,
        on_change=_take_table,
        args=(key, info.name, len(info.shape)),
        height="auto" if len(table) <= 9 else 350,
        column_config={column: st.column_config.NumberColumn(format="%.5g", width=72) for column in table.columns},
        alt=f"values of {text.plain(info.name)}",
    )


def _take_table(key: str, name: str, rank: int) -> None:
    """What was typed into the table, as one edit: `w[1, 2] = 0.5`; what is no number is a complaint."""
    changed = state.typed_cells(key).get()["edited_rows"]
    try:
        lines = [
            f"{_cell(int(row), int(column), rank)} = {_spelled(value)}"
            for row, columns in changed.items()
            for column, value in columns.items()
        ]
        if lines:
            session.append(Edit(name, "\n".join(lines)))
    except ValueError as error:
        session.complain(text.sentence(explanation(error)))


def _cell(row: int, column: int, rank: int) -> str:
    return {0: "w", 1: f"w[{column}]"}.get(rank, f"w[{row}, {column}]")


def _spelled(value: object) -> str:
    if value is None:
        return "nan"
    if not isinstance(value, int | float):
        raise ValueError(f"{text.short(value)} is not a number")
    return repr(float(value))


def _result(name: str) -> None:
    match session.current().steps:
        case (*_, Edit(tensor=edited)) if edited == name:
            title, span = "What the last edit did", session.last_step_span()
        case _:
            title, span = "The tensor now", session.end_span()
    st.markdown(f"##### {title}")
    cards.show([name], span, key="edit", all_pictures=True)


navigation.ensure()
draw()
