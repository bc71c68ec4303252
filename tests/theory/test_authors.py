"""Whose line a story names: that of the code that writes, not of a decorator that passes the call on."""

import importlib
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from core.check import main
from core.observation import provenance
from core.questions.story_words import in_words

DECORATOR = """
import functools

def passed_on(function):
    @functools.wraps(function)
    def wrapper(*arguments, **named):
        return function(*arguments, **named)
    return wrapper
"""
AUTHOR = """
from torch import nn
from decorating_only import passed_on

@passed_on
def fill(w):
    w.data.fill_(0.5)

class Head(nn.Linear):
    @passed_on
    def reset_parameters(self):
        passed_on(nn.init.normal_)(self.weight)
        fill(self.bias)
"""


def test_a_decorator_of_a_package_is_nobody_and_a_package_that_writes_is_the_author(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packages = tmp_path / "site-packages"
    packages.mkdir()
    (packages / "decorating_only.py").write_text(DECORATOR, encoding="utf-8")
    (packages / "writing_heads.py").write_text(AUTHOR, encoding="utf-8")
    monkeypatch.syspath_prepend(str(packages))
    heads = importlib.import_module("writing_heads")
    with provenance() as story:
        head = heads.Head(4, 2)
    for name in ("decorating_only", "writing_heads"):
        del sys.modules[name]
    assert Path(story[head.weight].line).name == "writing_heads.py:12"
    assert Path(story[head.bias].line).name == "writing_heads.py:7"


def test_old_weight_norm_is_of_the_line_that_calls_it() -> None:
    with provenance() as story, pytest.warns(FutureWarning):
        layer = nn.utils.weight_norm(nn.Linear(4, 2))
    assert Path(story[layer.get_parameter("weight_g")].line.rpartition(":")[0]).name == "test_authors.py"


def test_a_sparse_tensor_is_said_not_to_be_observed() -> None:
    with provenance() as story:
        sparse = torch.eye(4).to_sparse()
    assert in_words(story[sparse]) == "its layout is sparse_coo, in which writes are not observed"


def test_what_an_init_can_be_given_is_told_and_nothing_else_taken(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    told = " ".join(capsys.readouterr().out.split())
    assert "--given WHAT" in told
    assert "modules, tensors" in told
    with pytest.raises(SystemExit):
        main(["net.py:build", "--given", "nothing"])
    assert "choose from" in capsys.readouterr().err
