"""The buttons that make a step of what is shown."""

from typing import Literal

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.recipe.steps import Step
from pages.frame import session


def step_button(
    label: str,
    step: Step | None,
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
    """A button that appends a step to the recipe; without a step it cannot be pressed.

    Args:
        label, icon, hint, kind, shortcut, width: how it looks; key: names the widget; at: where, by default here.
        step: what is appended; disabled: whether it cannot be just now.
    """
    (at or st).button(
        label,
        icon=None if icon is None else f":material/{icon}:",
        key=key,
        help=hint,
        type=kind,
        disabled=disabled or step is None,
        shortcut=shortcut,
        width=width,
        on_click=session.append,
        args=(step,),
    )
