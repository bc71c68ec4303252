"""Who wrote each tensor: one line of a card or a panel, and a table of the whole model with its filters."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core import text
from core.questions.story import Story
from core.questions.story_words import FILTERS, in_full, in_words
from core.questions.theory import VerdictRow

_ALL = "All"


def line(story: Story) -> str:
    """The story in one line of markdown; "" where nobody looked."""
    return "" if story.kind == "unseen" else f":gray[{text.markdown(text.sentence(in_full(story)), 600)}]"


def table(rows: Sequence[VerdictRow], key: str) -> None:
    """One line on how many tensors were written how; opened, which rule initialized what."""
    with st.expander(_headline(rows), type="compact", on_change="rerun", key=key) as shown:
        if shown.open:
            _opened(rows, key)


def _headline(rows: Sequence[VerdictRow]) -> str:
    kinds = [row.story.kind for row in rows]
    counted = ", ".join(f"{kinds.count(kind)} {_PLURAL.get(kind, kind)}" for kind in dict.fromkeys(kinds))
    return f"**Who wrote what:** {counted}"


_PLURAL = {"default": "by PyTorch's defaults", "written": "by a forward pass or training"}


def _opened(rows: Sequence[VerdictRow], key: str) -> None:
    counts = {name: sum(holds(row.story) for row in rows) for name, holds in FILTERS.items()}
    labels = {_ALL: f"{_ALL} {len(rows)}", **{name: f"{name} {count}" for name, count in counts.items()}}
    chosen = st.pills("Show", list(labels), format_func=labels.__getitem__, default=_ALL, key=f"{key}_filter") or _ALL
    shown = [row for row in rows if chosen == _ALL or FILTERS[chosen](row.story)]
    if not shown:
        st.caption("No tensor is.")
        return
    listed = pd.DataFrame(
        {
            "tensor": [text.plain(row.name) for row in shown],
            "written last": [text.plain(in_words(row.story)) for row in shown],
            "times": [row.story.times for row in shown],
            "before that": [text.plain(_before(row.story)) for row in shown],
            "theory": [text.plain(row.label) for row in shown],
            "verdict": [row.verdict.kind for row in shown],
        }
    )
    wide = {name: st.column_config.TextColumn(width="large") for name in ("written last", "before that")}
    st.dataframe(
        listed,
        hide_index=True,
        height=min(350, 36 * (len(shown) + 1) + 2),
        column_config=wide,
        alt="who wrote each tensor",
    )


def _before(story: Story) -> str:
    return "; ".join(in_words(each) for each in story.earlier if each.kind != "unseen")
