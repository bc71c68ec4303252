"""Every tensor before and after, on one ruler."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from core import text
from core.questions.tensor import Change, GetChanges
from core.questions.theory import GetVerdict
from core.recipe import catalog
from core.recipe.headlines import headline
from pages.frame import navigation, session, state
from pages.frame.engine import ask
from pages.views import switch
from pages.views.tensor import cards, equal, large, stories, verdicts

_A_PAGE = 8
_ORDERS = ("Tree order", "Most changed")


def draw() -> None:
    """The cards, or one tensor large."""
    opened = state.OPENED.get()
    if opened in {change.name for change in ask(GetChanges())}:
        large.draw(opened)
        return
    cards.heading("Weights", "Every parameter and buffer: its values as a picture, and how they are distributed.")
    changes = ask(GetChanges())
    _first_sentence(changes)
    if changes:
        verdict = ask(GetVerdict())
        verdicts.model_line(verdict, key="verdict")
        stories.table(verdict.rows, key="stories")
    choices = _choices()
    if choices.most_changed:
        changes = tuple(sorted(changes, key=_amount, reverse=True))
    shown = st.container()
    first = (_page(-(-len(changes) // _A_PAGE)) - 1) * _A_PAGE
    names = [change.name for change in changes[first : first + _A_PAGE]]
    with shown:
        cards.show(
            names,
            key="weights",
            difference=choices.difference,
            log=choices.log,
            own_scales=choices.own,
            all_pictures=not any(change.changed != 0 for change in changes),
            theories=verdicts.of(names),
            equals=equal.of(),
        )


def _page(pages: int) -> int:
    """Which of the pages of cards is shown; drawn before they are, since an address is read where its field is."""
    if pages < 2:
        return 1
    return min(st.pagination(pages, key=state.CARDS_PAGE.key, bind="query-params"), pages)


@dataclass(frozen=True, slots=True)
class _Choices:
    """How the cards are shown."""

    difference: bool
    most_changed: bool
    log: bool
    own: bool


def _choices() -> _Choices:
    """In one line above the cards; of one moment alone there is nothing to compare."""
    span = session.span()
    two = span.before != span.after
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        difference = two and cards.difference_wanted(key="view")
        most_changed = two and switch.one_of("Order", _ORDERS, key="order") == _ORDERS[1]
        log = st.toggle("Log counts", key="log", bind="query-params", help="A single outlier shows")
        own = two and st.toggle("Own scales", key="own", bind="query-params", help="Each picture on its own scale")
    return _Choices(difference, most_changed, log, own)


def _amount(change: Change) -> float:
    """Largest relative change first; what cannot be compared before everything."""
    if change.changed is None:
        return float("inf")
    return change.relative if change.relative is not None else float(change.changed > 0)


def _first_sentence(changes: tuple[Change, ...]) -> None:
    """Which moments are shown, and what changed between them."""
    span = session.span()
    before, after = cards.moments(span)
    changed = [change for change in changes if change.changed != 0]
    if not changes:
        st.markdown("This model has no parameters and no buffers.")
    elif not span.recipe.steps:
        st.markdown(
            f"{_as_built(span.recipe.model)} Apply a scheme on the Initialize page, and each picture stands beside the "
            "one before it."
        )
    elif span.before == span.after:
        st.markdown(
            f"**This is one moment, {after}.** Choose an earlier one as *Before* in the sidebar to see what changed."
        )
    elif not changed:
        st.markdown(
            f"**From {before} to {after} nothing changed:** "
            f"all {text.count(len(changes), 'tensor')} are equal bit for bit."
        )
    else:
        st.markdown(f"{_counted(changes, changed)}{_most(changed)}")


def _as_built(model: str) -> str:
    """What a model is before any step, as markdown."""
    if catalog.is_checkpoint(model):
        return f"**These are the tensors of {text.markdown(catalog.entry(model).title)}**, as the file holds them."
    return "**This is the model as it was built**, with the values that its modules draw when they are made."


def _counted(changes: Sequence[Change], changed: Sequence[Change]) -> str:
    """How many changed, from where to where and by what, as markdown."""
    span = session.span()
    before, after = cards.moments(span)
    steps = span.recipe.steps[span.before : span.after]
    by = f" ({text.code(headline(steps[0]))})" if len(steps) == 1 else ""
    others = "; the others are equal bit for bit" if len(changed) < len(changes) else ""
    how_many = f"{len(changed)} of {text.count(len(changes), 'tensor')} changed"
    return f"From {before} to {after}{by}: **{how_many}**{others}."


def _most(changed: Sequence[Change]) -> str:
    """Which moved most, as markdown."""
    rated = [change for change in changed if change.relative is not None]
    most = max(rated, key=lambda change: change.relative or 0.0, default=None)
    if most is None or most.relative is None or len(changed) == 1:
        return ""
    return f" {text.code(most.name)} moved most: by {text.number(most.relative, 3)} times its own L2 norm."


navigation.ensure()
draw()
