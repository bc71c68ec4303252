"""One tensor, large: from the whole of it down to exact values."""

import streamlit as st

from core import text
from core.figures.card import large_drawing
from core.figures.picture import SHOWN, Statistic, is_difference
from core.questions.picture import Layout
from core.questions.tensor import Card, GetDetail
from core.recipe.numbers import LARGEST_WHOLE
from core.tensor.layout import default_layout
from pages.components.large_picture import large_picture
from pages.frame import session
from pages.frame.engine import ask
from pages.views import switch
from pages.views.tensor import cards, equal, verdicts, zoom

_STATISTICS: tuple[Statistic, ...] = tuple(SHOWN)


def draw(name: str) -> None:
    """The large view of the named tensor: its pictures first, then its statistics, its verdict and where to look."""
    card = _measured(name)
    shown = next((picture for picture in card.pictures if picture is not None), None)
    if shown is None:
        cards.chart(card, "large")
        return
    zoom.said(shown)
    statistic = _STATISTICS[0]
    pictures = st.container()
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        if not shown.exact:
            statistic = switch.one_of(
                "A cell of several values shows their", _STATISTICS, key="cell", titled=_titled, labeled=True
            )
    theory = verdicts.of([name]).get(name)
    curve = theory.expected.curve if theory and theory.expected and not is_difference(card) else None
    with pictures:
        drawing = large_drawing(card, statistic=statistic, curve=curve, moments=cards.moments(session.span()))
        large_picture(drawing, "picture-large", lambda box: zoom.take_box(box, shown))
    st.markdown(cards.statistics(card))
    if theory is not None:
        verdicts.line(theory, "large")
    equal.lines(name, equal.of().get(name, ()))
    zoom.numbers(shown)


def _measured(name: str) -> Card:
    """The tensor as it is to be shown, by the choices in one line above it."""
    described = ask(GetDetail(name, cells=1))  # its axes are needed before its picture can be asked for
    shape = described.info.shape or ()
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.button("All tensors", icon=":material/arrow_back:", on_click=cards.open_tensor, args=(None,), key="back")
        st.subheader(f"{text.code(name)} {text.markdown(text.shape(shape))}", anchor=False, width="content")
        span = session.span()
        difference = span.before != span.after and cards.difference_wanted(key="large_view")
        layout = _layout(shape, described)
        zoom.out()
    return ask(GetDetail(name, layout, zoom.window(), difference=difference))


def _titled(statistic: Statistic) -> str:
    return text.capital(SHOWN[statistic])


def _layout(shape: tuple[int, ...], card: Card) -> Layout | None:
    """For three or more axes: which run down, which across; the others are cut at an index.

    None where there are fewer, and for a tensor without data, of which no axes are known.
    """
    if len(shape) < 3 or len(card.axes) != len(shape):
        return None
    default = default_layout(shape)
    axes = list(range(len(shape)))
    names = [f"{card.axes[axis]} ({shape[axis]})" for axis in axes]
    key = "x".join(map(str, shape))  # which an address can hold, as not every name
    with st.popover("Axes", icon=":material/view_in_ar:"):
        rows = st.multiselect(
            "Run down",
            axes,
            default.rows,
            format_func=names.__getitem__,
            key=f"rows_{key}",
            bind="query-params",
        )
        free = [axis for axis in axes if axis not in rows]
        columns = st.multiselect(
            "Run across",
            free,
            [axis for axis in default.columns if axis in free],
            format_func=names.__getitem__,
            key=f"columns_{key}_{rows}",
            bind="query-params",
        )
        fixed = [(axis, _cut(axis, shape[axis], names[axis], key)) for axis in free if axis not in columns]
    return Layout(tuple(rows), tuple(columns), tuple(fixed))


def _cut(axis: int, size: int, label: str, key: str) -> int:
    """The index that an axis is cut at."""
    return (
        st.slider(
            f"Cut {text.markdown(label)} at",
            0,
            min(size - 1, LARGEST_WHOLE),
            key=f"cut_{key}_{axis}",
            bind="query-params",
        )
        if size > 1
        else 0
    )
