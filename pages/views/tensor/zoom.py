"""Which part of a large tensor is shown: a box drawn on its picture, or rows and columns by number."""

import streamlit as st

from core import text
from core.questions.picture import Heatmap, Window
from core.recipe.typed_whole import typed_whole
from core.tensor.window import window_of
from pages.frame import session, state

_ENDS = ("First row", "Last row", "First column", "Last column")


def window() -> Window | None:
    """First row, row after the last, and the same for columns; None is the whole."""
    chosen = state.WINDOW.get()
    if chosen is None:
        return None
    first, last, left, right = chosen
    return first, last, left, right


def said(picture: Heatmap) -> None:
    """Which part is shown, and how to see less of it."""
    (row, column), (rows, columns), (tall, wide) = picture.origin, picture.span, picture.cell
    part = f"rows {row:d} to {row + rows - 1:d}, columns {column:d} to {column + columns - 1:d}"
    exact = "each cell is one value" if picture.exact else f"each cell stands for {tall:d} × {wide:d} values"
    st.markdown(
        f"**{part}** of {picture.shape[0]:d} × {picture.shape[1]:d}: {exact}. "
        "Drag a box to zoom in (by keys: arrows, Shift and arrows, Enter)."
    )


def out() -> None:
    """The way back to the whole."""
    st.button(
        "Zoom out",
        icon=":material/zoom_out:",
        disabled=window() is None,
        on_click=_show,
        args=(None,),
        key="zoom_out",
    )


def numbers(picture: Heatmap) -> None:
    """The part that is shown as four numbers, which can be typed."""
    (row, column), (rows, columns) = picture.origin, picture.span
    with st.expander("Choose rows and columns by number"):
        values = (row, row + rows - 1, column, column + columns - 1)
        for cell, label, value in zip(st.columns(4), _ENDS, values, strict=True):
            number = state.window_number(label)
            number.put(str(value))
            cell.text_input(label, key=number.key, max_chars=40, on_change=_take_numbers, args=(picture.shape,))


def take_box(reported: object, picture: Heatmap) -> None:
    """Zoom to a box that was drawn on the picture."""
    _show(window_of(reported, picture))


def _take_numbers(shape: tuple[int, int]) -> None:
    limits = (shape[0], shape[0], shape[1], shape[1])
    try:
        first, last, left, right = (
            typed_whole(state.window_number(label).get(), label, 0, limit - 1)
            for label, limit in zip(_ENDS, limits, strict=True)
        )
    except ValueError as error:
        session.complain(text.sentence(str(error)))
        return
    _show((first, max(first, last) + 1, left, max(left, right) + 1))


def _show(part: Window | None) -> None:
    state.WINDOW.put(None if part is None else list(part))
