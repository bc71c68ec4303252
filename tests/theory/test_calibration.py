"""How often a right initialization is called wrong, and that a wrong one is found: the verdicts' claims, measured.

The benchmark `calibration.py` asks this of whole models of the catalog over 1,000 seeds, which takes a quarter of an
hour. This is its small sister. Right draws are examined with fixed seeds, and the number of false alarms is held
against the binomial distribution: where a share is promised, more than `most(trials, share)` come up by chance once
in 10,000 runs, so whoever exceeds it promises too little. With the numbers of trials below:

- a model's smallest p, adjusted for all of its tests, is at most 0.3 in 30 % of right models: of 600 models 180, of
  which more than 223 are too many. As the tests are bounds and name no small effects, it is 121; without the correction
  for the number of tensors or of tests, most of the 600. And a model is called wrong exactly where that p is 0.003 at
  most: of 600 models 1.8 may be, at a level ten times too large 9 would.
- a test's p is at most 0.1 in 10 % of right tensors: of 1,000 tensors 100, of which more than 136 are too many. A
  two-sided p without its factor of two, or Massart's bound without its own, gives 160 to 200. A test that gives far
  fewer than it may is blind, so the other side is held too: each case names how few its test may give.
- what must be found: a std 1.5 times too large or too small in 1,024 values, in every one of 40 draws.
"""

import functools
from collections.abc import Callable, Sequence

import pytest
import torch
from scipy import stats
from torch import Tensor

from core.questions.theory import Verdict
from core.recipe import expects
from core.recipe.schemes.promise import Promise
from core.recipe.schemes.scheme import Value
from core.recipe.schemes.table import promise_of, resolve_options
from core.replaying.initializing import initialize
from core.theory import goodness, power
from core.theory.declarations import promise_declared
from core.theory.examination import Finding, examined, look
from core.theory.probability import continuous
from core.theory.verdict import FALSE_ALARM, judged, verdict

#: A claim that holds is found false in so many runs; the seeds are fixed, so in this one or never.
CHANCE = 1e-4
MODELS, TENSORS, DRAWS = 600, 1000, 40


def most(trials: int, promised: float) -> int:
    """More hits than these are not to be had by chance where a share of `promised` is the rule."""
    return int(stats.binom.isf(CHANCE, trials, promised))


def fewest(trials: int, promised: float) -> int:
    """Fewer hits than these are not to be had by chance where a share of `promised` is the rule."""
    return int(stats.binom.ppf(CHANCE, trials, promised))


def drawn(scheme: str, shape: tuple[int, ...], **options: Value) -> tuple[Tensor, Promise]:
    """The next draw of a scheme, and what it promises."""
    tensor = torch.empty(shape)
    initialize(tensor, scheme, resolve_options(scheme, options))
    return tensor, promise_of(scheme, options, shape)


def kept() -> tuple[Tensor, Promise]:
    """The lesson's own init: half of the values are exactly zero."""
    tensor = torch.empty(400).uniform_(-10, 10)
    tensor *= tensor.abs() >= 5
    spec = expects.parse("kept(uniform(-10, 10), at_least=5)").of("w")
    assert spec is not None
    return tensor, promise_declared(spec, (400,))


#: The distinct tensors of a model: every family, few values and many, sorted and counted in bins, with atoms.
MODEL: tuple[Callable[[], tuple[Tensor, Promise]], ...] = (
    functools.partial(drawn, "normal", (30,), std=0.02),
    functools.partial(drawn, "normal", (6, 40), std=3.0, mean=1.0),
    functools.partial(drawn, "kaiming_uniform", (8, 4)),
    functools.partial(drawn, "uniform", (500,), a=-0.3, b=0.3),
    functools.partial(drawn, "trunc_normal", (700,)),
    functools.partial(drawn, "xavier_normal", (4, 16)),
    functools.partial(drawn, "normal", (goodness.SORTED + 1,)),
    kept,
)


def model(seed: int) -> list[Verdict]:
    """The verdicts on a model whose every tensor is drawn rightly."""
    torch.manual_seed(seed)
    return judged([examined(look(tensor), known) for tensor, known in (draw() for draw in MODEL)])


def wrong(verdicts: Sequence[Verdict]) -> bool:
    return any(found.kind in ("violates", "inconsistent") for found in verdicts)


def smallest(verdicts: Sequence[Verdict]) -> float:
    return min(1.0 if found.p is None else found.p for found in verdicts)


