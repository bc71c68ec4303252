"""Verdicts on tensors: what is certain, what chance decides, and what so few values cannot tell."""

import math
import re

import pytest
import torch
from torch import Tensor, nn

from core.questions.theory import Verdict
from core.recipe import expects
from core.recipe.schemes.distribution import normal
from core.recipe.schemes.scheme import Value
from core.recipe.schemes.table import resolve_options
from core.replaying.initializing import initialize
from core.theory import goodness
from core.theory.declarations import promise_declared
from core.theory.examination import examined, look
from core.theory.rounding import Grid
from tests.theory.drawn import against, declared, drawn

WRONG = ("violates", "inconsistent")


def lesson(w: Tensor) -> Tensor:
    """The notebook's my_init."""
    nn.init.uniform_(w, -10, 10)
    w *= w.abs() >= 5
    return w


# The notebook's own cases.


def test_xavier_on_the_first_layer_is_consistent() -> None:
    found = against(drawn("xavier_uniform", (8, 4)), "xavier_uniform")
    assert found.kind == "consistent"
    assert "against 0.408 expected; with 32 values anything from" in found.sentence


def test_a_constant_is_all_or_nothing() -> None:
    w = torch.full((1, 8), 42.0)
    assert against(w, "constant", val=42.0) == Verdict("consistent", "all 8 values are 42", None, ())
    w[0, 3] = 42.000004
    assert "1 of 8 values differ from 42: the first at [0, 3]" in against(w, "constant", val=42.0).sentence


def test_a_std_of_a_hundredth_is_not_a_variance_of_one() -> None:
    w = drawn("normal", (8, 4), std=0.01)
    assert against(w, "normal", std=0.01).kind not in WRONG
    assert against(w, "normal", std=1.0).kind == "inconsistent"
    assert against(w, "normal", std=0.1).kind == "inconsistent"  # the square root of a variance of 0.01


@pytest.mark.parametrize("shape", [(8, 4), (300, 100)])
def test_the_lessons_own_initialization_splits_into_an_atom_and_slabs(shape: tuple[int, int]) -> None:
    torch.manual_seed(0)
    w = lesson(torch.empty(shape))
    found = declared(w, "kept(uniform(-10, 10), at_least=5)")
    assert found.kind in ("consistent", "cannot tell")
    assert "are 0 against 50.0% expected; of the others std" in found.sentence
    zeros = w == 0
    assert f"{int((zeros & w.signbit()).sum()):,} of {int(zeros.sum()):,} zeros have a minus sign" in found.lamps
    spec = expects.parse("kept(uniform(-10, 10), 5)").of("w")
    assert spec is not None
    std = examined(look(w), promise_declared(spec, shape)).std
    assert std == pytest.approx(float(w.square().mean().sqrt()))
    w[0, 0] = 3.0
    assert "1 of" in declared(w, "kept(uniform(-10, 10), 5)").sentence
    assert "between −5 and 5, such as 3" in declared(w, "kept(uniform(-10, 10), 5)").sentence


def test_a_wrong_share_of_zeros_is_found() -> None:
    torch.manual_seed(0)
    w = nn.init.uniform_(torch.empty(1000), -10, 10) * (torch.rand(1000) < 0.7)
    assert declared(w, "mixture(atom(0, 0.3), uniform(-10, 10))").kind == "consistent"
    found = declared(w, "mixture(atom(0, 0.5), uniform(-10, 10))")
    assert found.kind == "inconsistent"
    assert re.search(r"exactly 0, (29|3\d)\.\d% against 50.0% expected", found.sentence)


# What is certain.


def test_one_value_outside_the_support_violates() -> None:
    w = drawn("xavier_uniform", (8, 4))
    w[2, 1] = -0.70711
    assert against(w, "xavier_uniform").sentence == "1 of 32 values outside ±0.707107, the farthest −0.70711"
    assert against(w, "xavier_uniform").kind == "violates"


def test_values_that_are_not_finite_violate_any_theory() -> None:
    w = drawn("normal", (8, 4))
    w[0, 0], w[1, 1] = math.nan, math.inf
    assert against(w, "normal") == Verdict("violates", "2 of 32 values are not finite")
    assert "outside" in against(torch.full((8,), 3e38), "uniform").sentence  # not "not finite", as their sum is


