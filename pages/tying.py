"""One tensor in several places: what is shared, and what happens to all of it when one place changes."""

import streamlit as st

from core import figures, text
from core.control import control
from core.engine.pool import EngineError, Span
from core.formula import index_of, parse
from core.measurements import Card, TensorInfo, TiedGroup
from core.requests import GetCards, GetChanges, GetDistance, GetOverview, Overview
from core.script import step_code
from core.steps import Edit, Forward, Initialize, Tie, Train, Untie
from pages.shared import cards, frame, session
from pages.shared.engine import ask

_CHART = {"displayModeBar": False, "responsive": True}
_SHOWN_NAMES = 3
_KINDS = {
    "same module": (
        "same module",
        "The module itself stands in several places: one object, one optimizer slot",
    ),
    "same parameter": ("same Parameter", "Different modules hold one Parameter object: one optimizer slot"),
    "same storage": ("same storage", "Separate Parameters over the same bytes: an optimizer sees two"),
    "transposed view": (
        "transposed view",
        "Separate Parameters, one the other's transpose over the same bytes",
    ),
    "overlapping slices": ("overlapping slices", "Separate Parameters whose slices of one storage overlap"),
    "buffer alias": ("buffer alias", "A buffer over the bytes of a parameter or of another buffer"),
}


def draw() -> None:
    """Tied groups, one of them in pictures with its control, and the ways to tie."""
    cards.heading(
        "Tying",
        "One tensor, several names. Change a value through one of them and watch which pictures move.",
    )
    overview = ask(GetOverview(), session.end_span())
    if not overview.groups:
        st.info(
            "No two names of this model share a byte. Tie two of them below, or open the MLP with a shared layer.",
            icon=":material/link_off:",
        )
    else:
        _group(overview)
    _last_step(overview)
    with st.container(border=True):
        _train()
    with st.container(border=True):
        _tie(overview)


def _group(overview: Overview) -> None:
    labels = [" = ".join(text.plain(name) for name in group.names) for group in overview.groups]
    with st.container(border=True):
        chosen = 0
        if len(labels) > 1:
            chosen = labels.index(st.selectbox("Tied group", labels, key="group"))
        group, info = overview.groups[chosen], _info(overview, overview.groups[chosen].names[0])
        _facts(group, info, overview)
        copy_of, copied = _control(group, overview.untie[chosen])
        _pictures(group, copied)
        _poke(group, info)
        if copy_of is not None:
            _drift(group, copy_of)
        if overview.untie[chosen]:
            st.button(
                "Untie",
                icon=":material/link_off:",
                key="untie",
                on_click=session.append,
                args=(Untie, overview.untie[chosen]),
                help=f"Give {text.plain(overview.untie[chosen])} a copy of its own, with equal values",
            )


def _facts(group: TiedGroup, info: TensorInfo, overview: Overview) -> None:
    label, hint = _KINDS[group.kind]
    counts = overview.counts
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown("**" + " = ".join(text.code(name) for name in group.names) + "**", width="content")
        st.badge(label, icon=":material/check:", color="green", help=hint)
        st.markdown(
            f":gray[{text.markdown(text.shape(info.shape))}, stored once. The model has **{counts.unique:,}** "
            f"parameters, {counts.by_path:,} by path, in {counts.stored_bytes:,} bytes.]",
            width="stretch",
        )


def _control(group: TiedGroup, untie: str) -> tuple[Span | None, Card | None]:
    """The same recipe with this tie undone right away, and the name that was not edited there."""
    recipe = session.current()
    if not untie:
        return None, None
    try:
        without = control(recipe, untie)
        span = Span(without, 0, len(without.steps))
        return span, ask(GetCards((_copy_name(group),)), span)[0]
    except (EngineError, ValueError) as error:
        st.caption(f"No control: {text.markdown(str(error))}.")
        return None, None


def _copy_name(group: TiedGroup) -> str:
    """The name whose untied copy is shown: one that the last edit did not go through."""
    steps = session.current().steps
    edited = steps[-1].tensor if steps and isinstance(steps[-1], Edit) else group.names[0]
    return group.names[0] if edited == group.names[-1] else group.names[-1]


def _pictures(group: TiedGroup, copied: Card | None) -> None:
    shown = list(group.names[:_SHOWN_NAMES])
    drawn = list(ask(GetCards(tuple(shown)), session.end_span()))
    titles = [text.plain(name) for name in shown]
    if copied is not None:
        drawn.append(copied)
        titles.append(f"{text.plain(copied.info.name)}, copied and not tied")
    if all(card.pictures[-1] is None for card in drawn):
        st.caption("No picture: the tensors hold no data.")
        return
    rank = len(drawn[0].info.shape or ())
    st.plotly_chart(
        figures.side_by_side(drawn, titles, height=150 if rank < 2 else 290, marked=_marked(group, rank)),
        key="tied_pictures",
        config=_CHART,
        alt=f"{' and '.join(titles)} after the last step",
    )


def _marked(group: TiedGroup, rank: int) -> tuple[int, int] | None:
    """The element that the last step poked, if it poked one of this group."""
    steps = session.current().steps
    if not steps or not isinstance(steps[-1], Edit) or steps[-1].tensor not in group.names:
        return None
    first = parse(steps[-1].formula)[0]
    index = index_of(first.index) if first.index is not None else ()
    whole = [part for part in index if isinstance(part, int)]
    if len(whole) != len(index) or len(whole) != rank or min(whole, default=0) < 0:
        return None
    return {1: (0, whole[0]), 2: (whole[0], whole[1])}.get(rank) if rank in (1, 2) else None


