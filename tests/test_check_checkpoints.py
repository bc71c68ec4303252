"""A checkpoint on the command line: nothing is promised of it, and what it holds that no draw leaves is told."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from core.check import main
from core.command import main as command
from tests.checkpoint.files import calling, saved, torch_zip

torch.manual_seed(0)


def state() -> dict[str, torch.Tensor]:
    return {"a.weight": torch.randn(40, 30), "a.bias": torch.randn(40), "steps": torch.tensor(7)}


def run(path: Path, capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, str, str]:
    status = main([str(path), *options])
    said = capsys.readouterr()
    return status, said.out, said.err


def test_without_a_flaw_it_has_no_theory_and_exits_with_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save_file(state(), tmp_path / "w.safetensors")
    status, out, err = run(tmp_path / "w.safetensors", capsys)
    assert (status, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == "seed 0: 3 tensors: 3 without theory"
    assert all("loaded from w.safetensors; nothing is promised of that" in line for line in lines[1:4])
    assert len(lines) == 4


def test_values_that_are_not_finite_are_told_with_how_many(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    held = state()
    held["a.weight"][3, 4] = torch.nan
    held["a.bias"][:2] = torch.tensor([torch.inf, -torch.inf])
    status, out, _ = run(saved(tmp_path / "w.pt", held), capsys)
    assert status == 0
    lines = {line.split()[2]: line for line in out.splitlines() if "no theory" in line}
    assert lines["a.weight"].endswith("of 1,200 values 1 is NaN")
    assert lines["a.bias"].endswith("of 40 values 1 is ∞, 1 is −∞")
    assert "NaN" in json.dumps(json.loads(run(tmp_path / "w.pt", capsys, "--json")[1], parse_constant=pytest.fail))


def test_repeats_and_equal_tensors_are_told_and_violate_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    held = state()
    held["a.weight"][20:] = held["a.weight"][:20]
    held["b.weight"] = torch.randn(8, 8)
    held["c.weight"] = held["b.weight"].clone()
    status, out, _ = run(saved(tmp_path / "w.pt", held), capsys)
    assert status == 0
    assert "equal in value, not tied: b.weight, c.weight (8, 8): each loaded from w.pt" in out
    (line,) = (line for line in out.splitlines() if " a.weight " in line)
    assert "20" in line
    assert "no theory" in line


def test_a_tie_of_the_file_is_one_tensor(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    net = nn.Sequential(nn.Embedding(5, 3), nn.Linear(3, 5, bias=False))
    net[1].weight = net[0].weight
    status, out, _ = run(saved(tmp_path / "w.pt", net.state_dict()), capsys)
    assert status == 0
    assert out.startswith("seed 0: 1 tensor")
    assert "equal in value" not in out


def test_what_is_no_checkpoint_is_a_sentence_and_exits_with_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mark = tmp_path / "mark"
    bad = tmp_path / "bad.pt"
    bad.write_bytes(torch_zip(calling(Path.touch, mark)))
    for path in (bad, tmp_path / "gone.safetensors"):
        status, out, err = run(path, capsys)
        assert (status, out) == (2, "")
        assert err.startswith(f"core.check: '{path.name}' ")
        assert len(err.splitlines()) == 1
    assert not mark.exists()


def test_an_init_is_checked_on_it_as_on_any_model(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save_file(state(), tmp_path / "w.safetensors")
    status, out, _ = run(tmp_path / "w.safetensors", capsys, "--init", "xavier_uniform")
    assert status == 0
    assert "consistent" in out


def test_the_command_paramscope_checks_it_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save_file(state(), tmp_path / "w.safetensors")
    assert command(["check", str(tmp_path / "w.safetensors")]) == 0
    assert "3 without theory" in capsys.readouterr().out
