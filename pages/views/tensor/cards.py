"""A card per tensor: what it is, what happened to it, and its pictures on one ruler."""

from collections.abc import Mapping, Sequence
from typing import Literal

import streamlit as st

from core import text
from core.engine.span import Span
from core.figures.card import Moments, card_drawing
from core.questions.equal import EqualGroup, SameStart
from core.questions.picture import Summary
from core.questions.tensor import Card, GetCards
from core.questions.theory import Curve, TensorTheory
from pages.components.card_picture import card_picture
from pages.frame import session, state
from pages.frame.engine import ask
from pages.views import switch
from pages.views.tensor import equal, stories, verdicts

Color = Literal["red", "orange", "blue", "violet", "gray"]


def heading(title: str, caption: str) -> None:
    """A page's title and the one line that says what to look for."""
    st.subheader(title, anchor=False)
    st.caption(caption)


def difference_wanted(key: str) -> bool:
    """Whether the difference is to be shown instead of both moments."""
    return switch.one_of("Show", ("Before and after", "Difference"), key=key) == "Difference"


def show(
    names: Sequence[str],
    span: Span | None = None,
    *,
    key: str,
    difference: bool = False,
    log: bool = False,
    own_scales: bool = False,
    all_pictures: bool = False,
    openable: bool = True,
    theories: Mapping[str, TensorTheory] | None = None,
    equals: Mapping[str, Sequence[EqualGroup | SameStart]] | None = None,
) -> None:
    """Cards of the named tensors between the moments of `span`; an unchanged one is a line, unless `all_pictures`.

    `theories` says by name what the later values should be: drawn over the histogram, with its verdict in words;
    `equals` what equals them though nothing ties them.
    """
    drawn = moments(span or session.span())
    for card in ask(GetCards(tuple(names), difference=difference), span):
        unchanged = card.change.changed == 0 and not all_pictures
        with st.container(border=True, gap="xsmall"):
            _head(card, key, openable=openable, one_moment=drawn[0] == drawn[1])
            theory = (theories or {}).get(card.info.name)
            written = stories.line(theory.story) if theory is not None else ""
            st.markdown(f"{statistics(card)}  \n{written}" if written else statistics(card))
            if theory is not None:
                verdicts.line(theory, f"{key}_{card.info.name}")
            equal.lines(card.info.name, (equals or {}).get(card.info.name, ()))
            if not unchanged:
                curve = None if theory is None or theory.expected is None or difference else theory.expected.curve
                chart(card, f"{key}_{card.info.name}", log=log, own_scales=own_scales, curve=curve, moments=drawn)


def moments(span: Span) -> Moments:
    """What the moments before and after are called, as in the sidebar."""
    return moment(span.before), moment(span.after)


def moment(steps: int) -> str:
    """What the moment after so many steps is called."""
    return f"step {steps:d}" if steps else "the build"


def chart(
    card: Card,
    key: str,
    *,
    log: bool = False,
    own_scales: bool = False,
    curve: Curve | None = None,
    moments: Moments | None = None,
) -> None:
    """The card's pictures and its distribution, or the sentence on why there are none."""
    if all(picture is None for picture in card.pictures):
        st.caption(text.markdown(_nothing(card)))
        return
    drawing = card_drawing(card, log=log, own_scales=own_scales, curve=curve, moments=moments)
    card_picture(drawing, key)


def _head(card: Card, key: str, *, openable: bool, one_moment: bool) -> None:
    name = card.info.name
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"**{text.code(name)}** {text.markdown(text.shape(card.info.shape))}", width="content")
        for label, color, hint in _badges(card)[one_moment and card.change.changed == 0 :]:
            st.badge(label, color=color, help=hint)
        st.space("stretch")
        if openable:
            st.button(
                "Open",
                icon=":material/open_in_full:",
                key=f"open_{key}_{name}",
                type="tertiary",
                on_click=open_tensor,
                args=(name,),
                help="Large view down to exact values",
            )


def open_tensor(name: str | None) -> None:
    """Choose the tensor that the Weights page shows large; None goes back to all."""
    state.OPENED.put(name)
    state.WINDOW.put(None)


def _badges(card: Card) -> list[tuple[str, Color, str | None]]:
    badges: list[tuple[str, Color, str | None]] = []
    change = card.change
    if change.changed == 0:
        badges.append(("unchanged", "gray", "Equal bit for bit at both moments"))
    elif change.changed is None:
        badges.append(("not comparable", "gray", "New, gone, reshaped or without data at one of the moments"))
    elif change.changed < change.numel:
        badges.append((f"{change.changed:,} of {change.numel:,} changed", "blue", None))
    if card.info.tied_with:
        badges.append(("tied", "violet", text.markdown("One tensor with " + ", ".join(card.info.tied_with[:8]))))
    if card.info.kind == "buffer":
        badges.append(("buffer", "gray", None))
    if card.info.kind == "parameter" and not card.info.trainable:
        badges.append(("frozen", "orange", "requires_grad is False"))
    if card.info.dtype != "float32":
        badges.append((text.markdown(card.info.dtype), "gray", None))
    if card.note and any(picture is not None for picture in card.pictures):
        badges.append((text.markdown(card.note), "gray", "What picture, histogram and statistics are of"))
    nonfinite = card.after.nonfinite if card.after else 0
    if nonfinite:
        badges.append((f"{nonfinite:,} non-finite", "red", "NaN or infinite; statistics are over the others"))
    return badges


def statistics(card: Card) -> str:
    """Statistics of the whole tensor, `before → after` where they differ."""
    shown = [
        ("mean", "mean"),
        ("std", "std"),
        ("min", "min"),
        ("max", "max"),
        ("L2", "l2"),
        ("zeros", "zeros"),
        ("non-finite", "nonfinite"),
    ]
    of = "of the magnitude |w|: " if card.info.dtype.startswith("complex") else ""
    return of + " · ".join(f"{label} {_arrow(card, field)}" for label, field in shown)


def _arrow(card: Card, field: str) -> str:
    before, after = (_value(summary, field) for summary in (card.before, card.after))
    if card.before is None or before == after:
        return f"**{after}**"
    return f"{before} → **{after}**"


def _value(summary: Summary | None, field: str) -> str:
    value = getattr(summary, field) if summary else None
    return f"{value:,}" if isinstance(value, int) else text.number(value, 3)


def _nothing(card: Card) -> str:
    if card.note:
        return f"No picture: {card.note}."
    return f"No picture: {text.count(card.info.numel, 'element')}." if card.info.numel == 0 else "No picture."