def test_zeros_that_no_draw_gives_violate() -> None:
    w = drawn("normal", (64, 64))
    w[torch.rand(w.shape) < 0.05] = 0
    found = against(w, "normal")
    assert found.kind == "violates"
    assert "exactly 0, which this distribution hardly ever gives" in found.sentence
    assert against(torch.zeros(1), "normal").kind == "cannot tell"


def test_rows_that_repeat_violate_a_draw_and_light_a_lamp_on_a_constant() -> None:
    w = drawn("normal", (64, 16))
    w[5] = w[60]
    found = against(w, "normal")
    assert found.sentence == "rows 5 and 60 are equal bit for bit, which independent draws never do"
    lit = against(torch.full((8, 4), 1.0), "ones").lamps
    assert lit == ("7 of 8 rows repeat another", "rank 1 of 4")
    assert against(torch.zeros(8, 4), "zeros").lamps == ("rank 0 of 4",)


@pytest.mark.parametrize("shape", [(8, 8), (30, 200), (200, 30), (16, 3, 5, 5), (1, 7), (1300, 1200)])
def test_orthogonal_is_tested_as_orthogonality(shape: tuple[int, ...]) -> None:
    w = drawn("orthogonal", shape, gain=2.0)
    assert against(w, "orthogonal", gain=2.0).kind == "consistent"
    assert "not orthogonal" in against(w, "orthogonal", gain=1.0).sentence
    rms = float(w.square().mean().sqrt())
    normal_of_equal_rms = drawn("normal", shape, std=rms)
    if min(shape[0], w.numel() // shape[0]) > 1:
        assert against(normal_of_equal_rms, "orthogonal", gain=2.0).kind == "violates"


def test_the_identity_is_orthogonal_but_not_drawn() -> None:
    assert "exactly 0" in against(torch.eye(8), "orthogonal").sentence


def test_sparse_is_tested_by_the_zeros_of_each_column() -> None:
    w = drawn("sparse", (100, 50), sparsity=0.1)
    assert against(w, "sparse").kind == "consistent"
    w[int(w[:, 7].nonzero()[0, 0]), 7] = 0
    assert against(w, "sparse").sentence == "10 to 11 zeros in a column, where each of the 50 has exactly 10"


@pytest.mark.parametrize(("scheme", "shape", "options"), [("eye", (8, 5), {}), ("dirac", (8, 3, 3, 3), {"groups": 2})])
def test_what_is_not_random_is_tested_by_equality(
    scheme: str, shape: tuple[int, ...], options: dict[str, Value]
) -> None:
    w = drawn(scheme, shape, 0, **options)
    assert against(w, scheme, **options).kind == "consistent"
    w.view(-1)[-1] += 1e-7
    assert against(w, scheme, **options).kind == "violates"


# What chance decides.


@pytest.mark.parametrize("scheme", ["normal", "uniform", "trunc_normal", "kaiming_uniform", "xavier_normal"])
@pytest.mark.parametrize("factor", [1.5, 1 / 1.5])
def test_a_std_wrong_by_half_is_found_in_1024_values(scheme: str, factor: float) -> None:
    for seed in range(20):
        assert against(factor * drawn(scheme, (32, 32), seed), scheme).kind in WRONG


@pytest.mark.parametrize("scheme", ["kaiming_normal", "kaiming_uniform"])
def test_a_wrong_mode_or_nonlinearity_on_a_convolution_is_found(scheme: str) -> None:
    for seed in range(20):
        by_fan_out = drawn(scheme, (16, 6, 5, 5), seed, mode="fan_out")
        assert against(by_fan_out, scheme).kind in WRONG
        assert against(drawn(scheme, (16, 6, 5, 5), seed, nonlinearity="tanh"), scheme).kind in WRONG


def test_eight_values_cannot_tell_a_scale_but_a_bound() -> None:
    for seed in range(50):
        assert against(drawn("normal", (1, 8), seed), "normal").kind == "cannot tell"
        assert against(drawn("xavier_uniform", (1, 8), seed), "xavier_uniform").kind == "cannot tell"
    caught = sum(
        against(drawn("xavier_uniform", (1, 8), seed), "kaiming_uniform", a=math.sqrt(5)).kind == "violates"
        for seed in range(200)
    )
    assert caught >= 198


def test_uniform_and_normal_of_equal_std_differ_in_shape() -> None:
    w = drawn("uniform", (64, 64), a=-math.sqrt(3), b=math.sqrt(3))
    found = against(w, "normal")
    assert found.kind == "inconsistent"
    assert found.p is not None
    assert found.p < 1e-3


def test_an_outlier_of_a_normal_is_found_though_the_std_does_not_show_it() -> None:
    w = drawn("normal", (256, 256), std=0.02)
    w[3, 3] = 0.2
    found = against(w, "normal", std=0.02)
    assert found.kind == "inconsistent"
    assert found.sentence.startswith("a value lies 0.2 from 0")
    truncated = drawn("trunc_normal", (256, 256), std=0.02)
    truncated[3, 3] = 1.9  # within ±2, 95 std out: torch once drew such values
    assert against(truncated, "trunc_normal", std=0.02).kind == "inconsistent"


def test_an_effect_too_small_to_name_is_not_named() -> None:
    w = drawn("normal", (1024, 1024)) * 1.01
    assert against(w, "normal").kind == "consistent"
    assert against(w * 1.03, "normal").kind == "inconsistent"


def test_large_tensors_are_counted_in_bins_and_small_ones_sorted_with_one_answer() -> None:
    w = drawn("normal", (100, 40))
    sorted_one = goodness.sample(w, Grid(torch.float32, torch.float32))
    large = goodness.sample(torch.cat([w, w]).repeat(3, 1), Grid(torch.float32, torch.float32))
    assert sorted_one.points.size == 4000
    assert large.points.size == goodness.BINS + 1
    for one, other in zip(goodness.tests(sorted_one, normal(0, 1)), goodness.tests(large, normal(0, 1)), strict=True):
        assert one.p >= other.p
    assert large.mean == pytest.approx(sorted_one.mean)
    assert large.spread == pytest.approx(sorted_one.spread)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("scheme", ["normal", "xavier_uniform", "trunc_normal", "kaiming_normal", "sparse"])
@pytest.mark.parametrize("shape", [(8, 4), (400, 500)])
def test_narrow_numbers_are_not_mistaken_for_a_wrong_shape(
    dtype: torch.dtype, scheme: str, shape: tuple[int, int]
) -> None:
    for seed in range(3):
        rounded = drawn(scheme, shape, seed).to(dtype)
        torch.manual_seed(seed)
        native = torch.empty(shape, dtype=dtype)
        initialize(native, scheme, resolve_options(scheme, {}))
        for w in (rounded, native):
            assert against(w, scheme).kind not in WRONG
        assert against(native * 1.5, scheme).kind in WRONG or shape == (8, 4)


def test_narrow_constants_are_compared_as_they_round() -> None:
    assert against(torch.full((3,), 0.1, dtype=torch.bfloat16), "constant", val=0.1).kind == "consistent"
    assert against(torch.full((3,), 0.1), "constant", val=0.1).kind == "consistent"


def test_atoms_alone_are_a_distribution_too() -> None:
    torch.manual_seed(0)
    signs = torch.randint(2, (400,)) * 2.0 - 1
    assert declared(signs, "mixture(atom(-1, 0.5), atom(1, 0.5))").kind == "consistent"
    assert declared(signs[:9], "mixture(atom(-1, 0.5), atom(1, 0.5))").kind == "cannot tell"
    assert declared(signs, "mixture(atom(-1, 0.2), atom(1, 0.8))").kind == "inconsistent"
    signs[3] = 0.5
    assert declared(signs, "mixture(atom(-1, 0.5), atom(1, 0.5))").kind == "violates"
    tenths = torch.full((400,), 0.1, dtype=torch.bfloat16) * signs.sign().bfloat16()
    assert declared(tenths, "mixture(atom(-0.1, 0.5), atom(0.1, 0.5))").kind == "consistent"
    assert declared(torch.zeros(2), "kept(uniform(-10, 10), 5)").kind == "cannot tell"


def test_what_has_no_values_cannot_tell() -> None:
    assert against(torch.empty(0, 3), "normal").sentence == "it is empty"
    assert against(torch.empty(3, 3, device="meta"), "normal").sentence == "on the meta device: a shape without data"
    assert against(torch.ones(3, dtype=torch.complex64), "normal").kind == "cannot tell"
    assert against(torch.ones((), dtype=torch.long), "ones").sentence == "the value is 1"
