"""The module tree: a component of our own, since no native widget folds, searches and selects rows.

Folding, searching and scrolling happen in the browser; only a new selection comes back to Python.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from math import ceil
from secrets import token_hex
from typing import TypedDict

from core.questions.model import TreeRow
from core.text import plain
from pages.frame import state
from pages.frame.joined import component
from pages.frame.state import TreeClick, TreeMemory

_component = component("module_tree")

_KINDS = {"module": 0, "parameter": 1, "buffer": 2}
_LEVELS = "0123456789abcdefghijklmnopqrstuvwxyz"


class TreeColumns(TypedDict):
    """The rows as parallel arrays; what only some rows have is by the row's number."""

    depth: list[int]
    kind: list[int]
    labels: list[str]
    label: list[int]
    types: list[str]
    type: list[int]
    shapes: list[str]
    shape: list[int]
    count: list[int]
    names: dict[int, str]
    ids: dict[int, str]
    dtype: str
    dtypes: dict[int, str]
    badges: dict[int, list[str]]
    detail: dict[int, str]
    spark: dict[int, str]


class TreeData(TreeColumns):
    """What the browser is sent."""

    key: str
    height: int
    push: str
    selected: str | None


def module_tree(rows: Sequence[TreeRow], selected: str | None, key: str, height: int) -> str | None:
    """Show a module tree and return the id of the selected row, None if none is or if it is gone.

    Pass back as `selected` what the last run returned; another id moves the selection there and reveals
    it, None leaves the choice to the visitor. What is folded, searched, scrolled and selected survives
    reruns, new rows and a visit to another page.

    Args:
        rows: as `core.module.tree_rows.tree_rows` gives them.
        selected: id of the row to show as selected.
        key: names the widget. A test without a browser selects by setting session state's `key` to
            {"selected": id}.
        height: pixels at most; a short tree takes less.
    """
    memory = state.tree_memory(key).get() or _first_memory()
    by_sent_id = {_sendable(row.id): row.id for row in rows}
    click = read_click(state.reported(key).get())
    push, pushed, current = memory["push"], memory["pushed"], memory["current"]

    # The browser goes on reporting its last click, so only a change is a click, and only on the selection
    # it knew. A click is never sent back: that would undo a quicker one, and send all rows once more.
    if click is not None and click != memory["click"] and click["push"] in (None, push):
        current = by_sent_id.get(click["id"])
    elif selected is not None and selected != memory["returned"] and selected in by_sent_id.values():
        push, pushed, current = token_hex(4), _sendable(selected), selected

    data: TreeData = {**_columns(rows), "key": key, "height": height, "push": push, "selected": pushed}
    _component(key=key, data=data, on_selected_change=_rerun)
    returned = current if current in by_sent_id.values() else None
    state.tree_memory(key).put(
        {"click": click, "push": push, "pushed": pushed, "current": current, "returned": returned}
    )
    return returned


def _first_memory() -> TreeMemory:
    return {"click": None, "push": token_hex(4), "pushed": None, "current": None, "returned": None}


def read_click(reported: object) -> TreeClick | None:
    """The click that a browser reports, checked; None where it is none. A test may report an id alone."""
    click = reported.get("selected") if isinstance(reported, Mapping) else None
    if isinstance(click, str):
        return {"id": click, "push": None}
    if not isinstance(click, Mapping):
        return None
    row, push = click.get("id"), click.get("push")
    return {"id": row, "push": push} if isinstance(row, str) and isinstance(push, str | None) else None


def _rerun() -> None:
    """Having a callback is what makes `selected` a state of the component."""


def _columns(rows: Sequence[TreeRow]) -> TreeColumns:
    """The rows as parallel arrays, without what the browser can work out: a fourth of the size of dicts."""
    labels, label = _coded(row.label for row in rows)
    types, type_ = _coded(row.type_name for row in rows)
    shapes, shape = _coded(row.shape for row in rows)
    dtypes = Counter(row.dtype for row in rows if row.kind != "module")
    usual_dtype = max(dtypes, key=dtypes.__getitem__, default="")
    names, ids = _unusual_names(rows, [labels[code] for code in label])
    return {
        "depth": [row.depth for row in rows],
        "kind": [_KINDS[row.kind] for row in rows],
        "labels": labels,
        "label": label,
        "types": types,
        "type": type_,
        "shapes": shapes,
        "shape": shape,
        "count": [row.count for row in rows],
        "names": names,
        "ids": ids,
        "dtype": usual_dtype,
        "dtypes": {i: row.dtype for i, row in enumerate(rows) if row.dtype not in ("", usual_dtype)},
        "badges": {i: list(row.badges) for i, row in enumerate(rows) if row.badges},
        "detail": {i: plain(row.detail) for i, row in enumerate(rows) if row.detail},
        "spark": {i: _spark(row.spark) for i, row in enumerate(rows) if row.spark},
    }


def _unusual_names(rows: Sequence[TreeRow], labels: Sequence[str]) -> tuple[dict[int, str], dict[int, str]]:
    """Names that are not simply the labels on the way to them, and ids that are not names as shown."""
    names: dict[int, str] = {}
    ids: dict[int, str] = {}
    above: list[tuple[str, str]] = []  # name of each ancestor, and how it is shown
    for index, (row, label) in enumerate(zip(rows, labels, strict=True)):
        del above[row.depth :]
        parent, parent_shown = above[-1] if above else ("", "")
        if row.name == (f"{parent}.{row.label}" if parent else row.label):
            shown = f"{parent_shown}.{label}" if parent_shown else label
        else:
            shown = names[index] = plain(row.name)
        if row.id != shown:
            ids[index] = _sendable(row.id)
        above.append((row.name, shown))
    return names, ids


def _coded(texts: Iterable[str]) -> tuple[list[str], list[int]]:
    """Distinct texts as they are shown, and for each text which of them it is."""
    codes: dict[str, int] = {}
    coded = [codes.setdefault(text, len(codes)) for text in texts]
    return [plain(text) for text in codes], coded


def _spark(heights: Iterable[float]) -> str:
    """One character a bar, rounded up: a bar that is not empty is not drawn as empty."""
    return "".join([_LEVELS[ceil(min(height, 1.0) * 35)] if height > 0 else "0" for height in heights])


def _sendable(text: str) -> str:
    """Text that UTF-8 can hold: Python's may contain lone surrogates."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode("utf-8")
