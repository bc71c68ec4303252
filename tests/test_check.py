"""The check without a browser: what it prints, what it exits with, and what it says where it cannot."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from core.check import main, seeds
from core.check.checking import check

MODEL = """
import torch
from torch import nn


def build():
    return nn.Sequential(nn.Linear(40, 80), nn.ReLU(), nn.Linear(80, 30))


def broken():
    raise RuntimeError("no such layer")


layer = nn.Linear(40, 30)
number = 3
"""

INITS = """
import torch
from torch import nn

expects = {"*.weight": kept(uniform(-10, 10), at_least=5)}


def my_init(m):
    if type(m) == nn.Linear:
        nn.init.uniform_(m.weight, -10, 10)
        m.weight.data *= m.weight.data.abs() >= 5


def too_wide(m):
    if type(m) == nn.Linear:
        nn.init.normal_(m.weight, 0, 0.03)
        nn.init.zeros_(m.bias)


too_wide.expects = {"*.weight": normal(0, 0.02), "*.bias": zeros()}


def forgets_the_bias(m):
    if type(m) == nn.Linear:
        nn.init.normal_(m.weight, 0, 0.02)


forgets_the_bias.expects = too_wide.expects


def of_tensors(w: torch.Tensor):
    if w.dim() > 1:
        nn.init.orthogonal_(w)


of_tensors.expects = "orthogonal()"


def fails(m):
    return m.nothing


def malformed(m):
    pass


malformed.expects = 3
"""
SILENT = "from torch import nn\n\n\ndef silent(m):\n    if type(m) == nn.Linear:\n        nn.init.ones_(m.bias)\n"


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A folder with a model and initializations of one's own, as references begin."""
    for name, text in (
        ("model.py", MODEL),
        ("inits.py", INITS),
        ("silent.py", SILENT),
        ("bad.py", "import nothing_\n"),
    ):
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    return str(tmp_path)


