"""What tensors should be, and whether they are: a verdict in words, and behind it the algebra."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core import text
from core.engine.span import Span
from core.questions.model import GetOverview
from core.questions.theory import (
    Expected,
    Fans,
    GetTheory,
    ModelVerdict,
    TensorTheory,
    Verdict,
    VerdictKind,
    VerdictRow,
)
from pages.frame.engine import ask

#: Worst first.
_COLORS: dict[VerdictKind, str] = {
    "violates": "red",
    "inconsistent": "orange",
    "cannot tell": "gray",
    "consistent": "green",
    "no theory": "gray",
}

_WRAPPED = 30  # rows


def of(names: Sequence[str], span: Span | None = None) -> dict[str, TensorTheory]:
    """The theory of each of the named tensors that exist at the span's later moment."""
    there = {info.name for info in ask(GetOverview(), span).tensors}
    return {theory.name: theory for theory in ask(GetTheory(tuple(name for name in names if name in there)), span)}


def line(theory: TensorTheory, key: str) -> None:
    """One line with the verdict; opened, where the theory comes from, its algebra and the tensor's fans."""
    with st.expander(_verdict_line(theory), type="compact", on_change="rerun", key=f"theory_{key}") as shown:
        if shown.open:
            _explain(theory)


def model_line(model: ModelVerdict, key: str) -> None:
    """One line with the verdict on the whole model; opened, the table behind it."""
    with st.expander(headline(model.kind, model.sentence), type="compact", on_change="rerun", key=key) as shown:
        if shown.open:
            _verdict_table(model.rows)


def headline(kind: VerdictKind, sentence: str) -> str:
    """A verdict in one line of markdown: its kind in color, its sentence as text."""
    return f"{badge(kind)} {text.markdown(text.sentence(sentence), longest=600)}"


def badge(kind: VerdictKind) -> str:
    """The kind of a verdict as markdown, in the color that it means."""
    return f":{_COLORS[kind]}-badge[{kind}]"


def promise(expected: Expected, verdict: Verdict, key: str) -> None:
    """One line with the verdict on a draw; opened, how its distribution comes about."""
    with st.expander(headline(verdict.kind, verdict.sentence), type="compact", key=f"promise_{key}"):
        _algebra(expected)


def _verdict_line(theory: TensorTheory) -> str:
    return headline(theory.verdict.kind, theory.verdict.sentence)


def _explain(theory: TensorTheory) -> None:
    left, right = st.columns([3, 2], gap="medium")
    with left:
        if theory.expected is not None:
            st.markdown(f"**{text.markdown(theory.expected.label)}**: :gray[{text.markdown(theory.source)}]")
            _algebra(theory.expected, beside=theory.fans.arithmetic if theory.fans else ())
        if theory.verdict.lamps:
            st.caption(" ".join(text.markdown(text.sentence(lamp)) for lamp in theory.verdict.lamps))
    with right:
        if theory.fans is not None:
            _fans(theory.fans)


def _algebra(expected: Expected, beside: Sequence[str] = ()) -> None:
    """How the expected distribution comes about, with the real numbers, without the lines that stand beside it."""
    lines = [line for line in expected.algebra if line not in beside]
    st.code("\n".join(lines) or f"w ~ {expected.label}", language=None, wrap_lines=True)


def _fans(fans: Fans) -> None:
    torch = "refused" if fans.torch is None else _pair(fans.torch)
    true = "" if fans.true is None or fans.true == fans.torch else f" · true **{_pair(fans.true)}**"
    st.markdown(f"Fan-in and fan-out :gray[by torch] **{torch}**{true}")
    st.code("\n".join(fans.arithmetic), language=None, wrap_lines=True)
    if fans.note:
        st.caption(f":material/warning: {text.markdown(text.sentence(fans.note), longest=600)}")


def _pair(fans: tuple[float, float]) -> str:
    return " and ".join(text.number(fan) for fan in fans)


def _verdict_table(rows: Sequence[VerdictRow]) -> None:
    """Worst first; sentences wrap where a table of that length can be drawn, and where not, a row is two lines high."""
    rows = sorted(rows, key=lambda row: list(_COLORS).index(row.verdict.kind))
    if len(rows) <= _WRAPPED:
        table = pd.DataFrame(
            {
                "tensor": [text.code(row.name) for row in rows],
                "shape": [text.shape(row.shape) for row in rows],
                "verdict": [badge(row.verdict.kind) for row in rows],
                "finding": [text.markdown(row.verdict.sentence, 600) for row in rows],
                "expected": [text.markdown(row.label) for row in rows],
                "from": [text.markdown(row.source) for row in rows],
            }
        )
        st.table(table, hide_index=True, alt="verdict on each tensor")
        return
    many = pd.DataFrame(
        {
            "tensor": [text.plain(row.name) for row in rows],
            "shape": [text.shape(row.shape) for row in rows],
            "verdict": [row.verdict.kind for row in rows],
            "finding": [text.plain(row.verdict.sentence) for row in rows],
            "expected": [text.plain(row.label) for row in rows],
            "from": [text.plain(row.source) for row in rows],
        }
    )
    wide = {"finding": st.column_config.TextColumn(width="large")}
    st.dataframe(many, hide_index=True, height=350, row_height=48, column_config=wide, alt="verdict on each tensor")
