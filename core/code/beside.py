"""A package of a person's own that bears our name: `core` beside their file means theirs while that file is imported.

In a checkout this package is called `core`, and a module is found by its name alone. Ours goes on afterwards; of theirs
stays in sight what ours has no part of that name of, for what their functions import later.
"""

import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from importlib.machinery import ModuleSpec
from importlib.util import module_from_spec
from pathlib import Path
from types import ModuleType

_OURS = Path(__file__).resolve().parents[1]
_NAME = _OURS.name
#: Where Paramscope is installed, it is `paramscope.core`, and nobody else bears the name.
_INSTALLED = __name__ != f"{_NAME}.code.beside"
#: Theirs, by the folder that they stand in: a class imported twice is two classes.
_theirs: dict[Path, dict[str, ModuleType]] = {}


#: Of each folder that a person's files stand in, the modules beside them that others of their folders have, too.
_apart: dict[Path, dict[str, ModuleType]] = {}


@contextmanager
def neighbors(folder: Path, more: Collection[str] = ()) -> Iterator[None]:
    """Meanwhile a module that stands in that folder is what its name means, also where another folder has one of it.

    Of two folders with a `layers.py` each, as copies of one project have it, either's files import their own.
    """
    here = folder.resolve()
    names = {path.stem for path in here.glob("*.py")} | {path.parent.name for path in here.glob("*/__init__.py")}
    names |= set(more)  # packages without an __init__
    others = [name for name in names if _stands_in(name) in _apart.keys() - {here}]
    aside = _taken(others)
    sys.modules.update(_apart.setdefault(here, {}))
    if others:
        sys.path.insert(0, str(here))
    try:
        yield
    finally:
        if others:
            sys.path.remove(str(here))
            _apart[here] = _taken(others)
            sys.modules.update(aside)


def _stands_in(name: str) -> Path | None:
    """The folder of a module that is imported; None where there is none, or not from a file."""
    module = sys.modules.get(name)
    paths = [*getattr(module, "__path__", ()), *filter(None, [getattr(module, "__file__", None)])]
    return Path(str(paths[0])).parent.resolve() if paths else None  # of a package its folder's


def _taken(names: Collection[str]) -> dict[str, ModuleType]:
    """The modules of these names and their parts, which nobody finds any more."""
    taken = [each for each in sys.modules if each.partition(".")[0] in names]
    return {each: sys.modules.pop(each) for each in taken}


@contextmanager
def own_package(folder: Path) -> Iterator[None]:
    """Meanwhile our name means what bears it in that folder, if anything does that is not ours."""
    package, here = folder / _NAME, str(folder)
    stands = package.with_suffix(".py").is_file() or any(package.glob("*.py"))
    if _INSTALLED or not stands or package.resolve() == _OURS:
        yield
        return
    ours = _taken_out()
    sys.modules.update(_theirs.get(folder, {}))
    if _NAME not in sys.modules and package.is_dir() and not (package / "__init__.py").exists():
        sys.modules[_NAME] = _without_init(package)  # of which Python would find ours, which has one
    sys.path.insert(0, here)
    try:
        yield
    finally:
        if sys.path.count(here) > 1:
            sys.path.remove(here)
        _theirs[folder] = theirs = _taken_out()
        sys.modules.update(ours)
        for name, module in theirs.items():
            _, _, path = name.partition(".")
            if path and not _is_ours(path.partition(".")[0]):
                sys.modules[name] = module
                if "." not in path:
                    vars(ours[_NAME])[path] = module


def _taken_out() -> dict[str, ModuleType]:
    """The package and its parts, which nobody finds any more."""
    names = [name for name in sys.modules if name == _NAME or name.startswith(f"{_NAME}.")]
    return {name: sys.modules.pop(name) for name in names}


def _is_ours(part: str) -> bool:
    """Whether our package has a part of that name, imported or not."""
    return (_OURS / part).is_dir() or (_OURS / f"{part}.py").exists()


def _without_init(package: Path) -> ModuleType:
    spec = ModuleSpec(_NAME, None, is_package=True)
    spec.submodule_search_locations = [str(package)]
    return module_from_spec(spec)
