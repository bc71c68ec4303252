"""A page on which Enter in the fields of a form presses the form's button; run by a server of its own."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import streamlit as st

from pages.components.enter import enter_presses


def _note() -> None:
    fields = [st.session_state[key] for key in ("name", "count", "kind")]
    st.session_state.setdefault("noted", []).append(fields)


with st.container(key="form of fields"):
    st.text_input("Name", "a", key="name")
    st.number_input("Count", value=1, min_value=0, key="count")
    st.selectbox("Kind", ["red", "green"], accept_new_options=True, key="kind")
    st.text_area("Remark", key="remark")
st.text_input("Elsewhere", key="elsewhere")
st.button(f"Note {st.session_state['name']}", on_click=_note, key="note", disabled=st.session_state["name"] == "off")
enter_presses("note", "form of fields")
st.text(f"noted: {st.session_state.get('noted', [])}")
