"""Who wrote each tensor: one line of a card or a panel, and a table of the whole model with its filters."""

from collections.abc import Callable, Sequence

import pandas as pd
import streamlit as st

from core import text
from core.questions.story import Story, StoryKind
from core.questions.story_words import done, in_full, in_words, is_copied, is_overwritten, is_unwritten, where, writers
from core.questions.theory import VerdictRow

#: What the table can be narrowed to.
_FILTERS: dict[str, Callable[[VerdictRow], bool]] = {
    "All": lambda _: True,
    "never written": lambda row: is_unwritten(row.story, row.shape or ()),
    "overwritten": lambda row: is_overwritten(row.story),
    "copied": lambda row: is_copied(row.story),
    "two writers": lambda row: writers(row.story) > 1,
}
_KINDS: dict[StoryKind, str] = {
    "drawn": "drawn",
    "default": "by PyTorch's defaults",
    "filled": "filled",
    "copied": "copied",
    "transformed": "changed",
    "loaded": "loaded",
    "written": "by a forward pass or training",
    "never written": "never written",
    "unseen": "not looked at",
}


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
    counted = ", ".join(f"{kinds.count(kind):d} {said}" for kind, said in _KINDS.items() if kind in kinds)
    return f"**Who wrote what:** {counted}"


def _opened(rows: Sequence[VerdictRow], key: str) -> None:
    labels = {name: f"{name} {sum(holds(row) for row in rows):d}" for name, holds in _FILTERS.items()}
    names = list(_FILTERS)
    chosen = st.pills(
        "Show", names, format_func=lambda name: text.markdown(labels[name]), default=names[0], key=f"{key}_filter"
    )
    shown = [row for row in rows if _FILTERS[chosen or names[0]](row)]
    if not shown:
        st.caption("No tensor is.")
        return
    listed = pd.DataFrame(
        {
            "tensor": [text.plain(row.name) for row in shown],
            "written last": [text.plain(done(row.story)) for row in shown],
            "where": [text.plain(where(row.story)) for row in shown],
            "times": [row.story.times for row in shown],
            "verdict": [row.verdict.kind for row in shown],
            "theory": [text.plain(row.label) for row in shown],
            "before that": [text.plain(_before(row.story)) for row in shown],
        }
    )
    wide = {"written last": st.column_config.TextColumn(width=260), "where": st.column_config.TextColumn(width=150)}
    st.dataframe(
        listed,
        hide_index=True,
        height=min(350, 36 * (len(shown) + 1) + 2),
        column_config=wide,
        alt="who wrote each tensor",
    )


def _before(story: Story) -> str:
    return "; ".join(in_words(each) for each in story.earlier if each.kind != "unseen")
