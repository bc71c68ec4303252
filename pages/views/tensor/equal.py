"""Tensors that are equal in value and not tied: what is said of each, in the words of all pages."""

from collections.abc import Sequence

import streamlit as st

from core import text
from core.engine.span import Span
from core.questions.equal import EqualGroup, GetEqual, SameStart
from pages.frame.engine import ask

_MOST_NAMES = 3
_ICON = ":material/content_copy:"


def of(span: Span | None = None) -> dict[str, list[EqualGroup | SameStart]]:
    """What is equal to each tensor, in whole or in its first values, at the span's later moment."""
    found = ask(GetEqual(), span)
    by_name: dict[str, list[EqualGroup | SameStart]] = {}
    for group in found.groups:
        for name in group.names:
            by_name.setdefault(name, []).append(group)
    for start in found.starts:
        by_name.setdefault(start.second, []).append(start)
    return by_name


def lines(name: str, found: Sequence[EqualGroup | SameStart]) -> None:
    """A line about each, which says that it is no tie."""
    for each in found:
        if isinstance(each, EqualGroup):
            st.markdown(f"{_ICON} Equal in value to {listed(each.others(name))}, **not tied**: {because(each)}")
        else:
            st.markdown(f"{_ICON} The same numbers, **not tied**: {begins(each)}")


def because(group: EqualGroup) -> str:
    """Why its tensors are equal, as markdown."""
    return f"{text.markdown(group.reason, 600)}."


def begins(start: SameStart) -> str:
    """What a tensor has in common with a longer one, as markdown."""
    reason = f": {text.markdown(start.reason, 600)}" if start.reason else ""
    return f"{text.markdown(start.clause(text.plain(start.first, 60)), 600)}{reason}."


def listed(names: Sequence[str]) -> str:
    """The first names as markdown, and how many more there are."""
    first = ", ".join(text.code(name) for name in names[:_MOST_NAMES])
    return f"{first} and {len(names) - _MOST_NAMES:d} more" if len(names) > _MOST_NAMES else first
