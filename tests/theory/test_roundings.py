"""Values as a dtype rounds them: few distinct ones are no repeats, and equal within rounding is equal.

Torch itself is the oracle: what it writes, adds and multiplies in a dtype is right, however that dtype rounds.
"""

import math
from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from core.questions.story import Story
from core.questions.theory import Verdict
from core.recipe.schemes.distribution import Distribution, constant, normal, uniform
from core.recipe.schemes.promise import Exactly, Promise, simplified
from core.recipe.schemes.table import promise_of
from core.text import apart
from core.theory.probability import affine
from core.theory.rounding import rounded
from core.theory.transform import transformed
from core.theory.verdict import verdict

WRONG = ("violates", "inconsistent")
NARROW = (torch.bfloat16, torch.float16, torch.float8_e4m3fn, torch.float8_e5m2)
WIDE = (torch.float32, torch.float64)
DTYPES = pytest.mark.parametrize("dtype", [*NARROW, *WIDE], ids=str)


def exactly(value: float) -> Promise:
    return Promise(constant(value), (), Exactly("constant", value))


def moved(before: Promise, factor: float, offset: float) -> Promise:
    """The promise of a constant, or of draws, after factor · w + offset."""
    if isinstance(before.structure, Exactly):
        return rounded(before, exactly(factor * before.structure.value + offset), factor, offset)
    return rounded(before, Promise(affine(before.distribution, factor, offset)), factor, offset)


@DTYPES
@given(value=st.floats(-200, 200))
@settings(max_examples=60, deadline=None)
def test_a_constant_is_what_torch_writes_for_it(dtype: torch.dtype, value: float) -> None:
    assert verdict(torch.full((3,), value, dtype=dtype), exactly(value)).kind == "consistent"
    near = torch.full((3,), value, dtype=dtype)
    near[1] = torch.nextafter(near[1].double(), torch.tensor(math.inf, dtype=torch.float64)).to(dtype)
    equal = bool((near == near[0]).all())
    assert verdict(near, exactly(value)).kind == ("consistent" if equal else "violates")


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("*"), st.floats(0.05, 20) | st.floats(-20, -0.05)),
        st.tuples(st.just("+"), st.floats(-30, 30)),
    ),
    min_size=1,
    max_size=6,
)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, *WIDE], ids=str)
@given(start=st.floats(-5, 5), steps=STEPS)
@settings(max_examples=80, deadline=None)
def test_a_constant_after_arithmetic_is_equal_within_what_it_rounds(
    dtype: torch.dtype, start: float, steps: list[tuple[str, float]]
) -> None:
    w, promise = torch.full((4,), start, dtype=dtype), exactly(start)
    for operator, number in steps:
        w = w * number if operator == "*" else w + number
        promise = moved(promise, number, 0.0) if operator == "*" else moved(promise, 1.0, number)
    if bool(torch.isfinite(w).all()):
        found = verdict(w, promise)
        assert found.kind == "consistent", found.sentence


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32], ids=str)
def test_a_constant_too_small_for_its_dtype_may_be_lost(dtype: torch.dtype) -> None:
    tiny = 4e-41 if dtype == torch.bfloat16 else 6e-46
    w = torch.full((4,), tiny, dtype=dtype) * 3.0
    assert verdict(w, moved(exactly(tiny), 3.0, 0.0)).kind == "consistent"


def test_zeros_plus_and_minus_are_what_is_left_and_no_more() -> None:
    w = torch.zeros(8)
    w += 0.3
    w -= 0.1
    promise = moved(moved(exactly(0.0), 1.0, 0.3), 1.0, -0.1)
    sentence = "all 8 values are 0.20000002, where exact arithmetic would give 0.2"
    assert verdict(w, promise) == Verdict("consistent", sentence, None, ())
    assert verdict(w + 1e-5, promise).kind == "violates"
    assert verdict(torch.full((8,), 0.1).double() * 2, moved(exactly(0.1), 2.0, 0.0)).kind == "violates"


def test_two_numbers_that_differ_never_look_equal() -> None:
    found = verdict(torch.full((8,), -4.59512), exactly(-4.595))
    assert found.sentence == "8 of 8 values differ from −4.595: the first at [0] is −4.5951"


@given(st.floats(allow_nan=False, allow_infinity=False), st.integers(1, 1000))
def test_numbers_are_spelled_as_far_as_they_differ(one: float, steps: int) -> None:
    other = one
    for _ in range(steps):
        other = math.nextafter(other, math.inf)
    first, second = apart(one, other)
    assert first != second
    assert apart(one, one)[0] == apart(one, one)[1]


def normals(mean: float, std: float, dtype: torch.dtype, *through: torch.dtype) -> Callable[[tuple[int, ...]], Tensor]:
    """Draws in double precision, then in each dtype they went through."""

    def draw(shape: tuple[int, ...]) -> Tensor:
        w = mean + std * torch.randn(shape, dtype=torch.float64)
        for each in (*through, dtype):
            w = w.to(each)
        return w

    return draw


