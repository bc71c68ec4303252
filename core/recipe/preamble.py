"""A person's code as it stands in a script: the words of its declaration before it, or imported from a file."""

import ast
import re

from .expectations import WORDS
from .undeclared import without_declarations


def declaring(code: str) -> str:
    """Code as it runs without Paramscope: what it declares is a comment, and words in what is left mean nothing."""
    silent = without_declarations(code)
    words = [word for word in WORDS if re.search(rf"\b{word}\(", silent)] if re.search(r"\bexpects\b", silent) else []
    meaningless = f"{' = '.join(words)} = lambda *_, **__: None  # the words of expects, which only Paramscope reads"
    if not words:
        return silent.strip()
    lines = re.split(r"\r\n|\r|\n", silent)
    first = _after_future_imports(silent)
    return "\n".join([*lines[:first], meaningless, *lines[first:]]).strip()


def _after_future_imports(code: str) -> int:
    """How many lines must come before anything else: Python wants `from __future__ import ...` first."""
    try:
        statements = ast.parse(code).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return 0
    futures = (each for each in statements if isinstance(each, ast.ImportFrom) and each.module == "__future__")
    return max((each.end_lineno or each.lineno for each in futures), default=0)


def from_file(function: str, *more: str) -> str:
    """The line that imports a function of one of the operator's files; each as itself, or `name as other`."""
    file, _, name = function.rpartition(":")
    note = f"  # {file} of this Paramscope's command line" if file.endswith(".py") else ""
    parts = file.removesuffix(".py").split("/")  # folders stand where two files have one name
    module = ".".join(parts) if all(part.isidentifier() for part in parts) else parts[-1]
    return f"from {module if note else file} import {', '.join([name, *more])}{note}"
