"""What a constructor makes of a draw or a number, by the command: wider, narrower, negated, its magnitude."""

from pathlib import Path

import pytest

from core.check.checking import check

HELD = {
    "0.1 written in single precision, then made double": "full((8,), 0.1).double()",
    "0.1 made half and float again": "full((8,), 0.1).half().float()",
    "0.1 made bfloat16 and double again": "full((8,), 0.1).bfloat16().double()",
    "arithmetic before a wider type": "(zeros(8) + 0.3 - 0.1).double()",
    "a number negated": "full((8,), 0.3).neg()",
    "a draw negated": "-rand(64, 64)",
    "a draw negated twice": "rand(64, 64).neg().neg()",
    "a whole number, through integers": "full((8,), 3.0).long().float()",
    "a draw in half, made float": "rand(64, 64, dtype=float16).float()",
}
OPEN = {
    "magnitudes of a draw": "randn(64, 64).abs()",
    "magnitudes of a number": "full((8,), -0.3).abs()",
    "magnitudes, scaled": "randn(64, 64).abs() * 0.1",
    "whole parts of a draw": "(rand(64, 64) * 10).int().float()",
    "whole parts of a number": "full((8,), 0.3).long().float()",
}


def _model(folder: Path, tensor: str) -> str:
    lines = ("from torch import *", "from torch import nn, float16", "def build():", "    net = nn.Module()")
    (folder / "made.py").write_text("\n".join((*lines, f"    net.w = nn.Parameter({tensor})", "    return net", "")))
    return f"{folder / 'made.py'}:build"


@pytest.mark.parametrize("tensor", HELD.values(), ids=HELD)
def test_what_is_made_of_a_known_tensor_is_as_right_as_that(tensor: str, tmp_path: Path) -> None:
    for seed in range(3):
        (found,) = check(_model(tmp_path, tensor), None, seed).rows
        assert found.verdict.kind == "consistent", found.verdict.sentence


@pytest.mark.parametrize("tensor", OPEN.values(), ids=OPEN)
def test_what_loses_a_sign_or_a_fraction_is_not_promised_to_be_what_it_was_taken_of(
    tensor: str, tmp_path: Path
) -> None:
    (found,) = check(_model(tmp_path, tensor), None, 0).rows
    assert found.verdict.kind == "no theory", found.verdict.sentence
