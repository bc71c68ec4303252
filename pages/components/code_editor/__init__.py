"""A code editor: a component of our own, since no native widget indents, highlights and numbers lines.

Typing happens in the browser. Text comes back to Python when the person pauses or leaves the field, and together with
the wish to run it on Run, so that one click is one rerun.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from secrets import token_hex

import streamlit as st

from core.text import plain

__all__ = ["LONGEST", "Submitted", "code_editor"]

#: Characters that can be typed or pasted; what would make the text longer is refused, and the editor says so.
LONGEST = 20_000
_ERROR_LINES = 12

_FOLDER = Path(__file__).parent
_HTML, _CSS = ((_FOLDER / f"editor.{suffix}").read_text("utf-8") for suffix in ("html", "css"))
_JS = "\n".join((_FOLDER / f"{name}.js").read_text("utf-8") for name in ("python", "edits", "painter", "editor"))
_component = st.components.v2.component("paramscope_code_editor", html=_HTML, css=_CSS, js=_JS)


@dataclass(frozen=True)
class Submitted:
    """What is in an editor, and whether the person asked to run it since the last run of the script."""

    text: str
    run: bool


@dataclass
class _Memory:
    """What a session remembers of one editor, also while another page is shown."""

    text: str
    version: object
    push: str  # names the last text that came from here and not from the person
    report: Mapping[str, object] | None = None
    run: object = None  # names the last wish to run,
    run_asked: bool = False  # which no run of the script has been told of yet


def code_editor(
    text: str,
    *,
    key: str,
    version: object = 0,
    height: int = 340,
    error_line: int | None = None,
    error: str = "",
    label: str = "Init code",
    run_label: str = "Run",
    on_run: Callable[[str], None] | None = None,
) -> Submitted:
    """Show an editor for Python; the text in it and whether Run was asked for, which is told once.

    What is typed survives reruns and a visit to another page, with caret, selection and scroll position.

    Args:
        text: what the editor begins with; untrusted. NUL and lone surrogates become U+FFFD, every line break a newline.
        version: another one than in the last run puts `text` in place of what was typed (Ctrl+Z in the editor brings
            that back); with the same one, `text` does not matter. Anything that compares: a count of choices, a step.
        key: names the widget. A test without a browser types by setting session state's `key` to
            {"submitted": {"text": text}}, and presses Run with {"submitted": {"text": text, "run": n}}, n being
            another whole number each time.
        height: pixels of the whole, which an error does not change: nothing below moves under the pointer.
        error_line: number of the line to mark, from 1. The mark moves with the line while lines are typed above.
        error: untrusted, shown below the code until the script no longer passes it.
        label: shown above, and the name of the field for screen readers.
        run_label: of the button, which Ctrl+Enter presses too.
        on_run: called with the text before the script runs, so that even what stands above the editor is of
            after the wish to run. If session state was set instead, called when the editor is shown.
    """
    state = st.session_state.get(key)
    name = f"{key}:memory"
    if name not in st.session_state:
        st.session_state[name] = _first_memory(text, version, state)
    memory: _Memory = st.session_state[name]
    _take(memory, state, on_run)
    if version != memory.version:
        memory.version = version
        if memory.text != (cleaned := _clean(text)):
            memory.text, memory.push, memory.run_asked = cleaned, token_hex(4), False

    _component(
        key=key,
        data={
            "key": key,
            "text": memory.text,
            "push": memory.push,
            "ran": memory.run,
            "height": height,
            "line": error_line,
            "error": _lines(error),
            "label": plain(label),
            "run_label": plain(run_label),
            "longest": LONGEST,
        },
        on_submitted_change=partial(_receive, key, on_run),
    )
    submitted = Submitted(memory.text, memory.run_asked)
    memory.run_asked = False
    return submitted


def _first_memory(text: str, version: object, state: object) -> _Memory:
    memory = _Memory(_clean(text), version, push=token_hex(4))
    report = _report(state)
    if isinstance(push := report.get("push"), str):
        # The browser shows what was written before the server was restarted: that stays, and is not run again.
        memory.push, memory.run = push, report.get("run")
    return memory


def _receive(key: str, on_run: Callable[[str], None] | None) -> None:
    """Take a report before the script runs: a run that is interrupted early, or of another page, loses nothing."""
    memory = st.session_state.get(f"{key}:memory")
    if isinstance(memory, _Memory):
        _take(memory, st.session_state.get(key), on_run)


def _take(memory: _Memory, state: object, on_run: Callable[[str], None] | None) -> None:
    """Remember what the browser reports, unless it is about a text that was replaced from here since."""
    report = _report(state)
    if report == memory.report or report.get("push", memory.push) != memory.push:
        return
    memory.report = report
    text, run = report.get("text"), report.get("run")
    if not isinstance(text, str) or len(text) > LONGEST:
        return
    memory.text = _clean(text)
    if isinstance(run, int) and run != memory.run:
        memory.run, memory.run_asked = run, True
        if on_run is not None:
            on_run(memory.text)


def _report(state: object) -> Mapping[str, object]:
    report = state.get("submitted") if isinstance(state, Mapping) else None
    return report if isinstance(report, Mapping) else {}


def _clean(text: str) -> str:
    """Text as a text field holds it, that UTF-8 can hold and Python can compile."""
    well_formed = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return well_formed.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")


def _lines(error: str) -> str:
    """An error as it is shown: its lines without control characters, and not endless."""
    lines = error.splitlines()
    return "\n".join([*map(plain, lines[:_ERROR_LINES]), *["…"][: len(lines) > _ERROR_LINES]])
