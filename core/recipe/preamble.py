"""A person's code as it stands in a script: the words of its declaration before it, or imported from a file."""

import re

from .expectations import WORDS


def declaring(code: str) -> str:
    """Code as it runs without Paramscope, whose words in `expects = ...` then mean nothing."""
    words = (
        [word for word in WORDS if re.search(rf"\b{word}\(", code)]
        if re.search(r"^expects\b", code, re.MULTILINE)
        else []
    )
    meaningless = f"{' = '.join(words)} = lambda *_, **__: None  # the words of expects, which only Paramscope reads"
    return "\n".join([*([meaningless] if words else []), code.strip()])


def from_file(function: str, *more: str) -> str:
    """The line that imports a function of one of the operator's files; each as itself, or `name as other`."""
    file, _, name = function.rpartition(":")
    note = f"  # {file} of this Paramscope's command line" if file.endswith(".py") else ""
    return f"from {file.removesuffix('.py')} import {', '.join([name, *more])}{note}"
