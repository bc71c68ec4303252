"""Which known initializations a tensor could be, and which it cannot."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core import text
from core.questions.model import Overview
from core.questions.theory import Candidate, GetIdentity
from pages.frame import session
from pages.frame.engine import ask
from pages.views.schemes import place
from pages.views.tensor import cards, verdicts


def draw(overview: Overview, corner: DeltaGenerator) -> None:
    """The tensor, the finding, and the candidates: those that fit and those ruled out, with reasons."""
    with corner:
        name = place.tensor(overview)
    end = session.end_span()
    cards.show([name], end, key="identity", all_pictures=True, openable=False)
    identity = ask(GetIdentity(name), end)
    st.markdown(f"**{text.markdown(text.sentence(identity.sentence), longest=600)}**")
    fitting = [candidate for candidate in identity.candidates if candidate.kind in ("consistent", "cannot tell")]
    others = [candidate for candidate in identity.candidates if candidate not in fitting]
    if fitting:
        _candidate_table(fitting)
    alien = sum(candidate.kind == "no theory" for candidate in others)
    also = f", {alien} that do not apply" if alien else ""
    label = f"{len(others) - alien} ruled out{also}, with reasons"
    with st.expander(label, on_change="rerun", key="ruled_out") as shown:
        if shown.open:
            _candidate_table(others)


def _candidate_table(candidates: Sequence[Candidate]) -> None:
    table = pd.DataFrame(
        {
            "verdict": [verdicts.badge(candidate.kind) for candidate in candidates],
            "scheme": [f"{text.markdown(candidate.title)} {text.code(candidate.code)}" for candidate in candidates],
            "gives": [text.markdown(candidate.label) for candidate in candidates],
            "because": [text.markdown(candidate.reason) for candidate in candidates],
        }
    )
    st.table(table, hide_index=True, border="horizontal", alt="initializations and why they fit or not")
