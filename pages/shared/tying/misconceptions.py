"""What people believe of tying and parameters, each against evidence measured a moment ago."""

import streamlit as st

from core import text
from core.measurements import Misconception
from core.requests import GetEvidence, GetMisconceptions
from pages.shared import session
from pages.shared.engine import ask


def draw() -> None:
    """A claim a line; a click shows the truth and measures the evidence."""
    for claim in ask(GetMisconceptions(), session.end_span()):
        title = f"“{text.markdown(claim.claim)}”"
        with st.expander(title, key=f"claim_{claim.key}", on_change="rerun", icon=":material/help:") as shown:
            if shown.open:
                _evidence(claim)


def _evidence(claim: Misconception) -> None:
    evidence = ask(GetEvidence(claim.key), session.end_span())
    st.markdown(f"**{text.markdown(claim.truth, 600)}**")
    facts, code = st.columns(2, gap="medium")
    with facts:
        for what, value in evidence.facts:
            left, right = st.columns([3, 2], vertical_alignment="center")
            left.markdown(f":gray[{text.markdown(what)}]")
            right.markdown(f"**{text.markdown(value)}**")
        st.caption(f"Measured on {text.markdown(evidence.subject)}.")
    code.code(evidence.code, language="python", wrap_lines=True)