def _poke(group: TiedGroup, info: TensorInfo) -> None:
    shape = info.shape or ()
    if info.numel == 0 or len(shape) not in (1, 2):
        return
    columns = st.columns([3, *(2 for _ in shape), 2, 2], vertical_alignment="bottom")
    through, *places, value, button = columns
    name = through.selectbox("Through", group.names, format_func=text.plain, key=f"through_{group.names[0]}")
    index = [
        place.number_input(label, 0, size - 1, step=1, key=f"poke_{axis}_{group.names[0]}")
        for axis, (place, label, size) in enumerate(
            zip(places, ("Row", "Column") if len(shape) == 2 else ("Index",), shape, strict=True)
        )
    ]
    new = value.number_input("Value", value=1.0, step=0.5, key="poke_value", format="%.6g")
    step = Edit(name, f"w[{', '.join(str(i) for i in index)}] = {float(new)!r}")
    button.button(
        "Poke",
        type="primary",
        icon=":material/touch_app:",
        key="poke",
        on_click=session.append,
        args=(Edit, step.tensor, step.formula),
    )


def _train() -> None:
    steps, rate, button = st.columns([2, 2, 3], vertical_alignment="bottom")
    count = steps.number_input("Training steps", 1, 1000, value=10, step=1, key="train_steps", persist_state="session")
    lr = rate.number_input(
        "Learning rate", 1e-6, 1000.0, value=0.1, format="%.6g", key="train_rate", persist_state="session"
    )
    seed = session.current().next_seed()
    button.button(
        "Train",
        icon=":material/fitness_center:",
        key="train",
        on_click=session.append,
        args=(Train, count, lr, seed),
    )


def _drift(group: TiedGroup, copied: Span) -> None:
    first, last = group.names[0], group.names[-1]
    if group.kind not in ("same module", "same parameter", "same storage"):
        return
    tied = ask(GetDistance(first, last), session.end_span())
    apart = ask(GetDistance(first, last), copied)
    kept = "equal bit for bit" if tied.equal else f"{text.number(tied.l2)} apart"
    moved = "still equal: no step since told them apart" if apart.equal else f"**{text.number(apart.l2)}** apart (L2)"
    st.markdown(f"The tied pair is **{kept}**. The same pair, copied and not tied, is {moved}.")


def _last_step(overview: Overview) -> None:
    steps = session.current().steps
    if not steps or isinstance(steps[-1], Tie | Untie | Forward):
        return
    changed = [change for change in ask(GetChanges(), session.last_step_span()) if change.changed != 0]
    if not changed:
        st.markdown("The last step changed **nothing**, bit for bit.")
        return
    values = sum(change.changed or 0 for change in changed)
    names = [name for change in changed for name in (change.name, *_info(overview, change.name).tied_with)]
    listed = ", ".join(text.code(name) for name in names[:8]) + (" and more" if len(names) > 8 else "")
    what = {Edit: "edit", Train: "training", Initialize: "initialization"}[type(steps[-1])]
    st.markdown(
        f"The last {what} changed **{values:,}** of {overview.counts.unique:,} values, seen under "
        f"**{text.count(len(names), 'name')}**: {listed}. Nothing else changed."
    )
    losses = overview.outcomes[-1].losses if overview.outcomes else ()
    if len(losses) > 1:
        st.markdown(f"Loss **{text.number(losses[0])} → {text.number(losses[-1])}** over {len(losses)} updates.")
        st.plotly_chart(figures.losses(losses), key="losses", config=_CHART, alt="loss before each update")


def _tie(overview: Overview) -> None:
    st.markdown("##### Tie two places")
    kind = st.segmented_control(
        "What",
        ["Tensors", "Modules"],
        default="Tensors",
        required=True,
        key="tie_kind",
        label_visibility="collapsed",
    )
    if kind == "Tensors":
        choices = [info.name for info in overview.tensors if info.kind == "parameter"]
    else:
        choices = [name for name in overview.module_names if name]
    if len(choices) < 2:
        st.caption("There is nothing to tie: this model has fewer than two.")
        return
    keep, replace = st.columns(2)
    shapes = {info.name: text.shape(info.shape) for info in overview.tensors}
    show = lambda name: f"{text.plain(name)} {shapes.get(name, '')}"  # noqa: E731 (two widgets share it)
    source = keep.selectbox("Keep", choices, format_func=show, key=f"keep_{kind}")
    same = [name for name in choices if name != source and shapes.get(name) == shapes.get(source)]
    target = replace.selectbox(
        "Replace", same, format_func=show, key=f"replace_{kind}", placeholder="no other of this shape"
    )
    if target is None:
        st.caption(f"No other tensor has the shape of {text.code(source)}, {shapes.get(source, '')}.")
        return
    st.code(step_code(Tie(source, target), session.current()), language="python")
    st.button("Tie", icon=":material/link:", key="tie", on_click=session.append, args=(Tie, source, target))


def _info(overview: Overview, name: str) -> TensorInfo:
    return next(info for info in overview.tensors if info.name == name)


frame.ensure()
draw()
