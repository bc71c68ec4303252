"""What is said in several files of the project is the same in each."""

import re
import tomllib
from pathlib import Path

from packaging.requirements import Requirement

import core

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def requirements(name: str) -> dict[str, Requirement]:
    """The packages that a file of requirements names."""
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    parsed = [Requirement(line) for line in lines if line and not line.startswith(("#", "-r"))]
    return {requirement.name: requirement for requirement in parsed}


def test_the_pins_lie_in_the_ranges() -> None:
    pins = requirements("requirements.txt")
    ranges = {requirement.name: requirement for requirement in map(Requirement, PROJECT["dependencies"])}
    assert list(pins) == list(ranges)
    for name, pin in pins.items():
        (exactly,) = pin.specifier
        assert exactly.operator == "=="
        assert ranges[name].specifier.contains(exactly.version), name
        assert {bound.operator for bound in ranges[name].specifier} == {">=", "<"}, name


def test_what_the_tests_run_with_is_pinned() -> None:
    for requirement in requirements("requirements-dev.txt").values():
        assert [bound.operator for bound in requirement.specifier] == ["=="], requirement


def test_the_version_is_told_once_and_cited() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", core.__version__)
    assert PROJECT["dynamic"] == ["version"]
    assert "version" not in PROJECT
    assert f"\nversion: {core.__version__}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")


def test_the_license_is_named_alike() -> None:
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert text.startswith("MIT License\n\nCopyright (c) 2026 The Paramscope authors\n")
    assert PROJECT["license"] == "MIT"
    assert [author["name"] for author in PROJECT["authors"]] == ["The Paramscope authors"]
    assert "\nlicense: MIT\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")


def test_every_supported_python_is_tested() -> None:
    told = [line.rpartition(" ")[2] for line in PROJECT["classifiers"] if re.search(r"Python :: 3\.\d+$", line)]
    workflow = (ROOT / ".github" / "workflows" / "test.yml").read_text(encoding="utf-8")
    listed = ", ".join(f'"{version}"' for version in told)
    assert f"python: [{listed}]" in workflow
    assert PROJECT["requires-python"] == f">={told[0]}"
