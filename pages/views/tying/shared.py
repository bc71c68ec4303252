"""What is shared and since when; one value poked, and everything that moves with it."""

import pandas as pd
import streamlit as st

from core import text
from core.questions.sharing import Sharing
from pages.views.tying import asked, equal, facts, poke, ties, words


def draw() -> None:
    """One shared tensor in facts and pictures, all of them as a table, and the ways to tie."""
    sharing = asked.sharing()
    if sharing.shared:
        with st.container(border=True):
            shared = facts.choose(sharing)
            poke.draw(shared)
            facts.draw(shared, sharing)
            ties.untie(sharing.shared, shared)
        facts.remarks(sharing)
        if len(sharing.shared) > 1:
            _all(sharing)
    else:
        facts.remarks(sharing)
        once = "" if sharing.note else ", and a forward pass uses every parameter once at most"
        ties.nothing(f"No two names of this model share a byte{once}.")
    equal.draw()
    with st.container(border=True):
        ties.form()


def _all(sharing: Sharing) -> None:
    with st.expander(
        f"All {len(sharing.shared)} shared tensors", key="all_shared", on_change="rerun", bind="query-params"
    ) as listed:
        if listed.open:
            table = pd.DataFrame(
                {
                    "names": [words.title(shared.names, most=8) for shared in sharing.shared],
                    "kind": [words.KINDS[shared.kind][0] for shared in sharing.shared],
                    "shape": [text.shape(shared.shape) for shared in sharing.shared],
                    "bytes": [shared.stored_bytes for shared in sharing.shared],
                    "uses": [None if shared.uses is None else len(shared.uses) for shared in sharing.shared],
                    "optimizer slots": [shared.optimizer_slots for shared in sharing.shared],
                }
            )
            st.dataframe(table, hide_index=True, height="content" if len(table) <= 8 else 320, alt="all shared tensors")
