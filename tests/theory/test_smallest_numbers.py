"""Draws as small as a dtype's smallest numbers: what is rounded to zero is right, what was set to zero is not.

Torch itself draws and rounds; the probability of a zero is checked against how many it gives.
"""

from collections.abc import Callable, Iterator, Mapping

import pytest
import torch
from torch import Tensor, nn

from core.recipe.schemes.distribution import Distribution, normal, truncated_normal, uniform
from core.recipe.schemes.promise import Promise
from core.recipe.schemes.scheme import Value
from core.recipe.schemes.table import promise_of
from core.theory.model_verdict import ModelCheck
from core.theory.probability import cut_below
from core.theory.rounding import Grid, finest_of
from core.theory.verdict import verdict
from core.theory.zeros import rounded_to_zero
from tests.theory.origin import built

WRONG = ("violates", "inconsistent")
HALF = (torch.float16, torch.bfloat16)
FLOAT8 = (torch.float8_e4m3fn, torch.float8_e5m2, torch.float8_e4m3fnuz, torch.float8_e5m2fnuz)
NARROW = pytest.mark.parametrize("dtype", [*HALF, *FLOAT8], ids=str)
#: Scales in a dtype's smallest steps.
SCALES = (0.3, 0.8, 1.7, 5.0, 17.0, 60.0, 300.0)

Draw = Callable[[Tensor, float], object]
DRAWS: Mapping[str, tuple[str, Draw, Callable[[float], Mapping[str, Value]]]] = {
    "normal": ("normal", lambda w, s: nn.init.normal_(w, 0, s), lambda s: {"std": s}),
    "uniform": ("uniform", lambda w, s: nn.init.uniform_(w, -s, s), lambda s: {"a": -s, "b": s}),
    "uniform from 0": ("uniform", lambda w, s: nn.init.uniform_(w, 0, s), lambda s: {"a": 0.0, "b": s}),
    "trunc_normal": ("trunc_normal", lambda w, s: nn.init.trunc_normal_(w, 0, s), lambda s: {"std": s}),
    "cut": (
        "trunc_normal",
        lambda w, s: nn.init.trunc_normal_(w, 0, s, -2 * s, 2 * s),
        lambda s: {"std": s, "a": -2 * s, "b": 2 * s},
    ),
    "xavier_normal": ("xavier_normal", lambda w, s: nn.init.xavier_normal_(w, 8 * s), lambda s: {"gain": 8 * s}),
    "xavier_uniform": ("xavier_uniform", lambda w, s: nn.init.xavier_uniform_(w, 8 * s), lambda s: {"gain": 8 * s}),
    "sparse": ("sparse", lambda w, s: nn.init.sparse_(w, 0.1, s), lambda s: {"sparsity": 0.1, "std": s}),
    "orthogonal": ("orthogonal", lambda w, s: nn.init.orthogonal_(w, 8 * s), lambda s: {"gain": 8 * s}),
}
#: What torch draws in half precision too.
DIRECT = [name for name in DRAWS if name != "orthogonal"]


def scales(dtype: torch.dtype, name: str) -> Iterator[float]:
    """Each scale twice; a truncated normal needs one that a recipe takes."""
    least = 4e-9 / finest_of(dtype) if DRAWS[name][0] == "trunc_normal" else 1.0
    return (steps * max(1.0, least) for steps in SCALES * 2)


def said(w: Tensor, scheme: str, options: Mapping[str, Value], narrowest: str = "") -> tuple[str, str]:
    promise = promise_of(scheme, options, tuple(w.shape))
    found = verdict(w, Promise(promise.distribution, (), promise.structure, narrowest))
    return found.kind, found.sentence


