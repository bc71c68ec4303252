"""An editor with its templates, what it begins with, and what is said of the text in it."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from core import text
from core.code.templates import Template
from core.recipe import link
from pages.components.code_editor import Submitted, code_editor
from pages.frame import address, state
from pages.views.code import templates

_LINE, _FEWEST, _MOST = 24, 8, 18  # pixels of a line, and how many of them an editor shows
_REST = 66  # pixels around the lines


@dataclass(frozen=True)
class Editor:
    """An editor of the page.

    Attributes:
        key: names its widget; label: its name for screen readers; run_label: of its button.
        templates: what to begin with; fields: keys of the widgets beside it in which Enter runs the code, too.
    """

    key: str
    label: str
    run_label: str
    templates: Sequence[Template]
    fields: Sequence[str] = ()


def edit(editor: Editor, template: Template, taken: str | None) -> Submitted:
    """Show the editor, and above it what must be decided or known first.

    Args:
        editor: which; template: the one chosen.
        taken: code that the recipe has of this editor, which then begins with it, so that a link shows its code.
    """
    key = editor.key
    begin = template.code if taken is None else taken
    state.beginning(key).put(begin)
    draft, choices = state.draft(key), state.template_choices(key).get()
    templates.ask(key, template)
    note = st.container()
    first = template.code if choices else draft.get() or begin
    submitted = code_editor(
        first,
        key=key,
        version=choices,
        height=_height(first),
        failure=state.failure(key).get(),
        label=editor.label,
        run_label=editor.run_label,
        fields=editor.fields,
    )
    with note:
        _note(submitted.text, draft)
    if submitted.text == template.code:
        st.caption(text.markdown(template.look))
    return submitted


def _height(begin: str) -> int:
    """Room for what it begins with, and a bit more: what comes of it is to be seen below."""
    return _REST + _LINE * min(_MOST, max(_FEWEST, begin.count("\n") + 2))


def _note(written: str, draft: state.Draft) -> None:
    if not draft.get():
        return
    if written == draft.brought():
        st.caption(":material/link: The address brought this code, and it has not run: read it before you run it.")
    elif len(link.pack(written)) > address.LONGEST_CODE:
        st.caption(":material/link_off: This code is too long for an address: a link holds it only once it has run.")
