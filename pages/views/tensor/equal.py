"""Tensors that are equal in value and not tied: what is said of each, in the words of all pages."""

from collections.abc import Sequence

from core import text
from core.engine.span import Span
from core.questions.equal import EqualGroup, GetEqual, SameStart
from pages.frame.engine import ask

_MOST_NAMES = 3
_ICON = ":material/content_copy:"


def lines(span: Span | None = None) -> dict[str, str]:
    """Of each tensor that equals another or begins alike at the span's later moment: markdown that says so."""
    found = ask(GetEqual(), span)
    said = {
        name: f"{_ICON} Equal in value to {listed(group.others(name))}, **not tied**: {because(group)}"
        for group in found.groups
        for name in group.names
    }
    for start in found.starts:
        above = f"{said[start.second]}  \n" if start.second in said else ""
        said[start.second] = f"{above}{_ICON} The same numbers, **not tied**: {begins(start)}"
    return said


def because(group: EqualGroup) -> str:
    """Why its tensors are equal, as markdown."""
    return f"{text.markdown(group.reason, 600)}."


def begins(start: SameStart) -> str:
    """What a tensor has in common with a longer one, as markdown."""
    reason = f": {text.markdown(start.reason, 600)}" if start.reason else ""
    return f"{text.markdown(start.clause(text.plain(start.first, 60)), 600)}{reason}."


def listed(names: Sequence[str]) -> str:
    """The first names as markdown, and how many more there are."""
    first = ", ".join(text.code(name) for name in names[:_MOST_NAMES])
    return f"{first} and {len(names) - _MOST_NAMES:d} more" if len(names) > _MOST_NAMES else first
