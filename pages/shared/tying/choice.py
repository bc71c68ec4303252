"""Which shared tensor a view is about; all views remember the same one."""

from collections.abc import Sequence

import streamlit as st

from core.measurements import SharedTensor
from pages.shared.tying import words


def choose(among: Sequence[SharedTensor], label: str = "Shared tensor") -> SharedTensor:
    """The chosen one; with a single one there is nothing to choose."""
    if len(among) == 1:
        return among[0]
    by_name = {shared.names[0]: shared for shared in among}
    if st.session_state.get("tying_tensor") not in by_name:
        st.session_state.tying_tensor = among[0].names[0]
    name = st.selectbox(
        label,
        list(by_name),
        format_func=lambda name: words.title(by_name[name]),
        key="tying_tensor",
        persist_state="session",
        width=420,
    )
    return by_name[name]
