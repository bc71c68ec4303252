"""No page gives a place that reads markdown a text that is not the program's own and passed no door of `core.text`."""

from pathlib import Path

import pytest

from tests.pages.markdown_places import pages, read

_ROOT = Path(__file__).parents[2]
#: Types of which every value is one of a few words of the program's own; a worker's answer is checked for them.
_KINDS = frozenset(
    {"VerdictKind", "Survived", "Color", "FateKind", "Statistic", "OptimizerName", "TieKind", "SharingKind"}
)


def faults(source: str, **others: str) -> list[str]:
    start = "import streamlit as st\nfrom core import text\n"
    return read({"page": start + source, **{name: start + other for name, other in others.items()}}, _KINDS).faults()


def test_no_page_draws_a_strangers_text_as_markdown() -> None:
    assert read(pages(_ROOT), _KINDS).faults() == []


GOOD = {
    "a constant": "def f(row):\n st.markdown('**Value**')",
    "a door": "def f(row):\n st.markdown(f'**{text.code(row.name)}** {text.markdown(row.type)}')",
    "a number": "def f(row):\n st.markdown(f'{row.count:,} of {row.share:d}, {len(row.parts)} parts')",
    "a choice": "def f(row):\n st.caption('one' if row.one else f'{text.number(row.std)}')",
    "a local name": "def f(row):\n a = text.code(row.name)\n a += '.'\n st.markdown(a)",
    "a list": "def f(rows):\n a = ['x']\n a.append(text.code(rows[0]))\n st.markdown(', '.join(a))",
    "a loop": "def f(rows):\n for label, shown in (('a', rows[0]), ('b', rows[1])):\n  st.badge(label)",
    "another function": "def g(row):\n return text.code(row.name)\ndef f(row):\n st.markdown(g(row))",
    "a parameter": "def g(title):\n st.subheader(title)\ndef f(row):\n g('Weights')",
    "one of few words": "def f(kind: VerdictKind):\n st.badge(kind)",
    "plain places": "def f(row):\n st.code(row.name)\n st.selectbox('Tensor', [row.name])",
}
BAD = {
    "a field": "def f(row):\n st.markdown(row.note)",
    "a field in a string": "def f(row):\n st.markdown(f'**{row.name}**')",
    "a plain text": "def f(row):\n st.markdown(text.plain(row.name))",
    "a field beside a door": "def f(row):\n st.badge(text.code(row.name), help=row.note)",
    "a field through a method": "def f(row):\n st.caption(row.note.strip())",
    "a field through a function": "def g(row):\n return f'{row.note}'\ndef f(row):\n st.error(g(row))",
    "a field as a parameter": "def g(title):\n st.subheader(title)\ndef f(row):\n g(row.name)",
    "a field as a keyword": "def g(title):\n st.subheader(title)\ndef f(row):\n g(title=row.name)",
    "a field two functions away": "def h(a):\n st.info(a)\ndef g(b):\n h(b)\ndef f(row):\n g(row.name)",
    "a name that was a door's": "def f(row):\n a = text.code(row.name)\n a = row.name\n st.markdown(a)",
    "a part of a list": "def f(row):\n a = []\n a.append(row.name)\n st.markdown(', '.join(a))",
    "a loop": "def f(rows):\n for label, shown in (('a', rows[0]), ('b', rows[1])):\n  st.badge(shown)",
    "a comprehension": "def f(rows):\n st.markdown(', '.join(row.name for row in rows))",
    "a column": "def f(row):\n left, right = st.columns(2)\n left.caption(row.note)",
    "a column of many": "def f(row):\n st.columns(2)[0].button(row.name)",
    "a table's cell": "def f(rows):\n t = {'a': ['x']}\n t['b'] = [row.name for row in rows]\n st.table(t)",
    "a tab": "def f(rows):\n st.tabs([row.name for row in rows])",
    "an option": "def f(rows):\n st.radio('Which', [row.name for row in rows])",
    "an option's title": "def f(rows):\n st.pills('Which', rows, format_func=lambda row: row.name)",
    "a count of something named": "def f(row):\n st.caption(text.count(3, row.name))",
    "session state": "def f():\n st.caption(st.session_state.note)",
    "an exception": "def f():\n try:\n  g()\n except ValueError as error:\n  st.error(str(error))",
    "arguments": "def f(*given):\n st.markdown(*given)\ndef g(row):\n f(row.name)",
    "keywords": "def f(**given):\n st.badge(**given)\ndef g(row):\n f(label=row.name)",
    "a place nobody thought of": "def f(row):\n st.html(row.note)",
    "a link": "def f(row):\n st.link_button('Open', row.note)",
    "HTML": "def f(row):\n st.markdown('<b>x</b>', unsafe_allow_html=True)",
    "a function within": "def f(row):\n def g():\n  st.caption(row.note)\n g()",
    "a parameter of who knows whom": "def g(title):\n st.subheader(title)\nVIEWS = {'a': g}",
    "a lambda": "def f(row):\n g = lambda: st.caption(row.note)\n g()",
}


@pytest.mark.parametrize("source", GOOD.values(), ids=GOOD)
def test_it_lets_pass(source: str) -> None:
    assert faults(source) == []


@pytest.mark.parametrize("source", BAD.values(), ids=BAD)
def test_it_finds(source: str) -> None:
    assert len(faults(source)) >= 1


def test_it_finds_what_another_file_hands_on() -> None:
    cards = "def heading(title, caption):\n st.caption(caption)"
    given = "from views import cards\ndef f(row):\n cards.heading('x', row.note)"
    assert len(faults(given, **{"views.cards": cards})) == 1
    assert faults(given.replace("row.note", "'y'"), **{"views.cards": cards}) == []
