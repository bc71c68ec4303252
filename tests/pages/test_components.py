"""The files that components are joined from."""

import json
import re
from pathlib import Path

import pytest

from pages.components.joined import joined

_FOLDER = Path(__file__).parents[2] / "pages" / "components"
_PARTS: dict[str, dict[str, list[str]]] = json.loads((_FOLDER / "parts.json").read_text("utf-8"))


def test_every_file_belongs_to_a_component() -> None:
    listed = {file for component in _PARTS.values() for files in component.values() for file in files}
    there = {path for kind in ("html", "css", "js") for path in _FOLDER.rglob(f"*.{kind}")}
    assert listed == {path.relative_to(_FOLDER).as_posix() for path in there}


@pytest.mark.parametrize("component", _PARTS)
def test_a_script_has_one_entry_and_no_imports(component: str) -> None:
    script = joined(component, "js")
    assert script.count("export default function") == 1
    assert script.count("\nexport ") == 1
    assert "\nimport " not in script


def test_no_file_of_a_component_is_longer_than_three_hundred_lines() -> None:
    for path in _FOLDER.rglob("*.*"):
        if path.suffix in (".js", ".css", ".html", ".py"):
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


@pytest.mark.parametrize(
    "bad", ["a.innerHTML = name", "eval(name)", "new Function(name)", "img.src = name", "fetch(x)"]
)
def test_what_obeys_a_text_would_be_found(bad: str) -> None:
    assert re.search(_OBEYS, bad)
