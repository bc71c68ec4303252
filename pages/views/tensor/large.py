"""One tensor, large: from the whole of it down to exact values."""

import streamlit as st

from core import text
from core.figures.distribution import distribution_figure
from core.figures.picture import Statistic, heatmap_figure
from core.questions.tensor import Card, GetDetail, Heatmap, Layout
from core.tensor.layout import default_layout
from core.tensor.window import window_of
from pages.frame.engine import ask
from pages.views.tensor import cards, theory

_CHART = {"displayModeBar": False, "responsive": True}
_STATISTICS: dict[Statistic, str] = {
    "extreme": "Largest magnitude",
    "mean": "Mean",
    "lowest": "Lowest",
    "highest": "Highest",
}


def draw(name: str) -> None:
    """The large view of the named tensor."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("All tensors", icon=":material/arrow_back:", on_click=cards.open_tensor, args=(None,), key="back")
        st.markdown(f"##### {text.code(name)}", width="stretch")
    described = ask(GetDetail(name, cells=1))  # its axes are needed before its picture can be asked for
    shape = described.info.shape or ()
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        view = st.segmented_control(
            "Show",
            ["Before and after", "Difference"],
            default="Before and after",
            required=True,
            key="large_view",
            persist_state="session",
            label_visibility="collapsed",
        )
        layout = _layout(shape, described)
        statistic = st.selectbox(
            "A cell of several values shows their",
            list(_STATISTICS),
            format_func=_STATISTICS.__getitem__,
            key="statistic",
            persist_state="session",
            width=260,
        )
    window = st.session_state.get("window")
    card = ask(GetDetail(name, layout, window, difference=view == "Difference"))
    shown = [picture for picture in card.pictures if picture is not None]
    if not shown:
        cards.chart(card, "large")
        return
    _where(shown[0])
    st.markdown(f":gray[{cards.statistics(card)}]")
    found = theory.of([name]).get(name)
    if found is not None:
        theory.line(found, "large")
    titles = ["after − before"] if len(card.pictures) == 1 else ["before", "after"]
    present = [index for index, picture in enumerate(card.pictures) if picture is not None]
    for column, index in zip(st.columns(len(present)), present, strict=True):
        with column:
            st.caption(titles[index])
            figure = heatmap_figure(card, index, statistic=statistic)
            event = st.plotly_chart(
                figure,
                key=f"large_{index}",
                on_select="rerun",
                selection_mode="box",
                config=_CHART,
                alt=f"{text.plain(name)}, {titles[index]}",
            )
            _zoom(event, shown[0])
    if card.histogram is not None:
        names = (
            ["difference"]
            if len(card.pictures) == 1
            else [title for title, summary in zip(titles, (card.before, card.after), strict=True) if summary]
        )
        curve = found.expected.curve if found and found.expected and len(card.pictures) == 2 else None
        st.plotly_chart(
            distribution_figure(card.histogram, names, curve=curve),
            key="large_distribution",
            config=_CHART,
            alt="distribution",
        )


def _layout(shape: tuple[int, ...], card: Card) -> Layout | None:
    """For three or more axes: which run down, which across; the others are cut at an index."""
    if len(shape) < 3:
        return None
    default = default_layout(shape)
    axes = list(range(len(shape)))
    names = [f"{card.axes[axis]} ({shape[axis]})" for axis in axes]
    with st.popover("Axes", icon=":material/view_in_ar:"):
        rows = st.multiselect(
            "Run down", axes, default.rows, format_func=names.__getitem__, key=f"rows_{card.info.name}"
        )
        free = [axis for axis in axes if axis not in rows]
        columns = st.multiselect(
            "Run across",
            free,
            [axis for axis in default.columns if axis in free],
            format_func=names.__getitem__,
            key=f"columns_{card.info.name}_{rows}",
        )
        fixed = []
        for axis in axes:
            if axis not in rows and axis not in columns and shape[axis] > 1:
                fixed.append(
                    (
                        axis,
                        st.slider(f"Cut {names[axis]} at", 0, shape[axis] - 1, key=f"cut_{card.info.name}_{axis}"),
                    )
                )
            elif axis not in rows and axis not in columns:
                fixed.append((axis, 0))
    return Layout(tuple(rows), tuple(columns), tuple(fixed))


def _where(picture: Heatmap) -> None:
    """Which part is shown, and the way on or back."""
    (row, column), (rows, columns), (tall, wide) = picture.origin, picture.span, picture.cell
    part = f"rows {row} to {row + rows - 1}, columns {column} to {column + columns - 1}"
    exact = "each cell is one value" if picture.exact else f"each cell stands for {tall} × {wide} values"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            f"**{part}** of {picture.shape[0]} × {picture.shape[1]}: {exact}. Drag a box to zoom in.",
            width="stretch",
        )
        whole = picture.span == picture.shape
        st.button(
            "Zoom out",
            icon=":material/zoom_out:",
            disabled=whole,
            on_click=_zoom_to,
            args=(None,),
            key="zoom_out",
        )
    with st.expander("Choose rows and columns by number"):
        entries = [
            ("First row", row, picture.shape[0]),
            ("Last row", row + rows - 1, picture.shape[0]),
            ("First column", column, picture.shape[1]),
            ("Last column", column + columns - 1, picture.shape[1]),
        ]
        for cell, (label, value, limit) in zip(st.columns(4), entries, strict=True):
            key = f"window_{label}"
            st.session_state[key] = value
            cell.number_input(label, 0, limit - 1, step=1, key=key, on_change=_zoom_by_number)


def _zoom_by_number() -> None:
    first, last, left, right = (
        st.session_state[f"window_{label}"] for label in ("First row", "Last row", "First column", "Last column")
    )
    _zoom_to((first, max(first, last) + 1, left, max(left, right) + 1))


def _zoom(event: object, picture: Heatmap) -> None:
    """Zoom to a box that was drawn since the last run."""
    window = window_of(event, picture)
    if window is not None and window != st.session_state.get("window"):
        _zoom_to(window)
        st.rerun()


def _zoom_to(window: tuple[int, int, int, int] | None) -> None:
    st.session_state.window = window
