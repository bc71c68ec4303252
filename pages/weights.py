"""Every tensor before and after, on one ruler."""

import streamlit as st

from core import text
from core.questions.tensor import Change, GetChanges
from core.questions.theory import GetVerdict
from pages.frame import navigation, session, state
from pages.frame.engine import ask
from pages.views import switch
from pages.views.tensor import cards, large, verdicts

_A_PAGE = 8


def draw() -> None:
    """The cards, or one tensor large."""
    opened = state.OPENED.get()
    if opened in {change.name for change in ask(GetChanges())}:
        large.draw(opened)
        return
    cards.heading("Weights", "Both pictures of a row share one color scale, both histograms share their bins.")
    changes = ask(GetChanges())
    _changes_sentence(changes)
    if changes:
        verdicts.model_line(ask(GetVerdict()), key="verdict")
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        difference = cards.difference_wanted(key="view")
        order = switch.one_of("Order", ("Tree order", "Most changed"), key="order")
        log = st.toggle("Log counts", key="log", persist_state="session", help="A single outlier shows")
        own = st.toggle("Own scales", key="own", persist_state="session", help="Each picture on its own scale")
    if order == "Most changed":
        changes = tuple(sorted(changes, key=_amount, reverse=True))
    pages = -(-len(changes) // _A_PAGE)
    page = state.CARDS_PAGE.get()
    first = (min(page, max(pages, 1)) - 1) * _A_PAGE
    names = [change.name for change in changes[first : first + _A_PAGE]]
    cards.show(
        names,
        key="weights",
        difference=difference,
        log=log,
        own_scales=own,
        all_pictures=not any(change.changed != 0 for change in changes),
        theories=verdicts.of(names),
    )
    if pages > 1:
        st.pagination(pages, key=state.CARDS_PAGE.key, persist_state="session")


def _amount(change: Change) -> float:
    """Largest relative change first; what cannot be compared before everything."""
    if change.changed is None:
        return float("inf")
    return change.relative if change.relative is not None else float(change.changed > 0)


def _changes_sentence(changes: tuple[Change, ...]) -> None:
    span = session.span()
    changed = [change for change in changes if change.changed != 0]
    if not changes:
        st.markdown("This model has no parameters and no buffers.")
    elif not span.recipe.steps:
        st.markdown("**This is the model as it was built.** Apply a scheme on the Initialize page to see a change.")
    elif span.before == span.after:
        st.markdown("**Before and after are the same moment.** Apply a scheme on the Initialize page to see a change.")
    elif not changed:
        st.markdown(f"**Nothing changed:** all {text.count(len(changes), 'tensor')} are equal bit for bit.")
    else:
        rated = [change for change in changed if change.relative is not None]
        most = max(rated, key=lambda change: change.relative or 0.0, default=None)
        detail = ""
        if most is not None and most.relative is not None:
            detail = f" {text.code(most.name)} moved most: by {text.number(most.relative, 3)} times its own L2 norm."
        others = ", the others are equal bit for bit" if len(changed) < len(changes) else ""
        st.markdown(f"**{len(changed)} of {text.count(len(changes), 'tensor')} changed**{others}.{detail}")


navigation.ensure()
draw()
