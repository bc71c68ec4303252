"""NaN and infinities: told of every tensor that holds any, and strict JSON wherever one stands."""

import json
from pathlib import Path
from typing import Any, NoReturn

import pytest
import torch

from core.check import main
from core.check.as_json import strict
from core.theory.finite import not_finite

MODELS = """
import torch
from torch import nn

nan, inf = float("nan"), float("inf")


def around(fill=None):
    net = nn.Sequential(nn.Linear(40, 80), nn.ReLU(), nn.Linear(80, 30))
    if fill is not None:
        with torch.no_grad():
            fill(net[0].weight)
    return net


def constant():
    return around(lambda w: nn.init.constant_(w, nan))


def infinite():
    return around(lambda w: nn.init.constant_(w, -inf))


def scaled():
    return around(lambda w: w.mul_(inf))


def one_row():
    return around(lambda w: w[3].fill_(nan))


def drawn_beyond():
    return around(lambda w: w.normal_(0, 1e38).mul_(1e30))


def from_outside():
    return around(lambda w: w.copy_(torch.tensor([[nan] * 40] * 80)))


def clamped():
    return around(lambda w: nn.init.uniform_(w).clamp_(-inf, inf))


def masked():
    net = around()
    net.register_buffer("mask", torch.full((4, 4), -inf).triu(1))
    return net


def poison(m):
    if isinstance(m, nn.Linear):
        nn.init.constant_(m.weight, nan)
        nn.init.zeros_(m.bias)


poison.expects = {"*.weight": anything(), "*.bias": zeros()}


def wrong(m):
    if isinstance(m, nn.Linear):
        nn.init.constant_(m.weight, nan)


wrong.expects = {"*.weight": normal(0, 0.02), "*.bias": default()}
"""


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The file of models, as references begin."""
    (tmp_path / "strange.py").write_text(MODELS, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    return f"{tmp_path}/strange.py"


def read(text: str) -> Any:
    """What is said, by a reader that takes JSON and nothing else."""

    def refuse(word: str) -> NoReturn:
        raise AssertionError(f"{word} is no JSON")

    return json.loads(text, parse_constant=refuse)


@pytest.mark.parametrize(
    ("model", "tensor", "says"),
    [
        ("constant", "0.weight", "all 3,200 values are NaN"),
        ("infinite", "0.weight", "all 3,200 values are −∞"),
        ("scaled", "0.weight", "are ∞, "),
        ("one_row", "0.weight", "of 3,200 values 40 are NaN"),
        ("from_outside", "0.weight", "all 3,200 values are NaN"),
        ("masked", "mask", "of 16 values 6 are −∞"),
    ],
)
def test_values_that_are_not_finite_are_told_where_nothing_is_promised(
    own: str, model: str, tensor: str, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([f"{own}:{model}"]) == 0
    (line,) = [line for line in capsys.readouterr().out.splitlines() if line.split()[2:3] == [tensor]]
    assert says in line
    assert main([f"{own}:{model}", "--json"]) == 0
    (found,) = read(capsys.readouterr().out)
    (row,) = [row for row in found["rows"] if row["name"] == tensor]
    assert says in row["verdict"]["sentence"]


@pytest.mark.parametrize(
    "model",
    ["constant", "infinite", "scaled", "one_row", "drawn_beyond", "from_outside", "clamped", "masked"],
)
def test_json_is_json_wherever_such_a_number_stands(own: str, model: str, capsys: pytest.CaptureFixture[str]) -> None:
    for init in ([], ["--init", f"{own}:poison"], ["--init", f"{own}:wrong"]):
        main([f"{own}:{model}", "--json", "--seed", "0..1", *init])
        assert len(read(capsys.readouterr().out)) == 2


def test_an_init_that_means_it_passes_and_one_that_does_not_violates(
    own: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([f"{own}:around", "--init", f"{own}:poison", "--json"]) == 0
    (found,) = read(capsys.readouterr().out)
    assert found["rows"][0]["verdict"]["sentence"].endswith("; all 3,200 values are NaN")
    assert found["rows"][0]["story"]["arguments"] == {"val": "NaN"}
    assert main([f"{own}:around", "--init", f"{own}:wrong"]) == 1
    assert "3,200 of 3,200 values are not finite" in capsys.readouterr().out


def test_a_number_that_is_not_finite_becomes_a_word_that_python_reads() -> None:
    value = {"a": [1.5, float("nan"), (float("inf"), -float("inf"))], "b": {"c": True, "d": None, "e": "NaN"}}
    written = read(json.dumps(strict(value), allow_nan=False))
    assert written == {"a": [1.5, "NaN", ["Infinity", "-Infinity"]], "b": {"c": True, "d": None, "e": "NaN"}}
    assert float(written["a"][2][1]) == -float("inf")


def test_the_kinds_are_counted_apart_in_any_dtype() -> None:
    w = torch.tensor([1.0, torch.nan, torch.inf, -torch.inf, -torch.inf])
    for dtype in (torch.float16, torch.bfloat16, torch.float32, torch.float64, torch.float8_e5m2):
        assert not_finite(w.to(dtype)) == "of 5 values 1 is NaN, 1 is ∞, 2 are −∞"
    assert not_finite(torch.tensor(torch.nan)) == "it is NaN"
    assert not_finite(torch.tensor([True])) == not_finite(torch.empty(0)) == not_finite(torch.ones(3)) == ""
