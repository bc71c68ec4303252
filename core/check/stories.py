"""Who wrote each tensor of a model, as the command prints it: which rule initialized what."""

from collections.abc import Iterator, Sequence

from .. import text
from ..questions.story_words import in_words
from ..questions.theory import VerdictRow


def story_lines(rows: Sequence[VerdictRow]) -> list[str]:
    """For each distinct tensor who wrote it last and how often it was written, below that what was there before."""
    heads = [(text.plain(row.name, 60), text.shape(row.shape), text.count(row.story.times, "write")) for row in rows]
    widths = [max((len(head[column]) for head in heads), default=0) for column in range(3)]
    return [line for row, head in zip(rows, heads, strict=True) for line in _lines(row, head, widths)]


def _lines(row: VerdictRow, head: Sequence[str], widths: Sequence[int]) -> Iterator[str]:
    begins = "  ".join(part.ljust(width) for part, width in zip(head, widths, strict=True))
    tied = f" (also {', '.join(text.plain(name, 60) for name in row.tied_with)})" if row.tied_with else ""
    yield f"{begins}  {in_words(row.story)}{tied}"
    for earlier in reversed(row.story.earlier):
        yield f"{' ' * len(begins)}  before that {in_words(earlier)}"
