"""What is said to stand in a tensor stands there; where exact arithmetic would give another number, both are said.

Torch's own arithmetic is the oracle: it was carried out on the tensor.
"""

import re
from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from core.questions.theory import Verdict
from core.recipe.schemes.distribution import constant
from core.recipe.schemes.promise import Exactly, Promise
from core.theory.model_verdict import ModelCheck
from core.theory.rounding import Grid
from core.theory.spelling import digits, spelled
from core.theory.verdict import verdict
from tests.theory.origin import built

DTYPES = (torch.bfloat16, torch.float16, torch.float8_e4m3fn, torch.float8_e5m2, torch.float32, torch.float64)


def of(make: Callable[[], Tensor]) -> tuple[Verdict, Tensor]:
    """The verdict on a tensor made by observed code, and the tensor."""

    def build() -> nn.Module:
        net = nn.Module()
        with torch.no_grad():
            net.register_parameter("w", nn.Parameter(make(), requires_grad=False))
        return net

    net, found = built(build)
    (row,) = ModelCheck(net, found).model().rows
    return row.verdict, net.get_parameter("w")


def added(dtype: torch.dtype, start: float, steps: int, each: float) -> Tensor:
    w = torch.zeros(8, dtype=dtype).fill_(start)
    for _ in range(steps):
        w.add_(each)
    return w


def far_and_back() -> Tensor:
    w = torch.zeros(8).fill_(1e5)
    w.add_(0.001)
    w.sub_(1e5)
    return w


def cancelled() -> Tensor:
    w = torch.zeros(8).fill_(0.3)
    w.sub_(0.1)
    w.sub_(0.2)
    return w


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (
            lambda: added(torch.bfloat16, 0.0, 1000, 0.001),
            "all 8 values are 0.5, where exact arithmetic would give 1 and bfloat16's own gives this",
        ),
        (
            lambda: added(torch.float16, 0.0, 3000, 1.0),
            "all 8 values are 2048, where exact arithmetic would give 3000 and float16's own gives this",
        ),
        (far_and_back, "all 8 values are 0, where exact arithmetic would give 0.001 and float32's own gives this"),
        (
            cancelled,
            "all 8 values are 1.4901161e−08, where exact arithmetic would give −2.776e−17 and float32's own gives this",
        ),
        (lambda: torch.full((8,), 1e-10).half(), "all 8 values are 0, as float16 rounds 1.000e−10"),
        (lambda: torch.full((8,), 500.0).to(torch.float8_e4m3fn), "all 8 values are 448, as float8_e4m3fn rounds 500"),
        (lambda: torch.full((8,), 0.1, dtype=torch.bfloat16), "all 8 values are 0.1001, as bfloat16 rounds 0.1"),
        (lambda: torch.full((8,), 0.1), "all 8 values are 0.1"),
        (lambda: torch.full((8,), 2**0.5), "all 8 values are 1.4142135"),
        (lambda: torch.full((1,), -4.59512), "the value is −4.59512"),
        (lambda: -torch.zeros(8), "all 8 values are 0"),
        (lambda: (torch.eye(4) * 0.3).bfloat16(), "equal to 0.3008 times the identity, as bfloat16 rounds 0.3"),
        (lambda: torch.eye(4) * 0.3, "equal to 0.3 times the identity"),
    ],
)
def test_what_is_there_is_said_and_what_exact_arithmetic_would_give(make: Callable[[], Tensor], sentence: str) -> None:
    found, _ = of(make)
    assert (found.kind, found.sentence) == ("consistent", sentence)


def test_a_diagonal_and_an_atom_are_said_as_they_are_too() -> None:
    def diagonal() -> Tensor:
        return torch.full((4, 4), 0.1, dtype=torch.bfloat16).fill_diagonal_(0.3)

    def half() -> Tensor:
        w = torch.rand(800).bfloat16()
        w.mul_(w.abs() >= 0.5)
        return w.add_(0.1)

    assert of(diagonal)[0].sentence == (
        "0.3008, as bfloat16 rounds 0.3, on the diagonal; elsewhere all 12 values are 0.1001, as bfloat16 rounds 0.1"
    )
    assert "% are 0.1001, as bfloat16 rounds 0.1, against 50.0% expected" in of(half)[0].sentence


@given(
    dtype=st.sampled_from((torch.bfloat16, torch.float16, torch.float32, torch.float64)),
    start=st.floats(-100, 100),
    steps=st.lists(
        st.tuples(st.sampled_from(["mul_", "div_", "add_", "sub_"]), st.floats(0.01, 50)), min_size=1, max_size=8
    ),
)
@settings(max_examples=60, deadline=None)
def test_observed_arithmetic_in_any_dtype_is_said_as_it_ended(
    dtype: torch.dtype, start: float, steps: list[tuple[str, float]]
) -> None:
    def make() -> Tensor:
        w = torch.zeros(5, dtype=dtype).fill_(start)
        for operation, number in steps:
            getattr(w, operation)(number)
        return w

    found, w = of(make)
    if not bool(torch.isfinite(w).all()):
        assert "not finite" in found.sentence
        return
    assert found.kind == "consistent", found.sentence
    assert_true(found.sentence, w)


def assert_true(sentence: str, w: Tensor) -> None:
    said = re.match(r"all \d+ values are ([−\d.e+]+)", sentence)
    assert said, sentence
    value = float(said[1].replace("−", "-"))
    assert float(torch.full((), value, dtype=torch.float64).to(w.dtype)) == float(w[0]), sentence
    assert value == pytest.approx(float(w[0]), rel=1e-3, abs=0), sentence


@given(value=st.floats(-400, 400), dtype=st.sampled_from(DTYPES))
def test_a_number_is_spelled_so_that_its_dtype_reads_it_back(value: float, dtype: torch.dtype) -> None:
    there = float(torch.full((), value, dtype=torch.float64).to(dtype))
    said = float(digits(there, dtype).replace("−", "-"))
    assert float(torch.full((), said, dtype=torch.float64).to(dtype)) == there


def test_values_that_are_not_all_one_number_are_said_with_both_ends() -> None:
    w = torch.tensor([0.2, 0.20000002, 0.2])
    assert spelled(w, 0.2, Grid(torch.float32, torch.float32, 1e-6)).text == (
        "0.2 to 0.20000002, where exact arithmetic would give 0.2"
    )


def test_how_far_rounding_may_move_a_constant_is_said_where_that_is_much() -> None:
    promise = Promise(constant(1.0), (), Exactly("constant", 1.0), rounded=1000.0)
    sentence = "all 8 values are 0.5, where exact arithmetic would give 1 and rounding may move that by up to 7.8"
    assert verdict(torch.full((8,), 0.5, dtype=torch.bfloat16), promise) == Verdict("consistent", sentence)
    assert verdict(torch.full((8,), 20.0, dtype=torch.bfloat16), promise).kind == "violates"
    assert verdict(torch.full((8,), 1.0, dtype=torch.bfloat16), promise).sentence == "all 8 values are 1"
