"""Which shared tensor a view is about; all views remember the same one."""

from collections.abc import Sequence

import streamlit as st

from core import text
from core.questions.sharing import SharedTensor
from pages.frame import state
from pages.views.tying import words

#: Pixels of the list: what fits the longest title, also at the size for a room.
_LEAST, _MOST, _ARROW, _LETTER = 240, 520, 60, 10


def choose(among: Sequence[SharedTensor]) -> SharedTensor:
    """The chosen one; it says its names, so that nothing else has to."""
    by_name = {shared.names[0]: shared for shared in among}
    titles = {name: f"{words.title(shared.names)}  {text.shape(shared.shape)}" for name, shared in by_name.items()}
    longest = max(map(len, titles.values()))
    name = st.selectbox(
        "Shared tensor",
        list(by_name),
        format_func=titles.__getitem__,
        key=state.TYING_TENSOR.key,
        bind="query-params",
        label_visibility="collapsed",
        width=min(_MOST, max(_LEAST, _ARROW + _LETTER * longest)),
        filter_mode=None if len(among) < 9 else "fuzzy",
    )
    return by_name[name]
