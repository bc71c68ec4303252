"""What common operations leave of every tie of the model, computed on copies at this moment."""

from typing import Literal

import pandas as pd
import streamlit as st

from core import text
from core.questions.experiments import GetSurvival, SurvivalRow, Survived
from pages.frame import session
from pages.frame.engine import ask
from pages.views.tying import ties, words

Color = Literal["green", "orange", "red", "gray"]
_LOOKS: dict[Survived, tuple[str, Color]] = {
    "same object": (":material/check: same object", "green"),
    "storage only": (":material/contrast: storage only", "orange"),
    "lost": (":material/link_off: lost", "red"),
    "crash": (":material/error: crash", "red"),
    "does not apply": ("does not apply", "gray"),
}
_MOST_COLUMNS = 3
_LISTED = 5  # operations that break a tie


def draw() -> None:
    """The table, and one operation in detail."""
    rows = ask(GetSurvival(), session.end_span())
    if not rows:
        ties.nothing("No two names of this model share a byte, so there is no tie that could break.")
        return
    with st.container(border=True):
        rows = _chosen(rows)
        st.markdown(_survival_sentence(rows[0]))
        _survival_table(rows)
        _detail(rows)


def _chosen(rows: tuple[SurvivalRow, ...]) -> tuple[SurvivalRow, ...]:
    """As many groups as fit side by side."""
    if len(rows) <= _MOST_COLUMNS:
        return rows
    labels = [words.title(row.names, most=2) for row in rows]
    wanted = st.multiselect(
        f"Tied groups, {_MOST_COLUMNS} at once",
        range(len(rows)),
        default=list(range(_MOST_COLUMNS)),
        format_func=labels.__getitem__,
        key="survival_groups",
        bind="query-params",
    )
    return tuple(rows[index] for index in wanted[:_MOST_COLUMNS]) or rows[:_MOST_COLUMNS]


def _survival_sentence(row: SurvivalRow) -> str:
    """Through how many operations the tie stays what it is, and which break it where those are few."""
    one_object = row.kind in ("same module", "same parameter")
    stays = ("same object",) if one_object else ("same object", "storage only")
    broken = [f"*{text.markdown(cell.operation)}*" for cell in row.cells if cell.survived not in stays]
    kept = f"**{len(row.cells) - len(broken)} of {len(row.cells)}** operations"
    what = f"{text.code(row.names[0])}, {words.KINDS[row.kind][0]}, stays {'one object' if one_object else 'shared'}"
    return f"{what} through {kept}" + (f"; not through {', '.join(broken)}." if 0 < len(broken) <= _LISTED else ".")


def _survival_table(rows: tuple[SurvivalRow, ...]) -> None:
    table = {
        "Operation": [text.markdown(text.capital(cell.operation)) for cell in rows[0].cells],
        "Code": [text.code(text.first_line(cell.code)) for cell in rows[0].cells],
    }
    for row in rows:
        table[text.markdown(words.title(row.names, most=2))] = [_badge(cell.survived) for cell in row.cells]
    st.table(pd.DataFrame(table).set_index("Operation"))


def _title(operation: str) -> str:
    return text.plain(text.capital(operation))


def _badge(survived: Survived) -> str:
    label, color = _LOOKS[survived]
    return f":{color}-badge[{label}]"


def _detail(rows: tuple[SurvivalRow, ...]) -> None:
    """One operation: its code, and what became of each group."""
    operations = [cell.operation for cell in rows[0].cells]
    broken = next((number for number, cell in enumerate(rows[0].cells) if cell.survived != "same object"), 0)
    chosen = st.selectbox(
        "Look closer at",
        operations,
        broken,
        format_func=_title,
        key="survival_operation",
        bind="query-params",
        width=420,
    )
    index = operations.index(chosen)
    shown = ""
    for row in rows:
        cell = row.cells[index]
        if cell.code != shown:
            shown = cell.code
            st.code(shown, language="python", wrap_lines=True)
        st.markdown(
            f"{_badge(cell.survived)} {text.code(words.title(row.names, most=2))}: {text.markdown(cell.detail, 600)}"
        )
