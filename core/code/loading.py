"""Objects of one's own code by reference: `path/to/file.py:name` or `package.module:name`."""

import importlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from ..recipe.expectations import WORDS


def load(reference: str) -> tuple[Any, ModuleType]:
    """The object that a reference names, and the module that holds it; its code runs.

    In a file, the words of `core.recipe.expects` are there without an import.

    Raises:
        ValueError: the reference names nothing, or its code fails; one sentence.
    """
    where, _, name = reference.rpartition(":")
    if not where or not name:
        raise ValueError(f"{reference!r} names no object; write path/to/file.py:name or package.module:name")
    try:
        module = module_of(where)
    except ValueError:
        raise
    except Exception as error:  # whatever one's own code raises
        raise ValueError(f"{where} fails when it is imported: {type(error).__name__}: {_line(error)}") from error
    found: Any = module
    for part in name.split("."):
        if not hasattr(found, part):
            raise ValueError(f"{where} holds no {name!r}; it holds {_public(module)}")
        found = getattr(found, part)
    return found, module


def module_of(where: str) -> ModuleType:
    """The module of a file's path or of a dotted name, imported; raises what its code raises.

    Raises:
        ValueError: there is none.
    """
    return _from_file(Path(where)) if where.endswith(".py") else _imported(where)


def _from_file(path: Path) -> ModuleType:
    if not path.is_file():
        raise ValueError(f"there is no file {str(path)!r}; give its path from here")
    resolved = path.resolve()
    spec = importlib.util.spec_from_file_location(f"checked_{path.stem}", resolved)
    if spec is None or spec.loader is None:
        raise ValueError(f"{str(path)!r} cannot be imported; it needs to be a Python file")
    module = importlib.util.module_from_spec(spec)
    vars(module).update(WORDS)
    sys.modules[spec.name] = module  # dataclasses and pickles look their module up
    _reachable(str(resolved.parent))
    spec.loader.exec_module(module)
    return module


def _imported(name: str) -> ModuleType:
    _reachable(str(Path.cwd()))
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name and (name == error.name or name.startswith(f"{error.name}.")):
            raise ValueError(f"there is no module {name!r}; a file is named by its path, ending in .py") from None
        raise


def _reachable(folder: str) -> None:
    """Let code import what stands beside it."""
    if folder not in sys.path:
        sys.path.insert(0, folder)


def _public(module: ModuleType) -> str:
    names = [name for name in vars(module) if not name.startswith("_") and name not in WORDS]
    return ", ".join(names[:8]) or "nothing"


def _line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [""])[0]
