"""Which shared tensor a view is about; all views remember the same one."""

from collections.abc import Sequence

import streamlit as st

from core import text
from core.questions.sharing import SharedTensor
from pages.frame import state
from pages.views.tying import words


def choose(among: Sequence[SharedTensor]) -> SharedTensor:
    """The chosen one; it says its names, so that nothing else has to."""
    by_name = {shared.names[0]: shared for shared in among}
    name = st.selectbox(
        "Shared tensor",
        list(by_name),
        format_func=lambda name: f"{words.title(by_name[name].names)}  {text.shape(by_name[name].shape)}",
        key=state.TYING_TENSOR.key,
        bind="query-params",
        label_visibility="collapsed",
        filter_mode=None if len(among) < 9 else "fuzzy",
    )
    return by_name[name]
