"""What a worker says in words: the kinds of text that a record may hold, made plain where they are read.

A worker may run a stranger's code, so a text of a record may be anything. One of these kinds stands for every text of
every record; what is drawn of it is then escaped for its place by `core.text`.
"""

from typing import Annotated

from pydantic import AfterValidator, StringConstraints

from .. import text

_NAME, _SENTENCE, _LINES = 20_000, 2000, 200_000


def _one_line(said: str) -> str:
    """Without line breaks, control and direction characters, and not endless; what is so already stays as it is."""
    return said if len(said) <= _SENTENCE and said.isprintable() else text.one_line(said, _SENTENCE)


def _lines(said: str) -> str:
    """Lines without control and direction characters, and not endless."""
    return text.output(said, _LINES)


#: What means a tensor, a module, a function or a key, and is sent back as it came: bounded, and kept exactly.
Name = Annotated[str, StringConstraints(max_length=_NAME)]
#: A word, a label or a sentence.
Words = Annotated[str, AfterValidator(_one_line)]
#: Several lines: code, or what was printed.
Lines = Annotated[str, AfterValidator(_lines)]
