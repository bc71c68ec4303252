"""Choosing what an editor of code begins with, which never costs what was written there."""

from collections.abc import Sequence

import streamlit as st

from core import text
from core.code.templates import Template
from pages.frame import state

_WIDTH = 330  # pixels: the longest title


def choose(editor: str, templates: Sequence[Template]) -> Template:
    """The chosen template; each that replaces what is in the editor is counted, so that it takes that code once."""
    index: int = st.selectbox(
        "Template",
        range(len(templates)),
        format_func=lambda index: templates[index].title,
        key=state.template(editor).key,
        bind="query-params",
        on_change=_choose,
        args=(editor, tuple(template.code for template in templates)),
        filter_mode=None,
        width=_WIDTH,
    )
    if not state.template_asked(editor).get():
        state.template_taken(editor).put(index)
    return templates[index]


def ask(editor: str, template: Template) -> None:
    """Where the chosen template would replace what somebody wrote: whether it shall."""
    if not state.template_asked(editor).get():
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"{editor}_asked"):
        st.markdown(f"Replace what you wrote by the template **{text.markdown(template.title)}**?", width="stretch")
        st.button("Replace", key=f"{editor}_replace", type="primary", on_click=_take, args=(editor,))
        st.button("Keep mine", key=f"{editor}_keep", on_click=_keep, args=(editor,))


def _choose(editor: str, codes: Sequence[str]) -> None:
    """A template that was not changed is given up for another one without a word; what was written is not."""
    memory = state.editor_memory(editor).get()
    written = memory["text"].strip() if memory is not None else state.draft(editor).get().strip()
    if written and written not in {code.strip() for code in codes}:
        state.template_asked(editor).put(True)
    else:
        _take(editor)


def _take(editor: str) -> None:
    state.template_asked(editor).put(False)
    choices = state.template_choices(editor)
    choices.put(choices.get() + 1)
    state.failure(editor).put(None)


def _keep(editor: str) -> None:
    state.template_asked(editor).put(False)
    state.template(editor).put(state.template_taken(editor).get())
