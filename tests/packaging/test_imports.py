"""The import rule of DESIGN.md, as the contracts in pyproject.toml say it."""

import subprocess
import sys
from pathlib import Path

import grimp

ROOT = Path(__file__).parents[2]


def test_every_import_goes_down() -> None:
    command = [sys.executable, "-c", "import importlinter.cli as cli; cli.lint_imports_command()", "--no-cache"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "0 broken" in ended.stdout


def test_relative_imports_are_seen() -> None:
    graph = grimp.build_graph("core", cache_dir=None)
    assert graph.direct_import_exists(importer="core.replay.editing", imported="core.recipe.formula")
    assert graph.direct_import_exists(importer="core.engine.processes.zygote", imported="core.engine.preparing")
