"""What `from core import ...` offers a notebook: each name, in any order of imports, without torch until needed."""

import ast
import doctest
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import core

ROOT = Path(__file__).parents[2]
FUNCTIONS = sorted(name for name in core.__all__ if inspect.isfunction(getattr(core, name)))
WITHOUT_TORCH = ("Recipe", "SCHEMES", "MODELS", "Initialize", "Subtree", "to_script")
BEFORE = {
    "nothing": "",
    "core": "import core",
    "its room": "import {module}",
    "its room by another name": "import {module} as room",
    "everything": "from core import *",
    "the package above it": "import {package}",
    "itself": "from core import {name}; from {module} import {name}",
}


def run(code: str) -> str:
    """What a fresh interpreter prints that runs `code`."""
    command = [sys.executable, "-c", code]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.strip()


def test_the_face_does_not_import_torch() -> None:
    names = ", ".join(WITHOUT_TORCH)
    loaded = "print(sorted({'torch', 'streamlit'} & set(sys.modules)))"
    assert run(f"import sys, core; dir(core); from core import {names}; {loaded}") == "[]"


def test_every_name_is_there_and_listed() -> None:
    assert set(core.__all__) <= set(dir(core))
    assert core.__all__ == sorted(core.__all__, key=lambda name: (not name.isupper(), not name[0].isupper(), name))
    for name in core.__all__:
        assert getattr(core, name) is not None
    with pytest.raises(AttributeError, match="module 'core' has no attribute 'nothing'"):
        _ = core.nothing  # type: ignore[attr-defined]


def test_type_checkers_are_told_the_same_homes() -> None:
    block = next(node for node in ast.parse(inspect.getsource(core)).body if isinstance(node, ast.If))
    told = {
        node.module: tuple(alias.name for alias in node.names)
        for node in block.body
        if isinstance(node, ast.ImportFrom)
    }
    assert {home: sorted(names) for home, names in told.items()} == {
        home: sorted(names) for home, names in core._HOMES.items()
    }
    assert sorted(name for names in told.values() for name in names) == sorted(core.__all__)


def test_a_function_is_itself_whatever_was_imported_first() -> None:
    """Importing a part of a package sets an attribute of the package, which must not hide a function of that name."""
    checks = []
    for before in BEFORE:
        checks.append(
            "import sys; [sys.modules.pop(name) for name in [*sys.modules] if name.partition('.')[0] == 'core']"
        )
        for name in FUNCTIONS:
            module = getattr(core, name).__module__
            first = BEFORE[before].format(name=name, module=module, package=module.rpartition(".")[0])
            lines = [first, f"from core import {name}", f"import {module}", f"import {module} as room", "import core"]
            lines += [f"assert {name} is room.{name} is {module}.{name} is core.{name}, {name!r}"]
            checks.append("; ".join(line for line in lines if line))
    assert run(f"for check in {checks!r}: exec(check, {{}})\nprint('right')") == "right"


def test_no_part_of_core_has_the_name_of_a_function() -> None:
    """The rule behind the test above."""
    parts = {path.stem for path in (ROOT / "core").iterdir()}
    assert not parts & set(core.__all__)


@pytest.mark.parametrize("name", [*FUNCTIONS, "Recipe"])
def test_the_example_of_each_function_runs(name: str) -> None:
    thing = getattr(core, name)
    module = sys.modules[thing.__module__]
    (test,) = (found for found in doctest.DocTestFinder(recurse=False).find(thing, name, module))
    assert test.examples, f"{name} shows no example"
    assert doctest.DocTestRunner().run(test).failed == 0


@pytest.mark.parametrize("name", sorted(core.__all__))
def test_each_name_says_what_it_is(name: str) -> None:
    thing = getattr(core, name)
    if callable(thing):
        assert inspect.getdoc(thing)
