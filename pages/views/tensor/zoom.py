"""Which part of a large tensor is shown: a box drawn on its picture, or rows and columns by number."""

import streamlit as st

from core.questions.picture import Heatmap, Window
from core.tensor.window import window_of
from pages.frame import state

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
        limits = (picture.shape[0], picture.shape[0], picture.shape[1], picture.shape[1])
        for cell, label, value, limit in zip(st.columns(4), _ENDS, values, limits, strict=True):
            number = state.window_number(label)
            number.put(value)
            cell.number_input(label, 0, limit - 1, step=1, key=number.key, on_change=_take_numbers)


def take_box(reported: object, picture: Heatmap) -> None:
    """Zoom to a box that was drawn on the picture."""
    _show(window_of(reported, picture))


def _take_numbers() -> None:
    first, last, left, right = (state.window_number(label).get() for label in _ENDS)
    _show((first, max(first, last) + 1, left, max(left, right) + 1))


def _show(part: Window | None) -> None:
    state.WINDOW.put(None if part is None else list(part))
