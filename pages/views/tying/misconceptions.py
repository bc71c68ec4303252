"""What people believe of tying and parameters, each against evidence measured a moment ago."""

import streamlit as st

from core import text
from core.questions.experiments import GetEvidence, GetMisconceptions, Misconception
from pages.frame import session
from pages.frame.engine import ask


def draw() -> None:
    """A claim a line; a click shows the truth and measures the evidence."""
    for claim in ask(GetMisconceptions(), session.end_span()):
        title = f"“{text.markdown(claim.claim)}”"
        key = f"claim_{claim.key}"
        with st.expander(title, key=key, on_change="rerun", bind="query-params", icon=":material/help:") as shown:
            if shown.open:
                _evidence(claim)


def _evidence(claim: Misconception) -> None:
    evidence = ask(GetEvidence(claim.key), session.end_span())
    st.markdown(f"**{text.markdown(claim.truth, 600)}**")
    facts, code = st.columns([6, 7], gap="medium")
    rows = [f"| {text.markdown(what)} | **{text.markdown(value)}** |" for what, value in evidence.facts]
    facts.markdown("\n".join([f"| Measured on {text.markdown(evidence.subject)} | |", "|:--|:--|", *rows]))
    code.code(evidence.code, language="python", wrap_lines=True)
