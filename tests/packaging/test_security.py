"""SECURITY.md names what is tried: the probes of the self-test, one and all, and a command that there is."""

import re
from pathlib import Path

from core.engine.jail.probes import PROBES

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "SECURITY.md").read_text(encoding="utf-8")


def test_every_probe_is_named_and_none_besides() -> None:
    rows = [line.split("|")[2] for line in TEXT.splitlines() if line.startswith("| ") and "---" not in line]
    named = [act.strip() for row in rows for act in row.split(", ") if act.strip()]
    assert sorted(named) == sorted(PROBES)
    assert f"({len(PROBES)}/{len(PROBES)})" in TEXT


def test_the_command_tries_files_that_there_are() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (command,) = re.findall(r"^make (\w+)$", TEXT, re.MULTILINE)
    assert f"\n{command}: " in makefile
    (tried,) = re.findall(r"ATTACKS := \$\(wildcard (.*?)\)", makefile, re.DOTALL)
    paths = [path for path in tried.replace("\\\n", " ").split() if path != "tests/pages/gate"]
    assert all((ROOT / path).exists() for path in paths)
    assert "tests/engine/test_attempts.py" in paths


def test_the_tables_that_it_speaks_of_are_there() -> None:
    for path in re.findall(r"`(tests/[\w/.]+)`", TEXT):
        assert (ROOT / path).exists(), path
