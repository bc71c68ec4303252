"""What is certain is said with its numbers: how many values, which bounds, which of them is the farthest."""

import pytest
import torch
from torch import Tensor

from core.recipe.schemes.scheme import Value
from core.recipe.schemes.table import promise_of
from core.theory.verdict import verdict


def said(tensor: Tensor, scheme: str, **options: Value) -> str:
    found = verdict(tensor, promise_of(scheme, options, tuple(tensor.shape)))
    assert found.kind == "violates"
    return found.sentence


@pytest.mark.parametrize(
    ("strays", "sentence"),
    [
        ([3.5], "1 of 40 values outside −1 to 3, the farthest 3.5"),
        ([-1.5], "1 of 40 values outside −1 to 3, the farthest −1.5"),
        ([3.5, -1.75], "2 of 40 values outside −1 to 3, the farthest −1.75"),
        ([4.0, -1.75, 3.25], "3 of 40 values outside −1 to 3, the farthest 4"),
    ],
)
def test_values_outside_bounds_that_are_not_symmetric(strays: list[float], sentence: str) -> None:
    torch.manual_seed(0)
    w = torch.empty(40).uniform_(-1, 3)
    w[: len(strays)] = torch.tensor(strays)
    assert said(w, "uniform", a=-1.0, b=3.0) == sentence


def test_symmetric_bounds_are_said_once() -> None:
    torch.manual_seed(0)
    w = torch.empty(40).uniform_(-2, 2)
    w[7] = 2.5
    assert said(w, "uniform", a=-2.0, b=2.0) == "1 of 40 values outside ±2, the farthest 2.5"


@pytest.mark.parametrize(("count", "verb"), [(1, "is"), (3, "are")])
def test_values_that_are_not_finite_are_counted(count: int, verb: str) -> None:
    torch.manual_seed(0)
    w = torch.randn(5, 8)
    w.view(-1)[:count] = torch.inf
    assert said(w, "normal") == f"{count} of 40 values {verb} not finite"