def test_a_model_as_torch_builds_it_passes(own: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([f"{own}/model.py:build"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "seed 0: 4 tensors: 4 consistent"
    assert lines[1].split()[:3] == ["consistent", "0.weight", "(80,"]
    assert "std about 0 is 0.09" in lines[1]


def test_an_honest_initialization_passes_with_every_seed(own: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([f"{own}/model.py:build", "--init", f"{own}/inits.py:my_init", "--seed", "0..4"]) == 0
    assert [line[:6] for line in capsys.readouterr().out.splitlines() if line.startswith("seed")] == [
        f"seed {seed}" for seed in range(5)
    ]


def test_what_is_not_as_declared_exits_with_1(own: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([f"{own}/model.py:build", "--init", f"{own}/inits.py:too_wide"]) == 1
    ratios = re.findall(r"against 0\.02 expected, ([\d.]+) times", capsys.readouterr().out)
    assert [float(ratio) for ratio in ratios] == pytest.approx([1.5, 1.5], rel=0.04)  # of 3,200 and 2,400 values drawn
    found = check(f"{own}/model.py:build", f"{own}/inits.py:forgets_the_bias", 0)
    assert [row.verdict.kind for row in found.rows] == ["consistent", "violates", "consistent", "violates"]


def test_a_function_of_a_tensor_draws_the_weights(own: str) -> None:
    found = check(f"{own}/model.py:build", f"{own}/inits.py:of_tensors", 0)
    assert [row.source for row in found.rows[::2]] == ["step 1, inits.py:of_tensors declares it"] * 2
    assert found.rows[0].verdict.sentence.startswith("orthogonal to")
    assert found.rows[1].source == "PyTorch's default of Linear in model.py:7"


def test_a_scheme_by_name_and_torchs_own_functions(own: str) -> None:
    drawn = "drawn by kaiming_normal_(a=0, mode='fan_in', nonlinearity='leaky_relu') in step 1"
    assert check(f"{own}/model.py:build", "kaiming_normal", 0).rows[0].source == drawn
    assert check(f"{own}/model.py:build", "torch.nn.init:kaiming_normal_", 0).rows[0].source == drawn


def test_what_an_initialization_touches_without_a_word_is_judged_by_what_it_called(own: str) -> None:
    found = check(f"{own}/model.py:build", f"{own}/silent.py:silent", 0)
    assert [row.verdict.kind for row in found.rows] == ["consistent"] * 4
    assert found.rows[1].source == "filled by ones_ in silent.py:6, step 1"
    assert found.rows[1].verdict.sentence == "all 80 values are 1"


def test_modules_by_dotted_name_and_models_that_are_there_already(own: str) -> None:
    assert check("core.models.mlp:mlp", None, 0).kind == "consistent"
    assert check(f"{own}/model.py:layer", None, 0).kind == "consistent"


def test_json_holds_the_table(own: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([f"{own}/model.py:build", "--json", "--seed", "3"]) == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert (found["seed"], found["kind"], len(found["rows"])) == (3, "consistent", 4)
    assert found["rows"][0]["verdict"]["kind"] == "consistent"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["{own}/model.py"], "write path/to/file.py:name"),
        (["{own}/nowhere.py:build"], "there is no file"),
        (["{own}/model.py:nothing"], "has no function or class nothing; it holds torch, nn, build"),
        (["{own}/model.py:nothing"], "; name one of them, as in model.py:NAME"),
        (["{own}/model.py:broken"], "model.py:broken fails: model.py line 11: RuntimeError: no such layer"),
        (["{own}/model.py:number"], "is an int; it needs to be an nn.Module, or a function that gives one"),
        (["{own}/bad.py:build"], "cannot be imported: bad.py line 1: ModuleNotFoundError"),
        (["no.such.package:build"], "there is no module 'no.such.package'"),
        (["{own}/model.py:build", "--seed", "x"], "--seed 'x' is no seed; write 3, or 0..9"),
        (["{own}/model.py:build", "--seed", "5..1"], "holds 0 seeds"),
        (["{own}/model.py:build", "--init", "nope"], "'nope' names no object"),
        (["{own}/model.py:build", "--init", "dirac"], "dirac fits no weight"),
        (
            ["{own}/model.py:build", "--init", "{own}/inits.py:fails"],
            "no attribute 'nothing', at 0 (Linear)",
        ),
        (["{own}/model.py:build", "--init", "{own}/inits.py:malformed"], "a distribution such as normal"),
        (["{own}/model.py:build", "--init", "{own}/model.py:number"], "is an int; it needs to be a function"),
    ],
)
def test_what_cannot_be_checked_exits_with_2_and_one_sentence(
    own: str, arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([argument.format(own=own) for argument in arguments]) == 2
    error = capsys.readouterr().err
    assert says in error
    assert error.count("\n") == 1


def test_seeds_are_one_or_a_range() -> None:
    assert (list(seeds("3")), list(seeds("0..2"))) == ([3], [0, 1, 2])


@pytest.mark.slow
def test_it_runs_as_a_command_of_its_own(own: str) -> None:
    command = [sys.executable, "-m", "core.check", f"{own}/model.py:build", "--init", f"{own}/inits.py:too_wide"]
    ended = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    assert ended.returncode == 1
    assert ended.stdout.startswith("seed 0: 4 tensors: 2 in violation of theory, 2 consistent")
    assert ended.stderr == ""


EQUAL = """
import copy

import torch
from torch import nn


def cloned():
    layer = nn.Linear(6, 6)
    return nn.Sequential(layer, nn.ReLU(), copy.deepcopy(layer))


def widths():
    torch.manual_seed(0)
    first = nn.Linear(16, 25)
    torch.manual_seed(0)
    return nn.Sequential(first, nn.Linear(25, 4))


def one_seed(m):
    if type(m) == nn.Linear:
        torch.manual_seed(3)
        nn.init.normal_(m.weight, 0, 0.02)
"""


def test_tensors_that_are_equal_and_not_tied_are_listed_and_change_no_verdict(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "equal.py").write_text(EQUAL, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    status = main([f"{tmp_path}/equal.py:cloned"])
    assert [line for line in capsys.readouterr().out.splitlines() if "equal" in line] == [
        "  equal in value, not tied: 0.weight, 2.weight (6, 6): copied from 0.weight in equal.py:10",
        "  equal in value, not tied: 0.bias, 2.bias (6,): copied from 0.bias in equal.py:10",
    ]
    assert status == 0
    main([f"{tmp_path}/equal.py:cloned", "--json", "--init", f"{tmp_path}/equal.py:one_seed"])
    (found,) = json.loads(capsys.readouterr().out)
    assert [group["names"] for group in found["equal"]] == [["0.weight", "2.weight"], ["0.bias", "2.bias"]]
    assert found["equal"][0]["shape"] == [6, 6]
    assert found["equal"][0]["trained"] is True
    assert found["equal"][0]["reason"].startswith("each drawn by normal_(mean=0, std=0.02) after the same seed")


def test_layers_of_different_width_after_one_seed_are_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "equal.py").write_text(EQUAL, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    main([f"{tmp_path}/equal.py:widths"])
    assert [line for line in capsys.readouterr().out.splitlines() if "same numbers" in line] == [
        "  same numbers, not tied: 1.weight: all its 100 values are 0.8 times those that 0.weight begins with: "
        "both drawn by Linear.reset_parameters after the same seed"
    ]


def test_a_model_whose_tensors_differ_lists_none(own: str, capsys: pytest.CaptureFixture[str]) -> None:
    main([f"{own}/model.py:build", "--json"])
    (found,) = json.loads(capsys.readouterr().out)
    assert found["equal"] == found["starts"] == []
