"""Who wrote each tensor of a model, as the command prints it: which rule initialized what."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from .. import text
from ..questions.story import Story
from ..questions.story_words import in_words, left_unwritten
from ..questions.theory import VerdictRow

#: So many parts of a tensor are named that one line of code wrote to.
_MOST_PARTS = 2


def story_lines(rows: Sequence[VerdictRow]) -> list[str]:
    """For each distinct tensor who wrote it last and how often it was written, below that what was there before."""
    heads = [(text.plain(row.name, 60), text.shape(row.shape), text.count(row.story.times, "write")) for row in rows]
    widths = [max((len(head[column]) for head in heads), default=0) for column in range(3)]
    return [line for row, head in zip(rows, heads, strict=True) for line in _lines(row, head, widths)]


def _lines(row: VerdictRow, head: Sequence[str], widths: Sequence[int]) -> Iterator[str]:
    begins = "  ".join(part.ljust(width) for part, width in zip(head, widths, strict=True))
    tied = f" (also {', '.join(text.plain(name, 60) for name in row.tied_with)})" if row.tied_with else ""
    last, *before = _alike((row.story, *reversed(row.story.earlier)))
    left = f", {left_unwritten(row.story.unwritten)}" if row.story.unwritten and row.story.times else ""
    yield f"{begins}  {_said(last)}{left}{tied}"
    for earlier in before:
        yield f"{' ' * len(begins)}  before that {_said(earlier)}"


def _alike(writes: Iterable[Story]) -> list[list[Story]]:
    """Writes that follow each other and differ at most in their place, as those of a loop over rows do, together."""
    return [
        list(group) for _, group in groupby(writes, lambda write: (not write.part, in_words(replace(write, part=""))))
    ]


def _said(writes: Sequence[Story]) -> str:
    parts = dict.fromkeys(write.part for write in writes if write.part)
    named = ", ".join([*parts][:_MOST_PARTS])
    more = f" and {text.count(len(parts) - _MOST_PARTS, 'other place')}" if len(parts) > _MOST_PARTS else ""
    times = f", {len(writes)} times" if len(writes) > 1 else ""
    return f"{in_words(replace(writes[0], part=named))}{more if named else ''}{times}"
