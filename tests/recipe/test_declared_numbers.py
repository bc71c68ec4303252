"""Numbers that wait for a tensor's shape, against torch and against Python's own arithmetic."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from core.recipe import expects
from core.recipe.declared_numbers import TERMS, Term, calculate_gain, calculated, resolved
from core.recipe.declared_sizes import Sizes
from core.recipe.expectations import ByScheme
from core.recipe.schemes.by_fan import NONLINEARITIES
from core.theory.declarations import promise_declared
from core.theory.probability import moments

SHAPES = [(8, 4), (6, 3, 5, 5), (2, 7, 3)]


def std_of(text: str, shape: tuple[int, ...]) -> float:
    spec = expects.parse(text).of("w")
    assert spec is not None
    return moments(promise_declared(spec, shape).distribution).std


@pytest.mark.parametrize("shape", SHAPES)
def test_fans_sizes_and_counts_are_those_that_torch_computes(shape: tuple[int, ...]) -> None:
    tensor = torch.empty(shape)
    fan_in, fan_out = nn.init._calculate_fan_in_and_fan_out(tensor)
    for name, wanted in (("fan_in", fan_in), ("fan_out", fan_out), ("numel", tensor.numel()), ("shape", shape)):
        assert resolved(TERMS[name], Sizes(shape)) == wanted
    assert std_of("normal(0, 1 / sqrt(fan_in))", shape) == pytest.approx(1 / math.sqrt(fan_in))
    assert std_of("normal(0, shape[-1] / numel)", shape) == pytest.approx(shape[-1] / tensor.numel())
    assert std_of("normal(0, 1 / math.prod(shape[1:]))", shape) == pytest.approx(1 / fan_in)


@pytest.mark.parametrize("nonlinearity", NONLINEARITIES)
def test_gains_are_torchs(nonlinearity: str) -> None:
    assert calculate_gain(nonlinearity) == pytest.approx(nn.init.calculate_gain(nonlinearity))  # type: ignore[arg-type]
    wanted = 0.01 * nn.init.calculate_gain(nonlinearity)  # type: ignore[arg-type]
    assert std_of(f"normal(0, 0.01 * nn.init.calculate_gain('{nonlinearity}'))", (3, 3)) == pytest.approx(wanted)


def test_the_gain_of_a_leaky_relu_follows_its_slope_and_an_unknown_name_is_refused() -> None:
    wanted = nn.init.calculate_gain("leaky_relu", 0.2)
    assert calculate_gain("leaky_relu", 0.2) == pytest.approx(wanted)
    assert std_of('normal(0, calculate_gain(nonlinearity="leaky_relu", param=0.2))', (2, 2)) == pytest.approx(wanted)
    with pytest.raises(ValueError, match="knows no 'gelu'; it knows leaky_relu"):
        expects.parse("normal(0, nn.init.calculate_gain('gelu'))")


_LEAVES = st.sampled_from(["fan_in", "fan_out", "numel", "shape[0]", "shape[-1]", "2", "0.5", "math.pi", "7"])
_EXPRESSIONS = st.recursive(
    _LEAVES,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-*/"), inner).map(lambda parts: f"({' '.join(parts)})"),
        inner.map(lambda part: f"math.sqrt({part})"),
        st.tuples(inner, inner).map(lambda parts: f"max({', '.join(parts)})"),
    ),
    max_leaves=6,
)


@given(_EXPRESSIONS, st.sampled_from(SHAPES))
def test_a_term_is_the_number_that_python_calculates(text: str, shape: tuple[int, ...]) -> None:
    fan_in, fan_out = nn.init._calculate_fan_in_and_fan_out(torch.empty(shape, device="meta"))
    known = {"fan_in": fan_in, "fan_out": fan_out, "numel": math.prod(shape), "shape": shape, "math": math}
    try:
        wanted = eval(text, known)
    except (ValueError, ZeroDivisionError):
        return
    spec = expects.parse(f"atom({text})").of("w")
    assert spec is not None
    assert resolved(getattr(spec, "value"), Sizes(shape)) == pytest.approx(wanted, rel=1e-12)  # noqa: B009 (of any word)


def test_a_tensor_of_one_axis_has_no_fans() -> None:
    spec = expects.parse("normal(0, 1 / sqrt(fan_in))").of("b")
    assert spec is not None
    with pytest.raises(ValueError, match=r"shape \(8,\) has no fan-in and fan-out; they need two axes"):
        promise_declared(spec, (8,))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("normal(0, math.factorial(10**9))", "not a real number"),
        ("normal(0, 2 ** 64 ** 64)", "small powers"),
        ("normal(0, math.log(0))", r"log\(0\) is not a real number"),
        ("normal(0, math.inf)", "must be a number"),
        ("normal(0, math.system('x'))", "not part of a declaration"),
        ("normal(0, __import__('os').name)", "not part of a declaration"),
        ("normal(0, fan_inn)", "did you mean fan_in"),
        ("nomral(0, 1)", "did you mean normal"),
        ("normal(0, fan_in.__class__)", "not part of a declaration"),
        ("normal(fan_in, sd=1)", "no option 'sd'"),
        ("normal(0, shape['a'])", "whole number"),
        ("normal(0, " + "+".join(["fan_in"] * 400) + ")", "nests deeper"),
    ],
)
def test_what_is_no_number_gets_a_sentence(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        std_of(text, (4, 4))


def test_what_would_take_a_machine_down_is_bounded() -> None:
    assert calculated("round", 5, -(10**12)) == 0
    assert calculated("factorial", 5) == 120


def test_terms_that_double_do_not_grow_without_end() -> None:
    doubling = "\n".join(["a = fan_in + 1", *["a = a + a"] * 60, "expects = normal(0, a)"])
    with pytest.raises(ValueError, match="is set in line"):
        expects.find(doubling)


def test_code_that_runs_calculates_with_terms_too() -> None:
    fan_in = expects.__getattr__("fan_in")
    word = expects.__getattr__("normal")
    assert expects.expectations(word(0, 1 / expects.NAMES["sqrt"](fan_in))) == expects.parse(
        "normal(0, 1 / sqrt(fan_in))"
    )
    half = expects.expectations({"*": word(0, abs(-fan_in) // 2 + 1)}).of("w")
    assert isinstance(half, ByScheme)
    with pytest.raises(TypeError, match="is known only with a tensor"):
        math.sqrt(fan_in)
    with pytest.raises(TypeError):
        tuple(TERMS["shape"])  # type: ignore[arg-type]  # it must not count without end


def test_a_term_reads_as_it_is_written() -> None:
    term = 1 / calculated("sqrt", 2 * TERMS["fan_in"]) + TERMS["shape"][0]
    assert str(term) == "(1 / sqrt(2 * fan_in)) + shape[0]"
    assert isinstance(term, Term)
    spec = expects.parse("normal(0, 1 / sqrt(fan_in))").of("w")
    assert spec is not None
    assert promise_declared(spec, (8, 4)).algebra[0] == "std = 1 / sqrt(fan_in) = 0.5"
