"""A text of Python without what it declares, which only Paramscope reads: so it runs where the words are not known."""

import ast
import re
from collections.abc import Iterator

from .declared_code import is_expects, only_declares, read, target_of
from .declared_text import STANDARD

_LINES = re.compile(r"(?<=\n)|(?<=\r)(?!\n)")  # as Python counts them


def without_declarations(code: str) -> str:
    """The code with each statement that only declares as a comment, every other line where it was.

    Where other code uses a declaration, it is left as an empty dictionary.
    """
    names = dict(STANDARD)
    try:
        kept, declaring = _sorted_out([(each, only_declares(each, names)) for each, _ in read(code, names)])
        used = any(is_expects(node) for node in _nodes(kept, {id(each) for each, _ in declaring}))
    except (ValueError, RecursionError):
        return code
    lines = _LINES.split(code)
    for statement, stands_in in sorted(declaring, key=lambda each: (each[0].lineno, each[0].col_offset), reverse=True):
        target = target_of(statement) if used else None
        _silence(lines, statement, f"{target} = {{}}" if target else stands_in)
    return "".join(lines)


def _sorted_out(statements: list[tuple[ast.stmt, bool]]) -> tuple[list[ast.stmt], list[tuple[ast.stmt, str]]]:
    """The statements that stay, and those that declare with what has to stand in their place, in a class's body."""
    kept = [each for each, declares in statements if not declares]
    of_classes = [inner for each in kept if isinstance(each, ast.ClassDef) for inner in each.body]
    inside = [(inner, "pass") for inner in of_classes if target_of(inner) == "expects"]
    return kept, [*((each, "") for each, declares in statements if declares), *inside]


def _nodes(statements: list[ast.stmt], without: set[int]) -> Iterator[ast.AST]:
    pending: list[ast.AST] = [*statements]
    while pending:
        node = pending.pop()
        if id(node) not in without:
            yield node
            pending.extend(ast.iter_child_nodes(node))


def _silence(lines: list[str], statement: ast.stmt, instead: str) -> None:
    """Make the statement's lines a comment, `instead` in its place; between others on a line, without a comment."""
    first, last = statement.lineno - 1, (statement.end_lineno or statement.lineno) - 1
    before = lines[first].encode()[: statement.col_offset].decode()
    after = lines[last].encode()[statement.end_col_offset :].decode()
    stands_in = instead or ("pass" if before.strip() or after.lstrip().startswith(";") else "")
    if after.lstrip().startswith(";"):
        pieces = [before + stands_in, *[""] * (last - first)]
        lines[first : last + 1] = [*(piece + "\\\n" for piece in pieces[:-1]), pieces[-1] + after]
        return
    whole = lines[first][len(before) :]
    lines[first] = f"{before}{stands_in}  # {whole}" if stands_in else f"{before}# {whole}"
    lines[first + 1 : last + 1] = [f"# {line}" for line in lines[first + 1 : last + 1]]
