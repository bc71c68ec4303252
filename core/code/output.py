"""What code prints: kept up to a bound, away from the terminal."""

import io
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout

from ..text import output

_LONGEST = 20_000


class CapturedOutput(io.TextIOBase):
    """Standard output of a run, kept up to a bound; what goes beyond is counted."""

    def __init__(self) -> None:
        self._kept = io.StringIO()
        self._left, self._dropped = _LONGEST, 0

    def write(self, text: str) -> int:
        """Keep what still fits."""
        part = text[: self._left]
        self._kept.write(part)
        self._left -= len(part)
        self._dropped += len(text) - len(part)
        return len(text)

    def writable(self) -> bool:
        """As a stream for print must be."""
        return True

    @property
    def text(self) -> str:
        """What was printed, and how much is left out."""
        kept = output(self._kept.getvalue(), _LONGEST)
        return f"{kept}\n… {self._dropped:,} more characters" if self._dropped else kept

    @contextmanager
    def capturing(self) -> Iterator[None]:
        """Within it, print and warnings write here."""
        with redirect_stdout(self), redirect_stderr(self):
            yield
