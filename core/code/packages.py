"""The package that a file of a person's belongs to, where it imports from it by dots: `from .layers import Block`."""

import ast
from pathlib import Path


def package_of(file: Path) -> tuple[str, ...]:
    """The names of its packages, outermost first; none of a file that imports nothing by dots.

    Folders count as packages as long as they hold an `__init__.py`, and as many more as the dots ask for.

    Raises:
        ValueError: a folder of them has a name that no package can have.
    """
    dots = _dots(file)
    folders: list[str] = []
    for folder in file.parents if dots else ():
        needed = len(folders) < dots
        if not needed and not (folder.name.isidentifier() and (folder / "__init__.py").is_file()):
            break
        if not folder.name.isidentifier():
            raise ValueError(
                f"{file.name} cannot be imported: it imports by {'.' * dots} from its package, and the folder "
                f"{folder.name!r} is no name of one; rename it to letters, digits and _"
            )
        folders.insert(0, folder.name)
    return tuple(folders)


def _dots(file: Path) -> int:
    """The most dots that an import of the file begins with; 0 where it has none, or cannot be read."""
    try:
        tree = ast.parse(file.read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return 0
    return max((node.level for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)), default=0)
