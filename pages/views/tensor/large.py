"""One tensor, large: from the whole of it down to exact values."""

import streamlit as st

from core import text
from core.figures.distribution import distribution_figure
from core.figures.heatmap import heatmap_figure
from core.figures.picture import Statistic, is_difference
from core.questions.picture import Histogram, Layout
from core.questions.tensor import Card, GetDetail
from core.questions.theory import TensorTheory
from core.recipe.numbers import LARGEST_WHOLE
from core.tensor.layout import default_layout
from pages.frame.engine import ask
from pages.views.tensor import cards, verdicts, zoom

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
    card, statistic = _measured(name)
    shown = next((picture for picture in card.pictures if picture is not None), None)
    if shown is None:
        cards.chart(card, "large")
        return
    zoom.draw(shown)
    st.markdown(cards.statistics(card))
    theory = verdicts.of([name]).get(name)
    if theory is not None:
        verdicts.line(theory, "large")
    _pictures(card, statistic)
    if card.histogram is not None:
        _distribution(card, card.histogram, theory)


def _measured(name: str) -> tuple[Card, Statistic]:
    """The tensor as it is to be shown, by the choices in one line above it."""
    described = ask(GetDetail(name, cells=1))  # its axes are needed before its picture can be asked for
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        difference = cards.difference_wanted(key="large_view")
        layout = _layout(described.info.shape or (), described)
        statistic = st.selectbox(
            "A cell of several values shows their",
            list(_STATISTICS),
            format_func=_STATISTICS.__getitem__,
            key="statistic",
            persist_state="session",
            width=260,
        )
    return ask(GetDetail(name, layout, zoom.window(), difference=difference)), statistic


def _pictures(card: Card, statistic: Statistic) -> None:
    """The pictures that there are, side by side; a box drawn on one zooms in."""
    titles = ["after − before"] if is_difference(card) else ["before", "after"]
    there = [(index, picture) for index, picture in enumerate(card.pictures) if picture is not None]
    for column, (index, _) in zip(st.columns(len(there)), there, strict=True):
        with column:
            st.caption(titles[index])
            event = st.plotly_chart(
                heatmap_figure(card, index, statistic=statistic),
                key=f"large_{index}",
                on_select="rerun",
                selection_mode="box",
                config=_CHART,
                alt=f"{text.plain(card.info.name)}, {titles[index]}",
            )
            zoom.take_box(event, there[0][1])


def _distribution(card: Card, histogram: Histogram, theory: TensorTheory | None) -> None:
    """The histograms, and over them what the later values should be."""
    curve = theory.expected.curve if theory and theory.expected and not is_difference(card) else None
    st.plotly_chart(
        distribution_figure(histogram, card.counted, curve=curve),
        key="large_distribution",
        config=_CHART,
        alt="distribution",
    )


def _layout(shape: tuple[int, ...], card: Card) -> Layout | None:
    """For three or more axes: which run down, which across; the others are cut at an index.

    None where there are fewer, and for a tensor without data, of which no axes are known.
    """
    if len(shape) < 3 or len(card.axes) != len(shape):
        return None
    default = default_layout(shape)
    axes = list(range(len(shape)))
    names = [f"{card.axes[axis]} ({shape[axis]})" for axis in axes]
    name = card.info.name
    with st.popover("Axes", icon=":material/view_in_ar:"):
        rows = st.multiselect("Run down", axes, default.rows, format_func=names.__getitem__, key=f"rows_{name}")
        free = [axis for axis in axes if axis not in rows]
        columns = st.multiselect(
            "Run across",
            free,
            [axis for axis in default.columns if axis in free],
            format_func=names.__getitem__,
            key=f"columns_{name}_{rows}",
        )
        fixed = [(axis, _cut(axis, shape[axis], names[axis], name)) for axis in free if axis not in columns]
    return Layout(tuple(rows), tuple(columns), tuple(fixed))


def _cut(axis: int, size: int, label: str, name: str) -> int:
    """The index that an axis is cut at."""
    return (
        st.slider(f"Cut {text.markdown(label)} at", 0, min(size - 1, LARGEST_WHOLE), key=f"cut_{name}_{axis}")
        if size > 1
        else 0
    )
