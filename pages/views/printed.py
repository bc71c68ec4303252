"""What Python prints, with the line that prints it: whole, and wrapped where it is wider than its place."""

from math import ceil

import streamlit as st

from core import text

_LINE, _TALL = 44, 26  # letters of a narrow panel's line; lines from which a text scrolls inside a box of its own
_BOX = 480  # pixels of that box
_LONGEST = 20_000  # letters shown: more is more than anybody reads, and slow to draw


def draw(code: str, printed: str, *, remark: str = "") -> None:
    """A line of Python and what it prints; `remark` says in markdown what else there is to know."""
    with st.container(gap="xsmall"):
        st.markdown(text.code(code) + (f" {remark}" if remark else ""))
        if _lines(printed) <= _TALL:
            st.code(printed, language=None, wrap_lines=True)
            return
        shown = _first(printed)
        with st.container(height=_BOX, border=False):  # whose copy button takes the keyboard there
            st.code(shown, language=None, wrap_lines=True)
        if shown != printed:
            st.markdown(f"The first {len(shown):,} of {len(printed):,} characters.")


def _lines(printed: str) -> int:
    return sum(max(1, ceil(len(line) / _LINE)) for line in printed.splitlines())


def _first(printed: str) -> str:
    """As much as is shown, in whole lines where it has any: half of a number would be another number."""
    if len(printed) <= _LONGEST:
        return printed
    end = printed.rfind("\n", 0, _LONGEST)
    return printed[: end if end > 0 else _LONGEST]
