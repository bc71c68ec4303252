"""A table of values to type into: a component of our own, since `st.data_editor` reads `1,5` as 15.

Its number columns drop letters that they do not know, and as it starts anew with each new recipe, what is typed while
the page is drawn is lost. Here every cell is a field, and each change comes back as it was typed, once.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from core.text import plain
from pages.frame import state
from pages.frame.joined import component

_component = component("value_table")
_MOST_CHANGES, _MOST_CELLS, _LONGEST = 200, 4096, 200


@dataclass(frozen=True, slots=True)
class Table:
    """Which tensor's elements the cells are: of one axis in one row, of none in one cell."""

    name: str
    dtype: str
    rank: int
    rows: int
    columns: int


@dataclass(frozen=True, slots=True)
class TypedCell:
    """A cell, the text that was typed into it, and the text that it held."""

    row: int
    column: int
    text: str
    was: str


@dataclass(frozen=True, slots=True)
class Change:
    """What was typed or pasted at once, and into which table."""

    table: Table
    cells: tuple[TypedCell, ...]


def value_table(
    table: Table,
    printed: Sequence[str],
    exact: Sequence[str],
    take: Callable[[Change], None],
    *,
    key: str,
) -> None:
    """Show a table of values.

    Args:
        table: what the cells are.
        printed, exact: of each cell, row after row, what it shows, and what it holds, which the cell in use shows.
        take: called with each change before the page is drawn again, once, in the order of typing.
        key: names the widget.
    """
    token, number = state.taken_changes(key).get()
    data = {
        "tensor": {**asdict(table), "name": json.dumps(table.name)},  # in ASCII: a name may be no text for a browser
        "label": f"values of {plain(table.name)}",
        "printed": list(printed),
        "exact": list(exact),
        "seen": {"token": token, "number": number},
    }
    _component(key=key, data=data, on_typed_change=partial(_receive, key, take))


def _receive(key: str, take: Callable[[Change], None]) -> None:
    """Take what was not taken yet: the browser goes on sending a change until it is told."""
    reported = state.reported(key).get()
    report = reported.get("typed") if isinstance(reported, Mapping) else None
    if not isinstance(report, Mapping):
        return
    token, changes = report.get("token"), report.get("changes")
    if not isinstance(token, str) or len(token) > _LONGEST or not isinstance(changes, Sequence):
        return
    taken = state.taken_changes(key)
    last = taken.get()[1] if taken.get()[0] == token else 0
    for number, change in _read(changes):
        if number > last:
            last = number
            taken.put((token, last))
            take(change)


def _read(changes: Sequence[Any]) -> Iterator[tuple[int, Change]]:
    """The changes that a browser reports with their numbers, checked: what is none is left out."""
    for change in changes[:_MOST_CHANGES]:
        try:
            number, tensor, cells = change["number"], change["tensor"], change["cells"][:_MOST_CELLS]
            table = Table(**{**tensor, "name": json.loads(tensor["name"])})
            typed = tuple(TypedCell(**cell) for cell in cells)
        except (KeyError, TypeError, ValueError):
            continue
        sizes = (
            number,
            table.rank,
            table.rows,
            table.columns,
            *(at for cell in typed for at in (cell.row, cell.column)),
        )
        texts = (table.name, table.dtype, *(text for cell in typed for text in (cell.text, cell.was)))
        if all(type(size) is int and 0 <= size < 2**31 for size in sizes) and all(isinstance(t, str) for t in texts):
            yield number, Change(table, typed)