def named(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


@NARROW
@pytest.mark.parametrize("name", DRAWS)
def test_draws_that_were_rounded_to_few_steps_are_as_right_as_before(name: str, dtype: torch.dtype) -> None:
    scheme, draw, options = DRAWS[name]
    for shape in ((64, 48), (12, 9)):
        for seed, steps in enumerate(scales(dtype, name)):
            torch.manual_seed(seed)
            scale = steps * finest_of(dtype)
            w = torch.empty(shape)
            draw(w, scale)
            for tensor, through in ((w.to(dtype), ""), (w.to(dtype).float(), named(dtype))):
                kind, sentence = said(tensor, scheme, options(scale), through)
                assert kind not in WRONG, (shape, seed, steps, tensor.dtype, sentence)


@pytest.mark.parametrize("dtype", HALF, ids=str)
@pytest.mark.parametrize("name", DIRECT)
def test_draws_in_half_precision_itself_are_right(name: str, dtype: torch.dtype) -> None:
    scheme, draw, options = DRAWS[name]
    for seed, steps in enumerate(scales(dtype, name)):
        torch.manual_seed(seed)
        scale, w = steps * finest_of(dtype), torch.empty(64, 48, dtype=dtype)
        draw(w, scale)
        kind, sentence = said(w, scheme, options(scale))
        assert kind not in WRONG, (seed, steps, sentence)


@pytest.mark.parametrize("second", [torch.bfloat16, torch.float32, torch.float64], ids=str)
def test_values_that_went_through_float16_first_keep_its_steps(second: torch.dtype) -> None:
    for seed in range(40):
        torch.manual_seed(seed)
        w = (1e-6 * torch.randn(64, 48)).half().to(second)
        found = verdict(w, Promise(normal(0, 1e-6)))
        assert found.kind not in WRONG, (seed, found.sentence)


@NARROW
def test_what_was_set_to_zero_beside_that_is_found(dtype: torch.dtype) -> None:
    for seed in range(10):
        for steps, share in ((5.0, 0.15), (17.0, 0.1), (60.0, 0.05), (3000.0, 0.02)):
            torch.manual_seed(seed)
            scale = steps * finest_of(dtype)
            w = (scale * torch.randn(64, 96)).to(dtype)
            pruned = torch.where(torch.rand(w.shape) < share, torch.zeros(()).to(dtype).float(), w.float()).to(dtype)
            found = verdict(pruned, Promise(normal(0, scale)))
            assert found.kind == "violates", (seed, steps, found)
            assert "are exactly 0" in found.sentence


def test_float8_explains_no_more_zeros_than_it_makes() -> None:
    torch.manual_seed(0)
    for dtype in FLOAT8:
        w = torch.randn(64, 96) * (torch.rand(64, 96) >= 0.05)
        found = verdict(w.to(dtype), Promise(normal(0, 1)))
        assert found.kind == "violates" or rounded_to_zero(normal(0, 1), Grid(dtype, dtype)) > 0.002


def _cut(w: Tensor, scale: float) -> Tensor:
    return nn.init.trunc_normal_(w, 0, scale, -2 * scale, 2 * scale)


KINDS: Mapping[str, tuple[Callable[[float], Distribution], Callable[[Tensor, float], Tensor]]] = {
    "normal": (lambda s: normal(0, s), lambda w, s: w.normal_(0, s)),
    "uniform": (lambda s: uniform(-s, s), lambda w, s: w.uniform_(-s, s)),
    "uniform from 0": (lambda s: uniform(0, s), lambda w, s: w.uniform_(0, s)),
    "cut": (
        lambda s: truncated_normal(0, s, -2 * s, 2 * s),
        lambda w, s: nn.init.trunc_normal_(w, 0, s, -2 * s, 2 * s),
    ),
    "away from 0": (lambda s: normal(2 * s, s), lambda w, s: w.normal_(2 * s, s)),
}


@pytest.mark.parametrize("dtype", [*HALF, *FLOAT8], ids=str)
@pytest.mark.parametrize("name", KINDS)
def test_the_probability_of_a_zero_is_what_torch_gives(name: str, dtype: torch.dtype) -> None:
    of, draw = KINDS[name]
    size = 200_000
    for steps in SCALES:
        torch.manual_seed(int(steps * 10))
        scale = steps * finest_of(dtype)
        ways = [draw(torch.empty(size), scale).to(dtype)]
        ways += [draw(torch.empty(size, dtype=dtype), scale)] if dtype in HALF else []
        told = rounded_to_zero(of(scale), Grid(dtype, dtype))
        for w in ways:
            share = int((w.float() == 0).sum()) / size
            assert share <= told + 5 * (told / size) ** 0.5, (steps, w.dtype, share, told)
            if steps >= 5:  # that a uniform's upper bound becomes its lower one depends on where that lies
                assert told <= 2.2 * share + (5e-3 if name == "uniform from 0" else 1e-3), (steps, w.dtype, share, told)


def halved(draw: Callable[[nn.Linear], object]) -> Callable[[], nn.Module]:
    def build() -> nn.Module:
        net = nn.Linear(64, 3072)
        draw(net)
        return net.half()

    return build


@pytest.mark.parametrize(
    "build",
    [
        halved(lambda net: nn.init.normal_(net.bias, std=1e-6)),
        halved(lambda net: nn.init.normal_(net.half().bias, std=2e-6)),
        halved(lambda net: nn.init.uniform_(net.half().bias, -1e-6, 1e-6)),
        halved(lambda net: nn.init.uniform_(net.half().bias, 0, 1e-6)),
        halved(lambda net: nn.init.trunc_normal_(net.half().weight, std=1e-6)),
        halved(lambda net: nn.init.xavier_normal_(net.half().weight, 1e-5)),
        halved(lambda net: nn.init.normal_(net.half().bias, std=1e-7).mul_(1000)),
        halved(lambda net: nn.init.normal_(net.bias).mul_(1e-6)),
        halved(lambda net: net.half().bias.data.normal_(0, 1e-6).add_(1e-6)),
        lambda: nn.Linear(64, 40).to(torch.float8_e4m3fn),
        lambda: nn.Linear(64, 40).half().bfloat16().float(),
    ],
)
def test_a_model_drawn_that_small_is_right_as_observed(build: Callable[[], nn.Module]) -> None:
    for seed in range(12):
        torch.manual_seed(seed)
        net, found = built(lambda: torch.no_grad()(build)())
        for row in ModelCheck(net, found).model().rows:
            assert row.verdict.kind not in WRONG, (seed, row.name, row.verdict.sentence)
            assert row.label, row.source


def test_a_small_draw_in_float8_is_right_with_every_seed() -> None:
    for seed in range(60):
        torch.manual_seed(seed)
        for dtype in FLOAT8:
            w = (0.004 * torch.randn(40, 64)).to(dtype)
            found = verdict(w, Promise(normal(0, 0.004)))
            assert found.kind not in WRONG, (seed, dtype, found.sentence)


def test_an_orthogonal_matrix_whose_rounding_hides_all_is_not_said_to_be_orthogonal() -> None:
    torch.manual_seed(0)
    w = nn.init.orthogonal_(torch.empty(48, 48), 1e-6).half()
    assert said(w, "orthogonal", {"gain": 1e-6})[0] == "cannot tell"
    assert said(w * 3, "orthogonal", {"gain": 1e-6})[0] == "violates"
    assert said(nn.init.orthogonal_(torch.empty(48, 48)).half(), "orthogonal", {})[0] == "consistent"


def kept(w: Tensor, scale: float, bound: float) -> object:
    return nn.init.normal_(w, 0, scale).mul_(w.abs() >= bound)


def kept_uniform(w: Tensor, scale: float, bound: float) -> object:
    return nn.init.uniform_(w, -2 * scale, 2 * scale).mul_(w.abs() >= bound)


def clamped(w: Tensor, scale: float, bound: float) -> object:
    return nn.init.normal_(w, 0, scale).clamp_(-bound, bound)


@pytest.mark.parametrize(
    ("dtype", "scale"), [(torch.float16, 1e-7), (torch.float16, 1e-6), (torch.float16, 1e-5), (torch.bfloat16, 0.02)]
)
@pytest.mark.parametrize("cut", [kept, kept_uniform, clamped])
def test_a_bound_that_is_rounded_too_moves_values_over_it(
    cut: Callable[[Tensor, float, float], object], dtype: torch.dtype, scale: float
) -> None:
    def build(bound: float) -> nn.Module:
        net = nn.Linear(64, 400, bias=False, dtype=dtype)
        cut(net.weight.data, scale, bound)
        return net

    for seed, share in enumerate((0.3, 0.7, 1.5)):
        torch.manual_seed(seed)
        net, found = built(lambda share=share: build(share * scale))  # type: ignore[misc]
        (row,) = ModelCheck(net, found).model().rows
        assert row.verdict.kind not in WRONG, (share, row.verdict.sentence)
        assert "kept where" in row.label or "clamped" in row.label


def test_a_wrong_bound_is_found_all_the_same() -> None:
    torch.manual_seed(0)
    promise = Promise(cut_below(normal(0, 0.02), 0.014))
    for dtype in (*HALF, torch.float32):
        w = torch.empty(64, 400, dtype=dtype)
        kept(w, 0.02, 0.016)
        assert verdict(w, promise).kind in WRONG
        kept(w, 0.02, 0.012)
        assert "between −0.014 and 0.014" in verdict(w, promise).sentence
