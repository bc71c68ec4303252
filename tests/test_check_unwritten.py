"""What holds memory as it was found cannot be checked; what was written through indices or masks can."""

from pathlib import Path

import pytest

from core.check import main

MODEL = """
import torch
from torch import nn


def net(tensor):
    found = nn.Sequential(nn.Linear(6, 4))
    found.w = tensor if isinstance(tensor, nn.Parameter) else nn.Parameter(tensor)
    return found


def by_mask():
    w = nn.Parameter(torch.empty(64, 50))
    kept = torch.rand(64, 50) < 0.5
    with torch.no_grad():
        w[kept] = 0.0
        w[~kept] = 1.0
    return net(w)


def half():
    w = nn.Parameter(torch.empty(64, 50))
    with torch.no_grad():
        w[torch.arange(20)] = 1.0
    return net(w)


def grown():
    return net(torch.randn(10, 50).resize_(64, 50))


def added():
    return net(torch.empty(64, 50) + torch.randn(64, 50))


def masked():
    return net(torch.where(torch.arange(60).reshape(6, 10) < 7, torch.empty(6, 10), 0))


def buffer():
    found = nn.Sequential(nn.Linear(6, 4))
    found.register_buffer("table", torch.empty(5), persistent=False)
    return found


def no_elements():
    found = nn.Sequential(nn.Linear(6, 4))
    found.register_buffer("table", torch.empty(0))
    return found
"""


@pytest.fixture
def model(tmp_path: Path) -> str:
    (tmp_path / "models.py").write_text(MODEL)
    return f"{tmp_path}/models.py"


def test_what_a_mask_and_its_opposite_filled_is_written(model: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([f"{model}:by_mask", "--story"]) == 0
    shown = capsys.readouterr()
    assert "never written" not in shown.out + shown.err
    assert "nothing is promised of that" in shown.out


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ("half", "w (64, 50) could not be checked: 2,200 of 3,200 elements were never written, memory as it was found"),
        ("grown", "w (64, 50) could not be checked: [10:] of it was never written, memory as it was found"),
        ("added", "w (64, 50) could not be checked: it was computed from what was never written, memory as it was"),
        ("masked", "w (6, 10) could not be checked: 7 of 60 elements were computed from what was never written"),
        ("buffer", "table (5,) could not be checked: it was never written, memory as it was found"),
    ],
)
def test_memory_as_it_was_found_cannot_be_checked(
    model: str, entry: str, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([f"{model}:{entry}"]) == 2
    assert says in capsys.readouterr().err


def test_a_buffer_without_elements_lacks_nothing(model: str) -> None:
    assert main([f"{model}:no_elements"]) == 0


def test_an_init_that_writes_what_the_constructor_left_is_enough(
    model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "inits.py").write_text(
        "import torch\n\n\ndef rest(net):\n    with torch.no_grad():\n        net.w[torch.arange(20, 64)] = 0.0\n"
    )
    assert main([f"{model}:half", "--init", f"{tmp_path}/inits.py:rest"]) == 0
    assert capsys.readouterr().err == ""
