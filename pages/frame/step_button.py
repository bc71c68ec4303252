"""The buttons that make a step of what the fields hold."""

from collections.abc import Callable
from typing import Literal

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core import text
from core.recipe.recipe import explanation
from core.recipe.steps import Step
from pages.frame import session


def step_button(
    label: str,
    make: Callable[[], Step],
    *,
    icon: str | None = None,
    key: str,
    hint: str | None = None,
    kind: Literal["primary", "secondary"] = "secondary",
    disabled: bool = False,
    shortcut: str | None = None,
    width: Literal["content", "stretch"] = "content",
    at: DeltaGenerator | None = None,
) -> None:
    """A button that appends a step to the recipe.

    Args:
        label, icon, hint, kind, shortcut, width: how it looks; key: names the widget; at: where, by default here.
        make: the step, from what the fields hold *when it is called*, by `state`: it is called at the click, which
            can come before the page was drawn again with what was typed last. ValueError says why there is none.
        disabled: whether it cannot be pressed just now.
    """
    (at or st).button(
        label,
        icon=None if icon is None else f":material/{icon}:",
        key=key,
        help=hint,
        type=kind,
        disabled=disabled,
        shortcut=shortcut,
        width=width,
        on_click=_append,
        args=(make,),
    )


def _append(make: Callable[[], Step]) -> None:
    try:
        step = make()
    except ValueError as error:
        session.complain(text.sentence(explanation(error)))
        return
    session.append(step)
