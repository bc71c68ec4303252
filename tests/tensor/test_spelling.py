"""What a cell of the value table says is what torch prints of that element; its digits are the element's own."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from core.answers.answer import answer
from core.answers.base import Moments
from core.questions.tensor import GetValues, Values
from core.recipe.recipe import Recipe
from core.tensor.spelling import printed, spelled


def values_of(tensor: torch.Tensor) -> Values:
    net = nn.Module()
    net.register_buffer("w", tensor)
    values: Values = answer(GetValues("w"), Moments(Recipe("mlp"), net, net, ()))
    return values


@pytest.mark.parametrize(
    ("value", "dtype", "shown", "digits"),
    [
        (1e-3, torch.float32, "0.0010", "0.001"),
        (-4.1152258e29, torch.float32, "-4.1152e+29", "-4.1152258e+29"),
        (0.1, torch.float64, "0.1000", "0.1"),
        (0.1, torch.float16, "0.1000", "0.1"),
        (-0.0, torch.float32, "-0.", "-0.0"),
        (42.0, torch.float32, "42.", "42.0"),
        (math.nan, torch.float32, "nan", "nan"),
        (-math.inf, torch.bfloat16, "-inf", "-inf"),
        (7, torch.int64, "7", "7"),
        (1, torch.bool, "True", "True"),
        (1 + 2j, torch.complex64, "1.+2.j", "(1+2j)"),
    ],
)
def test_an_element_is_spelled_as_torch_prints_it(value: complex, dtype: torch.dtype, shown: str, digits: str) -> None:
    values = values_of(torch.tensor([value], dtype=dtype))
    assert (values.printed, values.exact) == ((shown,), (digits,))
    assert str(torch.tensor(value, dtype=dtype)).startswith(f"tensor({shown}")


@given(st.floats(width=32))
def test_the_digits_are_the_elements_own(value: float) -> None:
    element = torch.tensor(value)
    assert math.isnan(value) or torch.tensor(float(spelled(element))).equal(element)
    assert f"tensor({printed(element)})" == str(element)


def test_elements_are_in_the_order_of_the_rows() -> None:
    values = values_of(torch.arange(6).reshape(2, 3).t())
    assert values.exact == ("0", "3", "1", "4", "2", "5")
    assert values.values.ravel().tolist() == [0, 3, 1, 4, 2, 5]
