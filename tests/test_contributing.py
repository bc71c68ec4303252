"""CONTRIBUTING.md is true: the code it shows stands where it says, and the paths it names exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n# (\S+)\n(.*?)```", TEXT, re.DOTALL)
PATHS = sorted(set(re.findall(r"`((?:core|pages|tests)(?:/\w+)*(?:/\w+\.py)?)`", TEXT)))


@pytest.mark.parametrize(("path", "code"), BLOCKS, ids=[path for path, _ in BLOCKS])
def test_every_example_stands_in_the_code_as_it_is_printed(path: str, code: str) -> None:
    assert code in (ROOT / path).read_text(encoding="utf-8")


def test_every_example_says_where_it_stands() -> None:
    assert len(BLOCKS) == TEXT.count("```python") == 5


@pytest.mark.parametrize("path", PATHS)
def test_every_path_exists(path: str) -> None:
    assert (ROOT / path).exists()
