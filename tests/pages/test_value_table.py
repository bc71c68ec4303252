"""The value table without a browser: what it makes of what a browser sends, and which edit that is."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.recipe.steps import Edit
from pages.components import value_table as component
from pages.components.value_table import Change, Table, TypedCell
from pages.views.edit.values import edit_of

_TABLE = Table("0.weight", "float32", 2, 8, 4)


def typed(*cells: tuple[int, int, str], table: Table = _TABLE, was: str = "0.25") -> Change:
    return Change(table, tuple(TypedCell(row, column, text, was) for row, column, text in cells))


def sent(number: int, text: str, **other: object) -> dict[str, Any]:
    tensor = {"name": '"0.weight"', "dtype": "float32", "rank": 2, "rows": 8, "columns": 4}
    return {"number": number, "tensor": tensor, "cells": [{"row": 0, "column": 1, "text": text, "was": "0"}], **other}


def test_a_change_is_one_edit_of_all_its_cells() -> None:
    assert edit_of(typed((1, 2, "1e-3"))) == Edit("0.weight", "w[1, 2] = 0.001")
    pasted = edit_of(typed((0, 0, "1,5"), (0, 1, "nan"), (1, 0, "−∞"), (1, 1, "-0")))
    assert pasted == Edit("0.weight", "w[0, 0] = 1.5\nw[0, 1] = nan\nw[1, 0] = -inf\nw[1, 1] = -0.0")
    assert edit_of(typed((0, 3, ".5"), table=Table("b", "float32", 1, 1, 8))) == Edit("b", "w[3] = 0.5")
    assert edit_of(typed((0, 0, "7"), table=Table("n", "int64", 0, 1, 1))) == Edit("n", "w = 7")


def test_a_cell_that_holds_the_number_already_is_no_edit() -> None:
    assert edit_of(typed((0, 0, "2.5e-1"))) is None
    assert edit_of(typed((0, 0, "NaN"), was="nan")) is None
    assert edit_of(typed((0, 0, "-0"), was="0.0")) == Edit("0.weight", "w[0, 0] = -0.0")
    assert edit_of(typed((0, 0, "0,25"), (0, 1, "1"))) == Edit("0.weight", "w[0, 1] = 1")
    complex_ = Table("z", "complex64", 1, 1, 4)
    assert edit_of(typed((0, 0, "1"), table=complex_, was="(1+2j)")) == Edit("z", "w[0] = 1")


@pytest.mark.parametrize(
    ("cells", "sentence"),
    [
        ([(2, 1, "")], r"the cell w\[2, 1\] keeps 0.25: nothing was typed, and an element always holds a number; type"),
        ([(2, 1, "1e39")], r"the cell w\[2, 1\] keeps 0.25: '1e39' is beyond the largest float32"),
        ([(0, 0, "1"), (0, 1, "x")], r"the cell w\[0, 1\] keeps 0.25: 'x' is not a number; type"),
        ([(7, 3, "1"), (7, 4, "1")], r"what was pasted reaches w\[7, 4\], beyond the 8 × 4 values of 0.weight; paste"),
        ([(i // 10, i % 10, "1") for i in range(101)], "101 values are more than one step can write; paste fewer"),
    ],
)
def test_what_is_no_number_is_named_with_its_cell_and_nothing_is_written(
    cells: list[tuple[int, int, str]], sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence):
        edit_of(typed(*cells, table=Table("0.weight", "float32", 2, 50, 10) if len(cells) > 9 else _TABLE))


def small_app() -> None:
    import streamlit as st

    from pages.components import value_table as component

    heard = st.session_state.setdefault("heard", [])
    report = st.session_state.get("report")
    if report is not None:
        st.session_state["values"] = {"typed": report}
        component._receive("values", lambda change: heard.append(change.cells[0].text))
    st.text(repr(heard))


def test_each_change_is_taken_once_however_often_it_is_sent() -> None:
    app = AppTest.from_function(small_app, default_timeout=120)
    app.session_state["report"] = {"token": "a", "changes": [sent(1, "x")]}
    assert app.run().text[0].value == "['x']"
    app.session_state["report"] = {"token": "a", "changes": [sent(1, "x"), sent(2, "y"), sent(3, "z")]}
    assert app.run().text[0].value == "['x', 'y', 'z']"
    assert app.run().text[0].value == "['x', 'y', 'z']"
    app.session_state["report"] = {"token": "another tab", "changes": [sent(1, "w")]}
    assert app.run().text[0].value == "['x', 'y', 'z', 'w']"


@pytest.mark.parametrize(
    "report",
    [
        "text",
        {"token": 7, "changes": [sent(1, "x")]},
        {"token": "a"},
        {"token": "a", "changes": 3},
        {"token": "a", "changes": [None, 1, {}, sent(1, "x", cells=3), sent(1, "x", tensor=[])]},
        {"token": "a", "changes": [sent(1, "x", cells=[{"row": -1, "column": 0, "text": "", "was": ""}])]},
        {"token": "a", "changes": [sent(1, "x", cells=[{"row": 0, "column": 0, "text": 5, "was": ""}])]},
        {"token": "a", "changes": [sent(1, "x", tensor={**sent(1, "")["tensor"], "name": "no JSON"})]},
        {"token": "a", "changes": [sent(1, "x", tensor={**sent(1, "")["tensor"], "name": "7"})]},
        {"token": "a", "changes": [{**sent(1, "x"), "number": True}]},
    ],
)
def test_what_is_no_change_is_left_out(report: object) -> None:
    app = AppTest.from_function(small_app, default_timeout=120)
    app.session_state["report"] = report
    assert app.run().text[0].value == "[]"
    assert not app.exception


def test_a_name_that_is_no_text_for_a_browser_comes_back_as_it_was() -> None:
    (change,) = component._read([sent(1, "x", tensor={**sent(1, "")["tensor"], "name": '"\\ud800"'})])
    assert change[1].table.name == "\ud800"
