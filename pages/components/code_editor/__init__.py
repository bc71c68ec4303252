"""A code editor: CodeMirror, since no native widget indents, highlights and numbers lines.

Typing happens in the browser. Text comes back to Python when the person pauses or leaves the field, and together with
the wish to run it on Run, so that one click is one rerun. `source` is what `make editor` builds `built` from.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from secrets import token_hex
from typing import TypedDict

from core.text import plain
from pages.components.built import built_component
from pages.frame import state
from pages.frame.state import EditorMemory, EditorReport, Failure

__all__ = ["LONGEST", "Submitted", "code_editor"]

#: Characters that can be typed or pasted; what would make the text longer is refused, and the editor says so.
LONGEST = 20_000
_ERROR_LINES = 12


class EditorData(TypedDict):
    """What the browser is sent."""

    key: str
    text: str
    push: str
    ran: int | None
    height: int
    line: int | None
    error: str
    label: str
    run_label: str
    longest: int
    fields: list[str]


@dataclass(frozen=True)
class Submitted:
    """What is in an editor, and whether the person asked to run it since the last run of the script."""

    text: str
    run: bool


def code_editor(
    text: str,
    *,
    key: str,
    version: int = 0,
    height: int = 340,
    failure: Failure | None = None,
    label: str = "Init code",
    run_label: str = "Run",
    fields: Sequence[str] = (),
) -> Submitted:
    """Show an editor for Python; the text in it and whether Run was asked for, which is told once.

    What is typed survives reruns and a visit to another page, with caret, selection and scroll position.

    Args:
        text: what the editor begins with; untrusted. NUL and lone surrogates become U+FFFD, every line break a newline.
        version: another one than in the last run puts `text` in place of what was typed (Ctrl+Z in the editor brings
            that back); with the same one, `text` does not matter.
        key: names the widget. A test without a browser types by setting session state's `key` to
            {"submitted": {"text": text}}, and presses Run with {"submitted": {"text": text, "run": n}}, n being
            another whole number each time.
        height: pixels of the whole, which an error does not change: nothing below moves under the pointer.
        failure: its untrusted sentence is shown below the code until the script no longer passes it, and its line,
            counted from 1, is marked. The mark moves with the line while lines are typed above.
        label: shown above, and the name of the field for screen readers.
        run_label: of the button, which Ctrl+Enter presses too, wherever on the page the person is.
        fields: keys of the widgets in which Enter does so. What they hold at that moment, Python gets with the text.
    """
    report = read_report(state.reported(key).get())
    kept = state.editor_memory(key).get()
    memory = _first_memory(text, version, report) if kept is None else _with_report(kept, report)
    if version != memory["version"]:
        memory = {**memory, "version": version}
        if memory["text"] != (cleaned := _clean(text)):
            memory = {**memory, "text": cleaned, "push": token_hex(4), "run_asked": False}
    data: EditorData = {
        "key": key,
        "text": memory["text"],
        "push": memory["push"],
        "ran": memory["run"],
        "height": height,
        "line": failure["line"] if failure else None,
        "error": _lines(failure["sentence"] if failure else ""),
        "label": plain(label),
        "run_label": plain(run_label),
        "longest": LONGEST,
        "fields": list(fields),
    }
    built_component("code_editor")(key=key, data=data, on_submitted_change=partial(_receive, key))
    submitted = Submitted(memory["text"], memory["run_asked"])
    state.editor_memory(key).put({**memory, "run_asked": False})
    return submitted


def _first_memory(text: str, version: int, report: EditorReport | None) -> EditorMemory:
    fresh: EditorMemory = {
        "text": _clean(text),
        "version": version,
        "push": token_hex(4),
        "report": None,
        "run": None,
        "run_asked": False,
    }
    if report is not None and report["push"] is not None:
        # The browser shows what was written before the server was restarted: that stays, and is not run again.
        fresh["push"], fresh["run"] = report["push"], report["run"]
    return _with_report(fresh, report)


def _receive(key: str) -> None:
    """Take a report before the script runs: a run that is interrupted early, or of another page, loses nothing."""
    memory = state.editor_memory(key).get()
    if memory is not None:
        state.editor_memory(key).put(_with_report(memory, read_report(state.reported(key).get())))


def _with_report(memory: EditorMemory, report: EditorReport | None) -> EditorMemory:
    """With what the browser reports, unless it is about a text that was replaced from here since."""
    if report is None or report == memory["report"] or report["push"] not in (None, memory["push"]):
        return memory
    updated: EditorMemory = {**memory, "report": report, "text": _clean(report["text"])}
    if report["run"] not in (None, memory["run"]):
        updated["run"], updated["run_asked"] = report["run"], True
    return updated


def read_report(reported: object) -> EditorReport | None:
    """What a browser reports, checked: None where it is no report, or its text is too long."""
    report = reported.get("submitted") if isinstance(reported, Mapping) else None
    if not isinstance(report, Mapping):
        return None
    text, push, run = report.get("text"), report.get("push"), report.get("run")
    if not isinstance(text, str) or len(text) > LONGEST or not isinstance(push, str | None):
        return None
    return {"text": text, "push": push, "run": run if isinstance(run, int) and not isinstance(run, bool) else None}


def _clean(text: str) -> str:
    """Text as a text field holds it, that UTF-8 can hold and Python can compile."""
    well_formed = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return well_formed.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")


def _lines(error: str) -> str:
    """An error as it is shown: its lines without control characters, and not endless."""
    lines = error.splitlines()
    return "\n".join([*map(plain, lines[:_ERROR_LINES]), *["…"][: len(lines) > _ERROR_LINES]])
