"""Choosing what an editor of code begins with."""

from collections.abc import Sequence

from streamlit.delta_generator import DeltaGenerator

from core.code.templates import Template
from pages.frame import state


def choose(editor: str, templates: Sequence[Template], place: DeltaGenerator) -> Template:
    """The chosen template; each choice is counted, so that the editor takes the template's code once."""
    index: int = place.selectbox(
        "Template",
        range(len(templates)),
        format_func=lambda index: templates[index].title,
        key=f"{editor}_template",
        persist_state="session",
        on_change=_count,
        args=(editor,),
        filter_mode=None,
    )
    return templates[index]


def _count(editor: str) -> None:
    choices = state.template_choices(editor)
    choices.put(choices.get() + 1)
    state.failure(editor).put(None)
