"""The import rule of DESIGN.md, as the contracts in pyproject.toml say it."""

import runpy
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import grimp

ROOT = Path(__file__).parents[2]


def test_every_import_goes_down() -> None:
    command = [sys.executable, "-c", "import importlinter.cli as cli; cli.lint_imports_command()", "--no-cache"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "0 broken" in ended.stdout


def test_relative_imports_are_seen() -> None:
    graph = grimp.build_graph("core", cache_dir=None)
    assert graph.direct_import_exists(importer="core.replaying.editing", imported="core.recipe.edit_formula")
    assert graph.direct_import_exists(importer="core.engine.processes.zygote", imported="core.engine.preparing")


def test_the_picture_of_the_rooms_is_of_these_imports() -> None:
    drawn = runpy.run_path(str(ROOT / "docs" / "draw_rooms.py"))["drawing"]()
    kept = (ROOT / "docs" / "images" / "rooms.svg").read_text(encoding="utf-8")
    assert kept == drawn, "imports or docstrings have changed since; run `make rooms`"
    root = ET.fromstring(kept)
    names = {text.text for text in root.iter("{http://www.w3.org/2000/svg}text") if text.get("class") == "name"}
    folders = {path.parent.name for path in (ROOT / "core").glob("*/__init__.py")}
    assert {f"core/{folder}" for folder in folders} | {"pages", "pages/frame", "pages/views"} <= names