def test_right_models_are_called_wrong_as_seldom_as_is_promised() -> None:
    """The smallest adjusted p of a model's tensors, whatever their number and the number of tests of each."""
    verdicts = [model(seed) for seed in range(MODELS)]
    assert sum(map(wrong, verdicts)) <= most(MODELS, 0.003)
    assert all(wrong(found) == (smallest(found) <= 0.003) for found in verdicts)
    for level in (0.03, 0.1, 0.3):
        below = sum(smallest(found) <= level for found in verdicts)
        assert below <= most(MODELS, level), level
        assert below >= fewest(MODELS, level / 3), "so few false alarms would leave little to find errors by"


def findings(draw: Callable[[], tuple[Tensor, Promise]]) -> list[Finding]:
    torch.manual_seed(7)
    return [examined(look(tensor), known) for tensor, known in (draw() for _ in range(TENSORS))]


TESTS = ("std", "mean", "reach", "shape")
#: Each test's share of right draws that it gives a p up to a tenth: exact ones a tenth, bounds and approximations less.
#: A reach, asked about up to 0.05 only, gives a uniform none above 0.009: a smaller deviation is too small to name.
FEWEST = {
    "normal": (0.09, 0.09, 0.04, 0.05),
    "uniform": (0.07, 0.09, 0.008, 0.05),
    "trunc_normal": (0.07, 0.09, 0.02, 0.05),
}


@pytest.mark.parametrize("scheme", FEWEST)
def test_the_p_of_each_test_is_at_most_a_tenth_in_a_tenth_of_right_draws(scheme: str) -> None:
    asked = [finding.tests for finding in findings(functools.partial(drawn, scheme, (200,)))]
    for name, at_least, tested in zip(TESTS, FEWEST[scheme], zip(*asked, strict=True), strict=True):
        found = sum(test.p <= 0.1 for test in tested)
        assert fewest(TENSORS, at_least) <= found <= most(TENSORS, 0.05 if name == "reach" else 0.1), name


def test_the_share_of_an_atom_is_tested_exactly() -> None:
    found = sum(finding.tests[0].p <= 0.1 for finding in findings(kept))
    assert fewest(TENSORS, 0.06) <= found <= most(TENSORS, 0.1)


@pytest.mark.parametrize("factor", [1.5, 1 / 1.5])
@pytest.mark.parametrize(
    ("scheme", "shape", "options"),
    [
        ("normal", (32, 32), {"std": 0.02}),
        ("uniform", (1024,), {"a": -1.0, "b": 1.0}),
        ("trunc_normal", (32, 32), {}),
    ],
)
def test_a_std_wrong_by_half_is_found_in_1024_values_whichever_way(
    scheme: str, shape: tuple[int, ...], options: dict[str, Value], factor: float
) -> None:
    for seed in range(DRAWS):
        torch.manual_seed(seed)
        tensor, known = drawn(scheme, shape, **options)
        assert wrong([verdict(tensor * factor, known)]), seed
    assert power.tells_scale(continuous(known.distribution), 1024, FALSE_ALARM)


@pytest.mark.parametrize(("scheme", "options"), [("normal", {}), ("uniform", {"a": -1.0, "b": 1.0})])
def test_values_are_enough_to_tell_from_where_on_a_wrong_std_is_found_as_often_as_not(
    scheme: str, options: dict[str, Value]
) -> None:
    """The smallest number that is called enough: with it some wrong draws are found, with twice as many nearly all."""
    expected = continuous(promise_of(scheme, options, (4, 4)).distribution)
    enough = next(size for size in range(2, 400) if power.tells_scale(expected, size, FALSE_ALARM))
    found = {
        (size, factor): sum(found_wrong(scheme, options, size, factor, seed) for seed in range(DRAWS))
        for size in (enough // 2, enough, 2 * enough)
        for factor in (1.5, 1 / 1.5)
    }
    assert min(found[enough // 2, 1.5], found[enough // 2, 1 / 1.5]) < DRAWS / 4
    assert min(found[enough, 1.5], found[enough, 1 / 1.5]) >= DRAWS / 4
    assert min(found[2 * enough, 1.5], found[2 * enough, 1 / 1.5]) >= DRAWS * 0.8


def found_wrong(scheme: str, options: dict[str, Value], size: int, factor: float, seed: int) -> bool:
    torch.manual_seed(seed)
    tensor, known = drawn(scheme, (size,), **options)
    return wrong([verdict(tensor * factor, known)])
