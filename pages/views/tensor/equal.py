"""Tensors that are equal in value and not tied: one line about each, in the words of all pages."""

from collections.abc import Sequence

import streamlit as st

from core import text
from core.engine.span import Span
from core.questions.equal import EqualGroup, GetEqual
from pages.frame.engine import ask

_MOST_NAMES = 3


def of(span: Span | None = None) -> dict[str, EqualGroup]:
    """The group of each tensor that others equal, though nothing ties them, at the span's later moment."""
    return {name: group for group in ask(GetEqual(), span) for name in group.names}


def line(group: EqualGroup, name: str) -> None:
    """What the named tensor is equal to, why, and that this is no tie."""
    st.markdown(
        f":material/content_copy: Equal in value to {listed(group.others(name))}, **not tied**: "
        f"{text.markdown(text.sentence(group.reason), 600)}"
    )


def listed(names: Sequence[str]) -> str:
    """The first names as markdown, and how many more there are."""
    first = ", ".join(text.code(name) for name in names[:_MOST_NAMES])
    return f"{first} and {len(names) - _MOST_NAMES:d} more" if len(names) > _MOST_NAMES else first