GRIDS: dict[str, tuple[Distribution, Callable[[tuple[int, ...]], Tensor]]] = {
    "N(1e6, 0.001) in float32": (normal(1e6, 0.001), lambda shape: torch.empty(shape).normal_(1e6, 0.001)),
    "N(1, 0.001) in bfloat16": (normal(1, 0.001), lambda s: torch.empty(s, dtype=torch.bfloat16).normal_(1, 0.001)),
    "N(1, 0.02) in float8": (normal(1, 0.02), normals(1, 0.02, torch.float8_e4m3fn, torch.float32)),
    "N(0, 0.02) in float8": (normal(0, 0.02), normals(0, 0.02, torch.float8_e5m2, torch.float32)),
    "U(7, 7.1) in float16": (uniform(7, 7.1), lambda s: torch.empty(s, dtype=torch.float16).uniform_(7, 7.1)),
    "U(1, 1.01) in float16": (uniform(1, 1.01), lambda s: torch.empty(s, dtype=torch.float16).uniform_(1, 1.01)),
    "U(1, 1.001) in float16": (uniform(1, 1.001), lambda s: torch.empty(s, dtype=torch.float16).uniform_(1, 1.001)),
    "U(1, 1.01) in bfloat16": (uniform(1, 1.01), lambda s: torch.empty(s, dtype=torch.bfloat16).uniform_(1, 1.01)),
    "U(-1.01, -1) in bfloat16": (
        uniform(-1.01, -1),
        lambda s: torch.empty(s, dtype=torch.bfloat16).uniform_(-1.01, -1),
    ),
    "N(-3, 0.01) in float16": (normal(-3, 0.01), lambda s: torch.empty(s, dtype=torch.float16).normal_(-3, 0.01)),
    "N(0, 1e-40) in float32": (normal(0, 1e-40), lambda s: torch.empty(s).normal_(0, 1e-40)),
    "N(0, 1e-46) in float32": (normal(0, 1e-46), normals(0, 1e-46, torch.float32)),
    "N(0, 1e-8) in float16": (normal(0, 1e-8), normals(0, 1e-8, torch.float16, torch.float32)),
    "N(1e6, 0.001) in float64": (normal(1e6, 1e-3), normals(1e6, 1e-3, torch.float64)),
    "N(0, 1e-200) in float64": (normal(0, 1e-200), normals(0, 1e-200, torch.float64)),
    "N(0, 1e200) in float64": (normal(0, 1e200), normals(0, 1e200, torch.float64)),
    "N(0, 0.02) in bfloat16, as float32": (normal(0, 0.02), normals(0, 0.02, torch.float32, torch.bfloat16)),
    "N(5, 0.3) in float16, as float64": (normal(5, 0.3), normals(5, 0.3, torch.float64, torch.float16)),
    "N(1, 0.02) in float8, as float32": (normal(1, 0.02), normals(1, 0.02, torch.float32, torch.float8_e4m3fn)),
}


@pytest.mark.parametrize("shape", [(6,), (2, 3), (30, 8), (100, 80)], ids=str)
@pytest.mark.parametrize("name", GRIDS)
def test_few_distinct_values_are_no_error(name: str, shape: tuple[int, ...]) -> None:
    distribution, draw = GRIDS[name]
    narrowest = "float8_e4m3fn" if name.endswith("float8, as float32") else ""
    for seed in range(25):
        torch.manual_seed(seed)
        found = verdict(draw(shape), Promise(distribution, narrowest=narrowest))
        assert found.kind not in WRONG, (seed, found.sentence)


def test_a_scale_that_is_wrong_is_found_in_narrow_dtypes_too() -> None:
    torch.manual_seed(0)
    for low, high in ((1, 1.02), (1, 1.2), (-0.1, 0.1)):
        for shape in ((64, 50), (200, 150)):
            wrong = torch.empty(shape, dtype=torch.float16).uniform_(low, low + 1.5 * (high - low))
            assert verdict(wrong, Promise(uniform(low, high))).kind in WRONG
            once = torch.empty(shape[1:], dtype=torch.float16).uniform_(low, high).expand(shape).clone()
            assert verdict(once, Promise(uniform(low, high))).kind in WRONG


def test_what_rounding_hides_is_not_said_to_be_consistent() -> None:
    w = torch.empty(4000).normal_(1e6, 0.001)
    assert verdict(w, Promise(normal(1e6, 0.001))).kind == "cannot tell"
    assert verdict(torch.empty(4000).normal_(1e6, 10), Promise(normal(1e6, 0.001))).kind in WRONG


@pytest.mark.parametrize("shape", [(64,), (200, 300)], ids=str)
def test_draws_shifted_far_and_back_keep_what_that_rounded(shape: tuple[int, ...]) -> None:
    torch.manual_seed(0)
    w = torch.empty(shape).normal_(0, 0.02)
    w += 1000
    w -= 1000
    promise = moved(moved(Promise(normal(0, 0.02)), 1.0, 1000.0), 1.0, -1000.0)
    assert verdict(w, promise).kind == "consistent"
    assert verdict(w, Promise(normal(0, 0.02))).kind != "consistent" or shape == (64,)
    assert verdict(1.5 * w, promise).kind in WRONG or shape == (64,)


def test_a_model_made_half_and_float_again_is_as_right_as_before() -> None:
    for seed in range(40):
        torch.manual_seed(seed)
        layer = torch.nn.Linear(3, 8).half().float().double()
        for tensor in (layer.weight, layer.bias):
            own = uniform(-1 / math.sqrt(3), 1 / math.sqrt(3))
            assert verdict(tensor, Promise(own)).kind not in WRONG


_THRESHOLD = Story("transformed", "mul_", arguments={"at_least": 5.0})


@pytest.mark.parametrize("width", [64, 80, 96, 112])
def test_what_a_threshold_leaves_of_a_narrow_normal_is_almost_all_zero(width: int) -> None:
    w = torch.nn.init.kaiming_normal_(torch.empty(width, width))
    w *= w.abs() >= 5
    promise = transformed(promise_of("kaiming_normal", {}, (width, width)), _THRESHOLD)
    assert promise is not None
    assert promise == simplified(promise)
    found = verdict(w, promise)
    assert (found.kind, found.sentence) == ("consistent", f"all {width * width:,} values are 0")
    w[3, 4] = 5.5
    assert verdict(w, promise).kind == "violates"
