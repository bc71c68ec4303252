"""The values of a small tensor, to be typed over: each change is one step."""

import streamlit as st

from core import text
from core.questions.model import TensorInfo
from core.questions.tensor import GetValues
from core.recipe.edit_formula import MAX_LENGTH, MAX_STATEMENTS
from core.recipe.recipe import explanation
from core.recipe.steps import Edit
from core.recipe.typed_number import is_same, typed_number
from pages.components.value_table import Change, Table, TypedCell, value_table
from pages.frame import session
from pages.frame.engine import ask
from pages.views import moment

_LARGEST = 512


def draw(info: TensorInfo) -> None:
    """The table, or the sentence on why there is none."""
    if info.shape is None or len(info.shape) > 2 or not 0 < info.numel <= _LARGEST:
        what = (
            "uninitialized until its first forward pass"
            if info.shape is None
            else f"{text.shape(info.shape)}: too large or too deep for a table"
        )
        st.caption(f"{text.code(info.name)} is {what}; edit it by formula.")
        return
    values = ask(GetValues(info.name), session.end_span())
    rows, columns = values.values.shape
    st.caption(f"Its values {moment.end()}, each as torch prints it alone. Type over one: each change is one step.")
    table = Table(info.name, info.dtype, len(info.shape), rows, columns)
    value_table(table, values.printed, values.exact, take, key="values")


def take(change: Change) -> None:
    """One step of what was typed or pasted at once; a sentence where something of it is no number, and then no step."""
    try:
        step = edit_of(change)
    except ValueError as error:
        session.complain(text.sentence(explanation(error)))
        return
    if step is not None:
        session.append(step)


def edit_of(change: Change) -> Edit | None:
    """The edit that writes what was typed; None where every cell holds its number already.

    Raises:
        ValueError: the first cell for which something else than a number of its dtype was typed, and the way out.
    """
    lines = [line for cell in change.cells if (line := _assignment(cell, change.table))]
    formula = "\n".join(lines)
    if len(lines) > MAX_STATEMENTS or len(formula) > MAX_LENGTH:
        raise ValueError(f"{len(lines)} values are more than one step can write; paste fewer at once")
    return Edit(change.table.name, formula) if formula else None


def _assignment(cell: TypedCell, table: Table) -> str:
    """`w[1, 2] = 0.5`; "" where the cell holds that number already."""
    target = {0: "w", 1: f"w[{cell.column}]"}.get(table.rank, f"w[{cell.row}, {cell.column}]")
    if cell.row >= table.rows or cell.column >= table.columns:
        raise ValueError(
            f"what was pasted reaches {target}, beyond the {table.rows} × {table.columns} values of {table.name}; "
            "paste it further up or to the left"
        )
    try:
        number = typed_number(cell.text, table.dtype)
    except ValueError as error:
        raise ValueError(f"the cell {target} keeps {cell.was}: {error}") from None
    return "" if _holds(cell, number, table.dtype) else f"{target} = {number}"


def _holds(cell: TypedCell, number: str, dtype: str) -> bool:
    try:
        return is_same(number, typed_number(cell.was, dtype), dtype)
    except ValueError:  # no real number, such as 1+2j
        return False
