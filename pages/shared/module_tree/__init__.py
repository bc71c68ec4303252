"""The module tree: a component of our own, since no native widget folds, searches and selects rows.

Folding, searching and scrolling happen in the browser; only a new selection comes back to Python.
"""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import streamlit as st

from core.tree_rows import TreeRow

__all__ = ["TreeRow", "module_tree"]

_FOLDER = Path(__file__).parent
_HTML, _CSS, _JS = ((_FOLDER / f"tree.{suffix}").read_text("utf-8") for suffix in ("html", "css", "js"))
_component = st.components.v2.component("paramscope_module_tree", html=_HTML, css=_CSS, js=_JS)

_KINDS = {"module": 0, "parameter": 1, "buffer": 2}
_LEVELS = "0123456789abcdefghijklmnopqrstuvwxyz"


def module_tree(rows: Sequence[TreeRow], selected: str | None, key: str, height: int) -> str | None:
    """Show a module tree and return the id of the selected row.

    Pass back as `selected` what the last run returned; another id moves the selection there and reveals
    it, None leaves the choice to the visitor. What is folded, searched and scrolled survives reruns, new
    rows and a visit to another page.

    Args:
        rows: as `core.tree_rows.tree_rows` gives them.
        selected: id of the row to show as selected.
        key: names the widget, unique on its page; also the session state entry {"selected": id}.
        height: pixels at most; a short tree takes less.
    """
    memory = st.session_state.setdefault(
        f"{key}:memory", {"reported": None, "returned": None, "push": 0, "pushed": None}
    )
    by_sent_id = {_clean(row.id): row.id for row in rows}
    reported = st.session_state.get(key, {}).get("selected")

    # A click always wins, and is never sent back: that would undo the next, quicker click. Since `data`
    # then stays the same, the rows are not sent again either.
    clicked = reported is not None and reported != memory["reported"]
    renamed = selected is not None and (reported is None or selected != memory["returned"])
    if renamed and not clicked and selected in by_sent_id.values():
        memory["push"] += 1
        memory["pushed"] = reported = _clean(selected)
        if key in st.session_state:
            st.session_state[key]["selected"] = reported
        else:
            st.session_state[key] = {"selected": reported}

    _component(
        key=key,
        data={
            **_columns(rows),
            "key": key,
            "height": height,
            "push": memory["push"],
            "selected": memory["pushed"],
        },
        on_selected_change=_rerun,
    )
    returned = by_sent_id.get(reported) if isinstance(reported, str) else None
    memory.update(reported=reported, returned=returned)
    return returned


def _rerun() -> None:
    """Having a callback is what makes `selected` a state of the component."""


def _columns(rows: Sequence[TreeRow]) -> dict[str, object]:
    """The rows as parallel arrays, without what the browser can work out: a third of the size of dicts."""
    names: dict[int, str] = {}
    ids: dict[int, str] = {}
    path: list[str] = []
    for index, row in enumerate(rows):
        del path[row.depth :]
        above = path[-1] if path else ""
        if row.name != (f"{above}.{row.label}" if above else row.label):
            names[index] = _clean(row.name)
        if row.id != row.name:
            ids[index] = _clean(row.id)
        path.append(row.name)
    types, type_of = _coded(row.type_name for row in rows)
    shapes, shape_of = _coded(row.shape for row in rows)
    dtypes = Counter(row.dtype for row in rows if row.kind != "module")
    usual_dtype = dtypes.most_common(1)[0][0] if dtypes else ""
    return {
        "depth": [row.depth for row in rows],
        "kind": [_KINDS[row.kind] for row in rows],
        "label": [_clean(row.label) for row in rows],
        "names": names,
        "ids": ids,
        "types": types,
        "type": type_of,
        "shapes": shapes,
        "shape": shape_of,
        "dtype": usual_dtype,
        "dtypes": {
            i: row.dtype for i, row in enumerate(rows) if row.dtype != usual_dtype and row.kind != "module"
        },
        "count": [row.count for row in rows],
        "badges": {i: row.badges for i, row in enumerate(rows) if row.badges},
        "detail": {i: _clean(row.detail) for i, row in enumerate(rows) if row.detail},
        "spark": {i: _spark(row.spark) for i, row in enumerate(rows) if row.spark},
    }


def _coded(texts: Iterable[str]) -> tuple[list[str], list[int]]:
    """Distinct texts, and for each text which of them it is."""
    codes: dict[str, int] = {}
    coded = [codes.setdefault(text, len(codes)) for text in texts]
    return [_clean(text) for text in codes], coded


def _spark(heights: Iterable[float]) -> str:
    """One character a bar; a bar that is not empty is not drawn as empty."""
    top = len(_LEVELS) - 1
    return "".join(_LEVELS[min(top, max(1, round(h * top)))] if h > 0 else "0" for h in heights)


def _clean(text: str) -> str:
    """Text that can be sent: Python names may hold lone surrogates, UTF-8 may not."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
