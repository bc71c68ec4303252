"""The module tree without a browser: what it sends, what it remembers, and what it makes of what a browser sends."""

import json
import math

import pytest
from streamlit.testing.v1 import AppTest

from core.module.tree_rows import tree_rows
from pages.components import module_tree as component
from tests.trees import big, convolutions, hostile


def test_columns_carry_only_what_the_browser_cannot_work_out() -> None:
    rows = tree_rows(big(), {})
    columns = component._columns(rows)
    assert columns["names"] == {0: ""}
    assert columns["ids"] == {}
    assert len(json.dumps(columns)) < 25 * len(rows)


def test_unusual_names_and_dtypes_are_sent() -> None:
    rows = tree_rows(hostile(), {})
    columns = component._columns(rows)
    text = json.dumps(columns, ensure_ascii=False)
    assert "\ud800" not in text
    assert "\u202e" not in columns["labels"][5]
    rows = tree_rows(convolutions(), {})
    columns = component._columns(rows)
    assert columns["dtype"] == "float32"
    assert list(columns["dtypes"].values()) == ["int64"]


def test_a_bar_that_is_not_empty_is_not_sent_as_empty() -> None:
    assert component._spark((0.0, 1e-9, 0.5, 1.0, 2.0, math.nan)) == "01izz0"


def small_app() -> None:
    import streamlit as st

    from core.module.tree_rows import tree_rows
    from pages.components.module_tree import module_tree
    from tests.trees import blocks

    rows = tree_rows(blocks(), {})
    if st.button("bias", key="bias"):
        st.session_state.chosen = "1.bias"
    st.session_state.setdefault("chosen", None)
    st.session_state.chosen = module_tree(rows, st.session_state.chosen, key="tree", height=400)
    st.text(repr(st.session_state.chosen))


def test_selection_without_a_browser() -> None:
    app = AppTest.from_function(small_app, default_timeout=120)
    assert app.run().text[0].value == "None"
    app.session_state["tree"] = {"selected": "0.block1.0.weight"}
    assert app.run().text[0].value == "'0.block1.0.weight'"
    app.button(key="bias").click().run()
    assert app.text[0].value == "'1.bias'"
    app.session_state["tree"] = {"selected": "no such row"}
    assert app.run().text[0].value == "None"


@pytest.mark.parametrize("report", [None, 3, [], {}, {"id": 7}, {"id": "1", "push": 7}, {"id": "1", "push": "old"}])
def test_a_report_that_is_none_selects_nothing(report: object) -> None:
    app = AppTest.from_function(small_app, default_timeout=120)
    app.run()
    app.button(key="bias").click().run()
    app.session_state["tree"] = {"selected": report}
    assert app.run().text[0].value == "'1.bias'"
    assert not app.exception
