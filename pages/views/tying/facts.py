"""What is known of one shared tensor: its names, since when, four facts, its uses and its bytes."""

from typing import assert_never

import streamlit as st

from core import text
from core.engine.span import Span
from core.questions.model import GetOverview
from core.questions.sharing import PairFacts, SharedTensor, Sharing
from core.recipe.headlines import headline
from core.recipe.steps import Custom, Edit, FileInit, Forward, Initialize, Step, Tie, Train, Untie
from pages.frame import session
from pages.frame.engine import ask
from pages.views.tying import choice, words

_MOST_PAIRS = 6


def choose(sharing: Sharing) -> SharedTensor:
    """The shared tensor to look at, beside what it is and since when."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        shared = choice.choose(sharing.shared)
        label, hint = words.KINDS[shared.kind]
        st.badge(label, icon=":material/link:", color="orange", help=hint)
        st.markdown(f":gray[{_since(shared)}]", width="content")
    return shared


def draw(shared: SharedTensor, sharing: Sharing) -> None:
    """Facts on its names, uses and bytes, in a few lines."""
    for pair in shared.facts[:_MOST_PAIRS]:
        _pair(pair, named=len(shared.facts) > 1)
    if len(shared.facts) > _MOST_PAIRS:
        st.caption(f"and {len(shared.facts) - _MOST_PAIRS} more names")
    st.markdown(_sentence(shared, sharing))


def _since(shared: SharedTensor) -> str:
    """Which step tied it, or that it was built that way; measured at each moment that could have, never guessed."""
    recipe = session.current()
    if len(shared.names) > 1:
        for index, step in reversed(list(enumerate(recipe.steps))):
            if _may_tie(step) and not _tied_at(index, shared.names):
                return f"since step {index + 1:d}: {text.code(headline(step))}"
    return "since the build"


def _may_tie(step: Step) -> bool:
    """Whether two names can be tied after a step that were not before it."""
    match step:
        case Tie() | Custom() | FileInit():
            return True
        case Initialize() | Edit() | Train() | Forward() | Untie():
            return False
        case _:
            assert_never(step)


def _tied_at(moment: int, names: tuple[str, ...]) -> bool:
    groups = ask(GetOverview(), Span(session.current(), 0, moment)).groups
    return any(set(names) <= set(group.names) for group in groups)


def _pair(pair: PairFacts, *, named: bool) -> None:
    """Four facts that do not follow from each other; only the first three are reasons to call two names tied."""
    first, second = text.code(pair.first), text.code(pair.second)
    facts = (
        ("same object", pair.same_object, f"One module object holds {first} and {second}"),
        ("same Parameter", pair.same_parameter, f"{first} is {second}: one Parameter object, one gradient"),
        ("overlapping bytes", pair.overlapping_bytes, "At least one byte belongs to both"),
    )
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if named:
            st.markdown(f"{second}:", width="content")
        for label, lit, hint in facts:
            if lit:
                st.badge(label, icon=":material/check:", color="green", help=hint)
            else:
                st.badge(f"not {label}", icon=":material/close:", color="gray", help=hint)
        equal = "equal values" if pair.equal_values else "values differ"
        st.badge(equal, color="gray", help="Bit for bit. Equal values prove nothing: a copy has them too")
        if pair.equal_values != pair.torch_equal:
            pairs = text.count(pair.nan_pairs, "NaN")
            says = "True" if pair.torch_equal else "False"
            st.markdown(f":gray[torch.equal says {says}: {pairs} differ from themselves]", width="content")


def _sentence(shared: SharedTensor, sharing: Sharing) -> str:
    slots = text.count(shared.optimizer_slots, "optimizer slot")
    uses = words.uses_sentence(shared)
    counts = sharing.counts
    by_path = f", {counts.by_path:,} by path" if counts.by_path != counts.unique else ""
    return (
        f"{text.capital(uses)} · **{slots}** · "
        f"**{shared.stored_bytes:,}** of {counts.stored_bytes:,} bytes "
        f":gray[({text.count(counts.unique, 'parameter')}{by_path})]"
    )


def remarks(sharing: Sharing) -> None:
    """What a forward pass did not reach, what it reached unlisted, and why nothing is known of it."""
    if sharing.note:
        unknown = f"What a forward pass uses is unknown: {sharing.note}"
        st.info(text.markdown(text.sentence(unknown), 1000), icon=":material/help:")
    if sharing.unused:
        listed = ", ".join(text.code(name) for name in sharing.unused[:6])
        more = f" and {len(sharing.unused) - 6} more" if len(sharing.unused) > 6 else ""
        st.markdown(f":material/block: A forward pass does not reach {listed}{more}: no gradient will come.")
    if sharing.unregistered:
        shapes = ", ".join(text.markdown(text.shape(shape)) for shape in sharing.unregistered[:4])
        st.markdown(
            f":material/visibility_off: A forward pass uses trainable tensors that the model does not list, {shapes}: "
            "no optimizer built from its parameters trains them."
        )
