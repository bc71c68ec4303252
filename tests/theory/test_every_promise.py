"""Whatever is promised of whatever tensor, a verdict comes: no spread, share or mean is too small or too large."""

import contextlib
import math
from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from core.recipe.schemes.distribution import Distribution, mixed, normal, truncated_normal, uniform
from core.recipe.schemes.promise import Promise, simplified
from core.recipe.schemes.scheme import Value
from core.recipe.schemes.table import promise_of
from core.theory.curves import curve
from core.theory.identify import identify
from core.theory.probability import affine, cut_below
from core.theory.verdict import verdict

WRONG = ("violates", "inconsistent")
SIZES = st.floats(1e-320, 1e300)
SIGNED = st.builds(math.copysign, SIZES, st.sampled_from([1.0, -1.0])) | st.just(0.0)
SHAPE = (6, 4)
SCHEMES: st.SearchStrategy[tuple[str, dict[str, Value]]] = st.one_of(
    st.tuples(
        st.sampled_from(["xavier_uniform", "xavier_normal", "orthogonal"]), st.builds(dict, gain=st.floats(0, 1e3))
    ),
    st.tuples(st.sampled_from(["kaiming_normal", "kaiming_uniform"]), st.builds(dict, a=st.floats(-1e3, 1e3))),
    st.tuples(st.just("normal"), st.builds(dict, mean=st.floats(-1e6, 1e6), std=st.floats(0, 1e6))),
    st.tuples(st.just("uniform"), st.builds(dict, a=st.floats(-1e6, 0), b=st.floats(1e-300, 1e6))),
    st.tuples(st.just("sparse"), st.builds(dict, sparsity=st.floats(0, 1), std=st.floats(0, 1e6))),
    st.tuples(st.just("constant"), st.builds(dict, val=st.floats(-1e6, 1e6))),
)
MOVES = st.lists(
    st.one_of(
        st.tuples(st.just("scale"), SIGNED.filter(bool)),
        st.tuples(st.just("shift"), SIGNED),
        st.tuples(st.just("cut"), SIZES),
    ),
    max_size=4,
)
NUMBERS = (
    st.floats(allow_nan=False, allow_infinity=False) | st.floats(-3, 3) | st.sampled_from([0.0, -0.0, 5e-324, 1e308])
)


def moved(distribution: Distribution, moves: list[tuple[str, float]]) -> Distribution:
    for what, number in moves:
        if what == "cut":
            with contextlib.suppress(ValueError):  # what cannot be cut is left
                distribution = cut_below(distribution, number)
        else:
            distribution = affine(distribution, *((number, 0.0) if what == "scale" else (1.0, number)))
    return distribution


@given(
    scheme=SCHEMES,
    moves=MOVES,
    values=st.lists(NUMBERS, min_size=1, max_size=24),
    dtype=st.sampled_from([torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.float8_e4m3fn]),
    narrowest=st.sampled_from(["", "bfloat16", "float8_e5m2", "what torch has not"]),
    rounded=st.sampled_from([0.0, 1.0, 1e30]),
)
@settings(max_examples=400, deadline=None)
def test_every_promise_has_a_verdict_on_every_tensor(
    scheme: tuple[str, dict[str, Value]],
    moves: list[tuple[str, float]],
    values: list[float],
    dtype: torch.dtype,
    narrowest: str,
    rounded: float,
) -> None:
    own = promise_of(*scheme, SHAPE)
    distribution = moved(own.distribution, moves)
    structure = None if moves else own.structure
    promise = simplified(Promise(distribution, (), structure, narrowest, rounded))
    w = torch.tensor((values * 24)[:24], dtype=torch.float64).to(dtype).reshape(SHAPE)
    found = verdict(w, promise)
    assert found.kind in ("violates", "inconsistent", "cannot tell", "consistent")
    assert found.sentence
    curve(distribution)


DRAWN: dict[str, tuple[Distribution, Callable[[tuple[int, ...]], Tensor]]] = {
    "normal": (normal(0, 1), lambda shape: torch.randn(shape, dtype=torch.float64)),
    "uniform": (uniform(-1, 1), lambda shape: 2 * torch.rand(shape, dtype=torch.float64) - 1),
    "mixture": (
        mixed((0.5, normal(0, 1)), (0.5, uniform(-1, 1))),
        lambda shape: torch.where(
            torch.rand(shape) < 0.5,
            torch.randn(shape, dtype=torch.float64),
            2 * torch.rand(shape, dtype=torch.float64) - 1,
        ),
    ),
}


@pytest.mark.parametrize("name", DRAWN)
@given(
    factor=st.floats(1e-300, 1e290),
    offset=st.just(0.0) | st.floats(-1e10, 1e10),
    seed=st.integers(0, 10_000),
    dtype=st.sampled_from([torch.float64, torch.float32, torch.bfloat16]),
    shape=st.sampled_from([(7,), (12, 5), (90, 60)]),
)
@settings(max_examples=60, deadline=None)
def test_what_was_drawn_as_promised_is_never_called_wrong_however_small_or_large(
    name: str, factor: float, offset: float, seed: int, dtype: torch.dtype, shape: tuple[int, ...]
) -> None:
    """Of draws by chance, some three in a thousand are inconsistent; none violates, and p tells that it was chance."""
    expected, draw = DRAWN[name]
    torch.manual_seed(seed)
    exact: Tensor = factor * draw(shape) + offset
    w = exact.to(dtype)
    if bool(torch.isfinite(w).all()):
        found = verdict(w, Promise(affine(expected, factor, offset), rounded=abs(offset) + factor))
        assert found.kind != "violates", found.sentence
        assert found.kind not in WRONG or (found.p or 0.0) > 1e-6, found.sentence


@pytest.mark.parametrize("low", [3.0, 30.0, 300.0, 1e5])
def test_a_normal_far_from_its_bounds_is_known_there(low: float) -> None:
    """Beyond a far bound a normal is exponential: its draws by inversion are consistent, uniform ones are not."""
    expected = truncated_normal(0, 1, low, low + 8 / low)
    torch.manual_seed(0)
    u = torch.rand(4000, dtype=torch.float64) * (1 - math.exp(-8))
    w = low - torch.log1p(-u) / low
    if low >= 30:  # where the exponential is near enough
        assert verdict(w, Promise(expected)).kind == "consistent"
    flat = low + 8 / low * torch.rand(4000, dtype=torch.float64)
    assert verdict(flat, Promise(expected)).kind == "inconsistent"


@pytest.mark.parametrize("factor", [1e-42, 1e-20, 1.0, 1e20, 1e35])
def test_every_scheme_is_compared_with_values_of_any_size(factor: float) -> None:
    layer = torch.nn.Linear(30, 20)
    with torch.no_grad():
        layer.weight.mul_(factor)
    assert identify(layer, "weight").candidates
