"""Printing for whoever reads: a terminal that lacks a character, a reader that has gone."""

import os
from pathlib import Path
from typing import TextIO


def printed(text: str, stream: TextIO) -> None:
    """Print a text with a line break after it; where nobody reads any more, quietly nothing."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    try:
        stream.write(text.encode(encoding, "backslashreplace").decode(encoding) + "\n")
        stream.flush()
    except BrokenPipeError:
        with Path(os.devnull).open("w", encoding="utf-8") as nowhere:  # Python flushes once more at the end
            os.dup2(nowhere.fileno(), stream.fileno())
