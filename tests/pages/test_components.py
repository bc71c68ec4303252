"""The files that components are joined from, or built from."""

import hashlib
import json
import re
from pathlib import Path

import pytest

from pages.frame.joined import joined

_FOLDER = Path(__file__).parents[2] / "pages" / "components"
_EDITOR = _FOLDER / "code_editor"
_SOURCE = sorted((_EDITOR / "source").glob("*.js"))
_PARTS: dict[str, dict[str, list[str]]] = json.loads((_FOLDER / "parts.json").read_text("utf-8"))
_JOINED = [name for name, parts in _PARTS.items() if parts["js"]]


def _own_files(*suffixes: str) -> set[Path]:
    """What a person wrote: neither packages, nor what is built of them."""
    files = {path for path in _FOLDER.rglob("*.*") if path.suffix in suffixes}
    return {path for path in files if not {"node_modules", "built"} & set(path.parts)}


def test_every_file_belongs_to_a_component() -> None:
    listed = {file for component in _PARTS.values() for files in component.values() for file in files}
    there = _own_files(".html", ".css", ".js") - {*_SOURCE, _EDITOR / "build.js"}
    assert listed == {path.relative_to(_FOLDER).as_posix() for path in there}


def test_the_editor_was_built_from_its_sources_and_has_the_licenses_of_what_is_in_it() -> None:
    marks = json.loads((_EDITOR / "built" / "built_from.json").read_text("utf-8"))
    files = [*_SOURCE, _EDITOR / "build.js", _EDITOR / "package-lock.json"]
    now = {
        path.relative_to(_EDITOR).as_posix(): hashlib.sha256(path.read_text("utf-8").encode()).hexdigest()
        for path in files
    }
    assert marks == now, "make editor"
    licenses = (_EDITOR / "built" / "LICENSES.txt").read_text("utf-8")
    packages = json.loads((_EDITOR / "package-lock.json").read_text("utf-8"))["packages"]
    shipped = {path.removeprefix("node_modules/"): entry["version"] for path, entry in packages.items() if path}
    for name, version in shipped.items():
        if "esbuild" not in name:
            assert f"{name} {version} (MIT)" in licenses
    assert len(list((_EDITOR / "built").glob("*.js"))) == 1


@pytest.mark.parametrize("component", _JOINED)
def test_a_script_has_one_entry_and_no_imports(component: str) -> None:
    script = joined(component, "js")
    assert script.count("export default function") == 1
    assert script.count("\nexport ") == 1
    assert "\nimport " not in script


def test_no_file_of_a_component_is_longer_than_three_hundred_lines() -> None:
    for path in _own_files(".js", ".css", ".html", ".py"):
        assert path.read_text("utf-8").count("\n") <= 300, path


#: What reads a text as markup or as code, or fetches what it names.
_OBEYS = r"(inner|outer)HTML|insertAdjacentHTML|setHTML|document\.write|createContextualFragment|parseFromString|srcdoc"
_OBEYS += (
    r"|\beval\b|\bFunction\(|set(Timeout|Interval)\(['\"`]|\.(src|href|action)\b|\bfetch\(|XMLHttpRequest|import\("
)


@pytest.mark.parametrize("component", _PARTS)
def test_a_script_sets_names_as_text_only(component: str) -> None:
    assert re.findall(_OBEYS, joined(component, "js")) == []
    assert re.findall(r"<script|\son\w+=|https?://(?!www\.w3\.org)", joined(component, "html")) == []
    assert re.findall(r"@import|url\(", joined(component, "css")) == []


@pytest.mark.parametrize("file", _SOURCE, ids=lambda file: file.name)
def test_the_editors_own_source_sets_text_as_text_only(file: Path) -> None:
    assert re.findall(_OBEYS, file.read_text("utf-8")) == []


@pytest.mark.parametrize(
    "bad", ["a.innerHTML = name", "eval(name)", "new Function(name)", "img.src = name", "fetch(x)"]
)
def test_what_obeys_a_text_would_be_found(bad: str) -> None:
    assert re.search(_OBEYS, bad)
