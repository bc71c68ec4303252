"""Choosing one of a few things that stand side by side: a view of a page, an order, a kind."""

from collections.abc import Callable, Collection, Sequence
from typing import TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.frame.state import Entry

Choice = TypeVar("Choice")


def one_of(
    label: str,
    options: Sequence[Choice],
    *,
    key: str,
    first: Choice | None = None,
    titled: Callable[[Choice], str] = str,
    at: DeltaGenerator | None = None,
    labeled: bool = False,
) -> Choice:
    """The chosen one, kept in the address while other pages are shown, also for whoever opens it.

    Args:
        label: what is chosen, shown if `labeled` and else said to screen readers only.
        options: what there is; first: the one chosen at first, by default the first of them.
        key: names the widget; titled: how an option is shown; at: where, by default here.
    """
    default = options[0] if first is None else first
    choice: Choice | None = (at or st).segmented_control(
        label,
        options,
        default=default,
        required=True,
        format_func=titled,
        key=key,
        bind="query-params",
        label_visibility="visible" if labeled else "collapsed",
    )
    return default if choice is None else choice  # an address may say that nothing is chosen


def held(field: Entry[str | None], options: Collection[str], otherwise: str) -> str:
    """The one of the options that a field holds now, at a click too; `otherwise` where it holds none of them."""
    value = field.get()
    return value if value is not None and value in options else otherwise
