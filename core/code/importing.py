"""Importing a person's file or module: one way for the page and for the command."""

import contextlib
import importlib
import importlib.util
import itertools
import linecache
import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from ..module.seeding import seeded
from .beside import neighbors, own_package
from .command_line import NamedFile
from .declaring import DeclaringLoader
from .errors import reason_of
from .forkable import Threads
from .output import CapturedOutput
from .packages import package_of
from .surroundings.keeping import Kept, said

#: Files that are not a person's own: Python's, installed packages, what has no file, and ours.
_NOT_THEIRS = (sys.prefix, sys.base_prefix, "<", str(Path(__file__).parents[1]))
#: So many files of a person's are watched beside those that are named.
_MOST_NEIGHBORS = 200


@dataclass(frozen=True)
class Imported:
    """A person's module, and the sentence on what it changed for everybody else, which was undone; "" where nothing."""

    module: ModuleType
    undone: str


def imported(file: NamedFile, seed: int = 0) -> Imported:
    """The module that a command line names; what it prints is kept from the terminal, what it draws starts from `seed`.

    In a file, the words of `core.recipe.expects` are there without an import.

    Raises:
        ValueError: it raises, starts a thread, changes what cannot be undone, or is not there; names the file and the
            line.
    """
    threads, raised = Threads(), None
    by_path = file.target.endswith(".py")
    folder = Path(file.target).resolve().parent if by_path else Path.cwd()
    package = package_of(Path(file.target).resolve()) if by_path else ()
    root = folder.parents[len(package) - 1] if package else folder
    with own_package(folder), neighbors(root, package[:1]), CapturedOutput().capturing(), seeded(seed), Kept() as kept:
        try:
            module = _executed(Path(file.target), package) if by_path else _imported_by_name(file.target)
        except BaseException as error:  # SystemExit too: it is the file's
            raised = error  # told only once the built-in functions are Python's again
    if isinstance(raised, _MissingFileError):
        raise ValueError(str(raised))
    if raised is not None:
        raise ValueError(f"{file.label} cannot be imported: {where_raised(raised)}{reason_of(raised)}")
    if threads.any_since():
        raise ValueError(f"{file.label} starts a thread when it is imported, which forking forbids; start it later")
    if kept.lasting:
        raise ValueError(f"{file.label} {said(kept.lasting)}, which cannot be undone; take that out of the file")
    return Imported(module, f"{file.label} {said(kept.undone)}; that was undone" if kept.undone else "")


def import_more(names: Sequence[str], texts: Sequence[str] = ()) -> None:
    """Import what a person's files import later, as far as that goes; what it changes for everybody is undone.

    Args:
        names: of modules; texts: paths of files whose text is kept for who reads it where no file can be read.
    """
    with CapturedOutput().capturing(), seeded(0), Kept():
        for name in names:
            if name not in sys.modules:
                with contextlib.suppress(BaseException):  # what is in no file, or is told once it is needed
                    importlib.import_module(name)
    for path in texts:
        if lines := linecache.getlines(path):
            linecache.cache[path] = sum(map(len, lines)), None, lines, path  # None: not to be looked for again


def neighbors_of(files: Sequence[NamedFile]) -> tuple[str, ...]:
    """The paths of what was imported of a person's own beside these files."""
    named = {str(Path(file.target).resolve()) for file in files}
    paths = {str(getattr(module, "__file__", None) or "<none>") for module in [*sys.modules.values()]}
    theirs = (path for path in paths if path.endswith(".py") and not path.startswith(_NOT_THEIRS))
    return tuple(sorted(path for path in theirs if path not in named and "site-packages" not in path)[:_MOST_NEIGHBORS])


def where_raised(error: BaseException) -> str:
    """Where in a person's own files an error arose, `inits.py line 3: `; "" where in none of them."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{Path(error.filename).name} line {error.lineno}: "
    frames = traceback.extract_tb(error.__traceback__)
    theirs = [frame for frame in frames if not frame.filename.startswith(_NOT_THEIRS)]
    return f"{Path(theirs[-1].filename).name} line {theirs[-1].lineno}: " if theirs else ""


class _MissingFileError(Exception):
    """There is no such file or module."""


def _executed(path: Path, package: tuple[str, ...]) -> ModuleType:
    """The module of a file, run anew at every call, so that a file that changed is another module."""
    if not path.is_file():
        raise _MissingFileError(f"there is no file {str(path)!r}; give its path from here")
    resolved = path.resolve()
    for folder in (resolved.parents[len(package)], resolved.parent):
        _make_importable(folder)
    if package:
        importlib.import_module(".".join(package))
    name = ".".join((*package, path.stem)) if package else _free_name(f"own_file_{path.stem}", resolved)
    spec = importlib.util.spec_from_file_location(name, resolved, loader=DeclaringLoader(name, str(resolved)))
    if spec is None or spec.loader is None:
        raise _MissingFileError(f"{str(path)!r} cannot be imported; it needs to be a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses and pickles look their module up
    if not package and _is_called(path.stem, resolved):
        sys.modules[path.stem] = module  # a class imported twice is two classes
    spec.loader.exec_module(module)
    return module


def _free_name(name: str, file: Path) -> str:
    """The name, with a number where another file has it: classes are looked up by the name of their module."""
    names = (f"{name}_{number}" if number > 1 else name for number in itertools.count(1))
    return next(each for each in names if getattr(sys.modules.get(each), "__file__", str(file)) == str(file))


def _is_called(name: str, file: Path) -> bool:
    """Whether another of a person's files that imports that name means this file."""
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, ValueError):
        return False
    return spec is not None and spec.origin is not None and Path(spec.origin) == file


def _imported_by_name(name: str) -> ModuleType:
    _make_importable(Path.cwd())
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name and (name == error.name or name.startswith(f"{error.name}.")):
            raise _MissingFileError(
                f"there is no module {name!r}; a file is named by its path, ending in .py"
            ) from None
        raise


def _make_importable(folder: Path) -> None:
    """Let code import what stands beside it."""
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
